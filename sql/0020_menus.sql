-- 0020_menus.sql - what members do by keypad: menus of key sequences, each with
-- actions that are done in their order.
--
-- A room, or its profile, names its menu (option menu); '' is the one that is
-- built in. Of two sequences of one menu that somebody may press the one must
-- not begin with the other, for whom has the shorter one would have to wait to
-- be understood; unless it ends with help or playback_and_continue, during which
-- one keys on.

CREATE TABLE menu_action (
	name text PRIMARY KEY,
	argument text
		CONSTRAINT menu_action_argument_must_be_sounds_number_or_text
		CHECK (argument IN ('sounds', 'number', 'text')),
	moderators boolean NOT NULL DEFAULT false,
	help text NOT NULL
);
COMMENT ON TABLE menu_action IS 'What a sequence of keys may do; changed by migrations only';
COMMENT ON COLUMN menu_action.name IS 'Of ConfBridge, where it has one like it';
COMMENT ON COLUMN menu_action.argument IS 'What follows the name and a colon; null: nothing does';
COMMENT ON COLUMN menu_action.moderators IS 'For moderators alone';
COMMENT ON COLUMN menu_action.help IS 'One sentence';

INSERT INTO menu_action VALUES
('toggle_mute', NULL, false, 'Mutes oneself, or lifts that'),
('mute_on', NULL, false, 'Mutes oneself'),
('mute_off', NULL, false, 'Lifts one''s own mute'),
('toggle_deaf', NULL, false, 'Stops hearing the room, or hears it again'),
('deaf_on', NULL, false, 'Stops hearing the room'),
('deaf_off', NULL, false, 'Hears the room again'),
('deaf_mute', NULL, false, 'Mutes oneself and stops hearing the room, or lifts both'),
('toggle_hand', NULL, false, 'Asks to speak, or does not any more'),
('increase_listening_volume', NULL, false, 'Hears the room 4 dB louder'),
('decrease_listening_volume', NULL, false, 'Hears the room 4 dB softer'),
('reset_listening_volume', NULL, false, 'Hears the room as loud as it is'),
('increase_talking_volume', NULL, false, 'Is heard 4 dB louder'),
('decrease_talking_volume', NULL, false, 'Is heard 4 dB softer'),
('reset_talking_volume', NULL, false, 'Is heard as loud as he is'),
('participant_count', NULL, false, 'Hears how many others there are'),
('playback', 'sounds', false, 'Hears sounds; keys do nothing meanwhile'),
('playback_and_continue', 'sounds', false, 'Hears sounds; a key breaks them off and goes on with the sequence'),
('help', NULL, false, 'Hears what keys do; a key breaks it off and goes on with the sequence'),
('dial_out', NULL, false, 'Keys in whom to call into the meeting'),
('leave_conference', NULL, false, 'Leaves'),
('event', 'text', false, 'Is told to listeners (confabctl events), and nothing else'),
('no_op', NULL, false, 'Does nothing'),
('admin_kick_last', NULL, true, 'Sends the member off who came last'),
('admin_kick_members', NULL, true, 'Sends all off who are no moderators'),
('admin_toggle_conference_lock', NULL, true, 'Locks the room, or unlocks it'),
('admin_toggle_mute_participants', NULL, true, 'Mutes all who are no moderators, or lifts that'),
('admin_next_hand', NULL, true, 'Lets the one speak whose hand is up longest'),
('admin_admit', NULL, true, 'Lets the one in who has waited longest to be let in'),
('admin_admit_all', NULL, true, 'Lets all in who wait to be let in'),
('admin_deny', NULL, true, 'Sends the one away who has waited longest to be let in'),
('admin_toggle_recording', NULL, true, 'Records the meeting, or stops recording'),
('admin_start_recording', NULL, true, 'Records the meeting'),
('admin_stop_recording', NULL, true, 'Stops recording'),
('admin_extend', NULL, true, 'Puts off the end of the meeting by extend_s'),
('admin_end_conference', NULL, true, 'Ends the meeting for everybody'),
('admin_breakout', 'number', true, 'Makes so many break-outs and sends all but moderators there, those who came since if they are there'),
('admin_breakout_hop', NULL, true, 'Goes to the next break-out, from the last one to the meeting'),
('admin_breakout_return', NULL, true, 'Ends the break-outs in a minute'),
('admin_breakout_return_now', NULL, true, 'Ends the break-outs'),
('admin_toggle_music', NULL, true, 'Plays music to all, or stops that');

CREATE TABLE menu (
	name text PRIMARY KEY
		CONSTRAINT menu_name_must_be_1_to_15_letters_or_digits
		CHECK (name ~ '^[0-9A-Za-z._-]{1,15}$')
);
COMMENT ON TABLE menu IS 'Menus that rooms may name; one without entries is silence';

CREATE TABLE menu_entry (
	menu text NOT NULL
		CONSTRAINT menu_entry_menu_must_name_a_menu
		REFERENCES menu (name) ON UPDATE CASCADE ON DELETE CASCADE,
	keys text NOT NULL
		CONSTRAINT menu_entry_keys_must_be_1_to_7_of_0_9_a_d_star_pound
		CHECK (keys ~ '^[0-9A-D*#]{1,7}$'),
	role text NOT NULL DEFAULT 'in_room'
		CONSTRAINT menu_entry_role_must_be_all_in_room_member_moderator_or_waiting
		CHECK (role IN ('all', 'in_room', 'member', 'moderator', 'waiting')),
	actions text[] NOT NULL
		CONSTRAINT menu_entry_actions_must_be_1_to_8_and_up_to_127_bytes
		CHECK (cardinality(actions) BETWEEN 1 AND 8 AND
			octet_length(array_to_string(actions, ',')) < 128),
	PRIMARY KEY (menu, keys, role)
);
COMMENT ON TABLE menu_entry IS 'Sequences of keys, and what they do';
COMMENT ON COLUMN menu_entry.role IS 'Who may press them: in_room is member and moderator, waiting is for a leader or to be let in, all is everybody';
COMMENT ON COLUMN menu_entry.actions IS 'Names of menu_action in their order, an argument after a colon: {toggle_mute,"playback:beep&beep"}';

CREATE FUNCTION confab_menu_roles(role text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE role WHEN 'member' THEN 1 WHEN 'moderator' THEN 2
		WHEN 'waiting' THEN 4 WHEN 'in_room' THEN 3 ELSE 7 END
$$;
COMMENT ON FUNCTION confab_menu_roles(text) IS 'A role of menu_entry as bits: member 1, moderator 2, waiting 4';

CREATE FUNCTION confab_menu_goes_on(actions text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT split_part(actions[cardinality(actions)], ':', 1) IN
		('help', 'playback_and_continue')
$$;
COMMENT ON FUNCTION confab_menu_goes_on(text[]) IS 'Does one key on while these are done?';

-- What is wrong with one action for a role, or null.
CREATE FUNCTION confab_menu_fault(action text, role text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE
		WHEN a.name IS NULL THEN format('there is no action "%s"', action)
		WHEN a.moderators AND role <> 'moderator'
			THEN format('%s is for role moderator alone', a.name)
		WHEN a.argument IS NULL AND strpos(action, ':') > 0
			THEN format('%s takes no argument', a.name)
		WHEN a.argument = 'sounds' AND
			action !~ '^[a-z_]+:[0-9A-Za-z_/-]+(&[0-9A-Za-z_/-]+){0,7}$'
			THEN format('%s takes 1 to 8 names of sounds, & between them', a.name)
		WHEN a.argument = 'number' AND action !~ '^[a-z_]+:[1-9][0-9]{0,2}$'
			THEN format('%s takes a number from 1 to 999', a.name)
		WHEN a.argument = 'text' AND action !~ '^[a-z_]+:[0-9A-Za-z_.-]{1,31}$'
			THEN format('%s takes 1 to 31 letters or digits', a.name)
	END
	FROM (SELECT split_part(action, ':', 1) AS name) AS n
	LEFT JOIN menu_action a ON a.name = n.name
$$;
COMMENT ON FUNCTION confab_menu_fault(text, text) IS 'What is wrong with an action of menu_entry for a role, or null';

CREATE FUNCTION confab_menu_entry_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	action text;
	fault text;
	other menu_entry;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('confab_menu_entry_check'));
	FOREACH action IN ARRAY NEW.actions LOOP
		fault := confab_menu_fault(action, NEW.role);
		IF action IS NULL OR fault IS NOT NULL THEN
			RAISE EXCEPTION 'menu "%", keys "%", actions: %', NEW.menu, NEW.keys,
				coalesce(fault, 'null is no action')
				USING ERRCODE = 'check_violation',
				TABLE = 'menu_entry', COLUMN = 'actions',
				CONSTRAINT = 'menu_entry_actions_must_be_known';
		END IF;
	END LOOP;
	SELECT o.* INTO other FROM menu_entry o
	WHERE o.menu = NEW.menu AND (o.keys, o.role) <> (NEW.keys, NEW.role) AND
		(TG_OP = 'INSERT' OR (o.menu, o.keys, o.role) <> (OLD.menu, OLD.keys, OLD.role)) AND
		confab_menu_roles(o.role) & confab_menu_roles(NEW.role) <> 0 AND
		(o.keys = NEW.keys OR
		 (starts_with(o.keys, NEW.keys) AND NOT confab_menu_goes_on(NEW.actions)) OR
		 (starts_with(NEW.keys, o.keys) AND NOT confab_menu_goes_on(o.actions)))
	ORDER BY o.keys, o.role LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'menu "%", keys "%": clash with "%" of role %', NEW.menu, NEW.keys,
			other.keys, other.role
			USING ERRCODE = 'check_violation',
			TABLE = 'menu_entry', COLUMN = 'keys',
			CONSTRAINT = 'menu_entry_keys_must_not_begin_like_others';
	END IF;
	IF (SELECT count(*) FROM menu_entry o WHERE o.menu = NEW.menu) >= 100 THEN
		RAISE EXCEPTION 'menu "%": has 100 entries already', NEW.menu
			USING ERRCODE = 'check_violation', TABLE = 'menu_entry',
			CONSTRAINT = 'menu_entry_must_be_one_of_100';
	END IF;
	RETURN NEW;
END $$;
COMMENT ON FUNCTION confab_menu_entry_check() IS 'Refuses unknown actions, and sequences of which one begins like another';

CREATE TRIGGER menu_entry_check BEFORE INSERT OR UPDATE ON menu_entry
	FOR EACH ROW EXECUTE FUNCTION confab_menu_entry_check();
CREATE TRIGGER menu_notify AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON menu
	FOR EACH STATEMENT EXECUTE FUNCTION confab_room_notify_all();
CREATE TRIGGER menu_entry_notify AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON menu_entry
	FOR EACH STATEMENT EXECUTE FUNCTION confab_room_notify_all();

INSERT INTO room_option VALUES
('menu', 'text', '', 'member', '%1$I ~ ''^[0-9A-Za-z._-]{0,15}$''', 'be_up_to_15_letters_or_digits',
	'The menu of keys: a name of table menu; empty: the one that is built in');

SELECT confab_options_build();

CREATE FUNCTION confab_check_menus()
RETURNS TABLE (what text, key text, field text, problem text)
LANGUAGE sql STABLE AS $$
	SELECT 'room', r.number, 'menu',
		'there is no menu "' || r.menu || '": the one built in holds'
	FROM confab_room r
	WHERE r.menu <> '' AND r.number !~ '^~' AND
		r.menu NOT IN (SELECT m.name FROM menu m)
	UNION ALL
	SELECT 'profile', r.name, 'menu',
		'there is no menu "' || r.menu || '": the one built in holds'
	FROM confab_room r
	WHERE r.menu <> '' AND r.number ~ '^~' AND
		r.menu NOT IN (SELECT m.name FROM menu m)
	UNION ALL
	SELECT 'menu_entry', e.menu || ' ' || e.keys, 'actions', confab_menu_fault(a.name, e.role)
	FROM menu_entry e, unnest(e.actions) AS a (name)
	WHERE confab_menu_fault(a.name, e.role) IS NOT NULL
$$;
COMMENT ON FUNCTION confab_check_menus() IS 'What confab_check() says of menus';

ALTER FUNCTION confab_check() RENAME TO confab_check_rooms;
COMMENT ON FUNCTION confab_check_rooms() IS 'What confab_check() says of rooms and profiles';
CREATE FUNCTION confab_check()
RETURNS TABLE (what text, key text, field text, problem text)
LANGUAGE sql STABLE AS $$
	SELECT * FROM confab_check_rooms()
	UNION ALL
	SELECT * FROM confab_check_menus()
	ORDER BY 1, 2, 3
$$;
COMMENT ON FUNCTION confab_check() IS 'Rows that are allowed and wrong all the same: table, row, field, what is wrong; confabctl check shows it';
