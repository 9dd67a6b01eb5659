-- 0005_profiles.sql - profiles: named sets of options that rooms inherit.
--
-- Every option is a column of room and of profile, and may be null in both: a
-- room takes what it does not say itself from its profile, that one from the
-- profile it inherits, and the last default stands in room_option. View
-- confab_room shows what holds. What an option may be is said once, in
-- room_option; the columns, their constraints and comments, the view and
-- confab_room_add() are made from it by confab_options_build(), here and in any
-- later migration that adds options.

CREATE TABLE room_option (
	name text PRIMARY KEY,
	type text NOT NULL
		CONSTRAINT room_option_type_must_be_boolean_integer_or_text
		CHECK (type IN ('boolean', 'integer', 'text')),
	def text NOT NULL,
	scope text NOT NULL
		CONSTRAINT room_option_scope_must_be_room_or_member
		CHECK (scope IN ('room', 'member')),
	rule text,
	must text,
	help text NOT NULL
);
COMMENT ON TABLE room_option IS 'What may be set in a room and in a profile; changed by migrations only';
COMMENT ON COLUMN room_option.def IS 'What holds where no profile says otherwise';
COMMENT ON COLUMN room_option.scope IS 'room: of the meeting as a whole; member: of each of its members';
COMMENT ON COLUMN room_option.rule IS 'SQL condition on the column %1$I, or null';
COMMENT ON COLUMN room_option.must IS 'The rule in the name of its constraint: table_option_must_...';
COMMENT ON COLUMN room_option.help IS 'One sentence';

CREATE TABLE profile (
	name text PRIMARY KEY
		CONSTRAINT profile_name_must_be_1_to_63_letters_or_digits
		CHECK (name ~ '^[0-9A-Za-z._-]{1,63}$'),
	inherits text
		CONSTRAINT profile_inherits_must_name_a_profile
		REFERENCES profile (name) ON UPDATE CASCADE,
	adhoc text
		CONSTRAINT profile_adhoc_must_be_no_other_profiles UNIQUE
		CONSTRAINT profile_adhoc_must_be_1_to_30_letters_or_digits
		CHECK (adhoc ~ '^[0-9A-Za-z._-]{1,30}$'),
	pin_hash text
		CONSTRAINT profile_pin_hash_must_come_from_confab_profile_set_pin
		CHECK (pin_hash ~ '^\$[!-~]{12,126}$'),
	moderator_pin_hash text
		CONSTRAINT profile_moderator_pin_hash_must_come_from_confab_profile_set_pi
		CHECK (moderator_pin_hash ~ '^\$[!-~]{12,126}$')
);
COMMENT ON TABLE profile IS 'Named sets of options for rooms; a change is in force at once';
COMMENT ON COLUMN profile.inherits IS 'The profile that says what this one does not; no cycles';
COMMENT ON COLUMN profile.adhoc IS 'Pattern of numbers that are rooms of this profile without a row: X is 0-9, Z 1-9, N 2-9, all else itself';
COMMENT ON COLUMN profile.pin_hash IS 'crypt(3) hash of the members'' PIN of ad-hoc rooms; rooms with a row have their own';
COMMENT ON COLUMN profile.moderator_pin_hash IS 'The same for moderators';

-- Two halves of a cycle may come in two transactions: one waits for the other.
CREATE FUNCTION confab_profile_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	at text := NEW.inherits;
	way text := NEW.name;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('confab_profile_cycle'));
	WHILE at IS NOT NULL LOOP
		way := way || ' -> ' || at;
		IF at = NEW.name THEN
			RAISE EXCEPTION 'profile "%", inherits: a cycle (%)', NEW.name, way
				USING ERRCODE = 'check_violation',
				TABLE = 'profile', COLUMN = 'inherits',
				CONSTRAINT = 'profile_inherits_must_not_be_a_cycle';
		END IF;
		SELECT p.inherits INTO at FROM profile p WHERE p.name = at;
	END LOOP;
	RETURN NEW;
END $$;
COMMENT ON FUNCTION confab_profile_cycle() IS 'Refuses a profile that inherits from itself, by whatever way';

CREATE TRIGGER profile_cycle BEFORE INSERT OR UPDATE OF name, inherits ON profile
	FOR EACH ROW EXECUTE FUNCTION confab_profile_cycle();

-- A profile may be that of every room: all of them are read again.
CREATE TRIGGER profile_notify AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON profile
	FOR EACH STATEMENT EXECUTE FUNCTION confab_room_notify_all();

INSERT INTO profile (name) VALUES ('default');

ALTER TABLE room ADD COLUMN profile text NOT NULL DEFAULT 'default'
	CONSTRAINT room_profile_must_name_a_profile
	REFERENCES profile (name) ON UPDATE CASCADE;
COMMENT ON COLUMN room.profile IS 'The profile that says what this row does not';

-- The names that ConfBridge and mod_conference have made known. Of what the
-- last moderator's leaving meant: "wait" is what wait_marked does by itself.
ALTER TABLE room
	DROP CONSTRAINT room_that_waits_for_a_moderator_needs_a_moderator_pin,
	DROP CONSTRAINT room_max_members_must_be_0_to_100000,
	DROP CONSTRAINT room_max_duration_s_must_be_0_to_31_days,
	DROP CONSTRAINT room_rate_hz_must_be_8000_16000_24000_or_48000;
ALTER TABLE room RENAME COLUMN wait_for_moderator TO wait_marked;
ALTER TABLE room RENAME COLUMN mute_on_entry TO startmuted;
ALTER TABLE room ADD COLUMN end_marked boolean, ADD COLUMN wait_once boolean;
UPDATE room SET end_marked = last_moderator = 'close',
	wait_once = wait_marked AND last_moderator = 'stay',
	wait_marked = wait_marked OR
		(last_moderator = 'wait' AND moderator_pin_hash IS NOT NULL);
ALTER TABLE room DROP COLUMN last_moderator;

-- "*", or names of options that a caller may set.
CREATE FUNCTION confab_options_known(list text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT list = '*' OR NOT EXISTS (
		SELECT FROM unnest(string_to_array(list, ',')) AS o (name)
		WHERE o.name NOT IN (SELECT r.name FROM room_option r) OR
			o.name = 'call_options')
$$;
COMMENT ON FUNCTION confab_options_known(text) IS 'Is every name in a list with commas that of an option that callers may be allowed to set?';

INSERT INTO room_option VALUES
('max_members', 'integer', '0', 'room', '%1$I BETWEEN 0 AND 100000', 'be_0_to_100000',
	'Members at a time, 0: no limit; moderators always come in'),
('locked', 'boolean', 'false', 'room', NULL, NULL,
	'Nobody but moderators may come in'),
('join_only', 'boolean', 'false', 'member', NULL, NULL,
	'Members come in only where a meeting is going on'),
('marked', 'boolean', 'false', 'member', NULL, NULL,
	'Members are leaders as moderators are: others wait for them'),
('wait_marked', 'boolean', 'false', 'member', NULL, NULL,
	'Members hear music until a leader is there, and again when the last one left'),
('wait_once', 'boolean', 'false', 'room', NULL, NULL,
	'Once a leader has been there nobody waits any more'),
('end_marked', 'boolean', 'false', 'member', NULL, NULL,
	'When the last leader leaves members are sent off'),
('end_marked_any', 'boolean', 'false', 'member', NULL, NULL,
	'When any leader leaves members are sent off'),
('startmuted', 'boolean', 'false', 'member', NULL, NULL,
	'Members come in muted'),
('quiet', 'boolean', 'false', 'member', NULL, NULL,
	'Members hear nothing when they come in, and nothing tells of their coming and going'),
('announce_user_count', 'boolean', 'true', 'member', NULL, NULL,
	'Who comes in hears how many others there are'),
('announce_only_user', 'boolean', 'true', 'member', NULL, NULL,
	'Who comes in first hears so'),
('join_tone', 'boolean', 'true', 'room', NULL, NULL,
	'A tone is heard when somebody comes in'),
('leave_tone', 'boolean', 'true', 'room', NULL, NULL,
	'A tone is heard when somebody leaves'),
('max_duration_s', 'integer', '0', 'room', '%1$I BETWEEN 0 AND 2678400', 'be_0_to_2678400',
	'Seconds until a meeting is closed, 0: no limit'),
('rate_hz', 'integer', '16000', 'room', '%1$I IN (8000, 16000, 24000, 48000)',
	'be_8000_16000_24000_or_48000',
	'Highest sampling rate of the mix; it is lower while no two members can use as much'),
('call_options', 'text', '', 'room', 'confab_options_known(%1$I) AND octet_length(%1$I) < 256',
	'name_options',
	'Options that a caller may set by ;confab-NAME=VALUE of the address he dials: names with commas, or *');

CREATE FUNCTION confab_options_columns() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	t text;
	o room_option;
	rule text;
BEGIN
	FOREACH t IN ARRAY ARRAY['room', 'profile'] LOOP
		FOR o IN SELECT * FROM room_option ORDER BY name LOOP
			EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS %I %s',
				t, o.name, o.type);
			EXECUTE format('ALTER TABLE %1$I ALTER %2$I DROP NOT NULL, '
				'ALTER %2$I DROP DEFAULT', t, o.name);
			EXECUTE format('COMMENT ON COLUMN %I.%I IS %L',
				t, o.name, o.help);
			rule := t || '_' || o.name || '_must_' || o.must;
			IF o.rule IS NOT NULL THEN
				EXECUTE format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I',
					t, rule);
				EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (%s)',
					t, rule, format(o.rule, o.name));
			END IF;
		END LOOP;
	END LOOP;
END $$;
COMMENT ON FUNCTION confab_options_columns() IS 'Makes the columns of room and profile from room_option';

-- Profiles from the root down: what is in a cycle after all never comes up, and
-- its rooms have the defaults.
CREATE FUNCTION confab_options_view() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	root text;
	child text;
	own text;
	plain text;
BEGIN
	SELECT string_agg(format('coalesce(p.%I, %L::%s) AS %1$I', name, def, type), ', ' ORDER BY name),
		string_agg(format('coalesce(p.%I, e.%1$I)', name), ', ' ORDER BY name),
		string_agg(format('coalesce(r.%I, e.%1$I, %L::%s) AS %1$I', name, def, type), ', '
			ORDER BY name),
		string_agg(format('e.%I', name), ', ' ORDER BY name)
	INTO root, child, own, plain FROM room_option;
	DROP VIEW IF EXISTS confab_room;
	EXECUTE format('CREATE VIEW confab_room AS
		WITH RECURSIVE e AS (
			SELECT p.name, p.adhoc, p.pin_hash, p.moderator_pin_hash, %s
			FROM profile p WHERE p.inherits IS NULL
			UNION ALL
			SELECT p.name, p.adhoc, p.pin_hash, p.moderator_pin_hash, %s
			FROM profile p JOIN e ON p.inherits = e.name
		)
		SELECT r.number, r.name, r.profile, r.pin_hash, r.moderator_pin_hash, %s
		FROM room r LEFT JOIN e ON e.name = r.profile
		UNION ALL
		SELECT ''~'' || e.adhoc, e.name, e.name, e.pin_hash, e.moderator_pin_hash, %s
		FROM e WHERE e.adhoc IS NOT NULL', root, child, own, plain);
	COMMENT ON VIEW confab_room IS 'Rooms with the options that hold for them; number ~PATTERN: ad-hoc rooms of a profile';
END $$;
COMMENT ON FUNCTION confab_options_view() IS 'Makes view confab_room from room_option';

CREATE FUNCTION confab_options_add() RETURNS void LANGUAGE plpgsql AS $do$
DECLARE
	f regprocedure;
	args text;
	names text;
	vals text;
BEGIN
	FOR f IN SELECT oid FROM pg_proc WHERE proname = 'confab_room_add' LOOP
		EXECUTE format('DROP FUNCTION %s', f);
	END LOOP;
	SELECT string_agg(format(', %I %s DEFAULT NULL', name, type), '' ORDER BY name),
		string_agg(format(', %I', name), '' ORDER BY name),
		string_agg(format(', confab_room_add.%I', name), '' ORDER BY name)
	INTO args, names, vals FROM room_option;
	EXECUTE format($f$
		CREATE FUNCTION confab_room_add(number text, name text DEFAULT '',
			pin text DEFAULT NULL, moderator_pin text DEFAULT NULL,
			profile text DEFAULT 'default'%s)
		RETURNS void LANGUAGE plpgsql AS $$
		BEGIN
			PERFORM confab_pins_differ(pin, moderator_pin);
			INSERT INTO room (number, name, pin_hash,
				moderator_pin_hash, profile%s)
			VALUES ($1, $2, confab_pin_hash($3), confab_pin_hash($4),
				$5%s);
		END $$$f$, args, names, vals);
	COMMENT ON FUNCTION confab_room_add IS 'Makes a room: SELECT confab_room_add(''1000'', ''Demo'', pin => ''1234'', moderator_pin => ''4321'')';
END $do$;
COMMENT ON FUNCTION confab_options_add() IS 'Makes confab_room_add() from room_option';

CREATE FUNCTION confab_options_build() RETURNS void LANGUAGE sql AS $$
	SELECT confab_options_columns();
	SELECT confab_options_view();
	SELECT confab_options_add();
$$;
COMMENT ON FUNCTION confab_options_build() IS 'Makes all that room_option says; to be called after a change of it';

SELECT confab_options_build();

CREATE FUNCTION confab_profile_set_pin(
	name text,
	pin text,
	moderator_pin text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM confab_pins_differ(pin, moderator_pin);
	UPDATE profile p SET pin_hash = confab_pin_hash($2),
		moderator_pin_hash = confab_pin_hash($3)
	WHERE p.name = $1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no profile %', $1
			USING ERRCODE = 'no_data_found';
	END IF;
END $$;
COMMENT ON FUNCTION confab_profile_set_pin(text, text, text) IS 'Sets both PINs of the ad-hoc rooms of a profile; null or '''' takes one away';

-- What no constraint can refuse, because it takes more than one row to see it,
-- or because a constraint was dropped.
CREATE FUNCTION confab_check()
RETURNS TABLE (what text, key text, field text, problem text)
LANGUAGE sql STABLE AS $$
	SELECT 'room', r.number, 'wait_marked',
		'members wait for ever: the room has no moderator PIN'
	FROM confab_room r
	WHERE r.wait_marked AND r.moderator_pin_hash IS NULL AND
		r.number !~ '^~' AND r.call_options = ''
	UNION ALL
	SELECT 'profile', p.name, 'adhoc',
		'members wait for ever: ad-hoc rooms have no moderator PIN'
	FROM confab_room r JOIN profile p ON r.number = '~' || p.adhoc
	WHERE r.wait_marked AND r.moderator_pin_hash IS NULL AND r.call_options = ''
	UNION ALL
	SELECT 'profile', p.name, 'inherits', 'is in a cycle: the defaults hold'
	FROM profile p
	WHERE EXISTS (
		WITH RECURSIVE up AS (
			SELECT p.inherits AS name
			UNION
			SELECT q.inherits FROM profile q JOIN up ON q.name = up.name
		)
		SELECT FROM up WHERE up.name = p.name)
	ORDER BY 1, 2, 3
$$;
COMMENT ON FUNCTION confab_check() IS 'Rows that are allowed and wrong all the same: table, row, field, what is wrong; confabctl check shows it';
