-- 0001_rooms.sql - conference rooms and their PINs.
--
-- confabd reads all rooms at start and hears of every change by NOTIFY
-- confab_room, so that an UPDATE here is in force at once. PINs are kept as
-- crypt(3) hashes; nobody handles those by hand: confab_room_add() and
-- confab_room_set_pin() take the PIN itself.

CREATE EXTENSION IF NOT EXISTS pgcrypto;

CREATE TABLE room (
	number text PRIMARY KEY
		CONSTRAINT room_number_must_be_1_to_31_letters_or_digits
		CHECK (number ~ '^[0-9A-Za-z._-]{1,31}$'),
	name text NOT NULL DEFAULT ''
		CONSTRAINT room_name_must_not_exceed_127_bytes
		CHECK (octet_length(name) <= 127),
	pin_hash text
		CONSTRAINT room_pin_hash_must_come_from_confab_room_set_pin
		CHECK (pin_hash ~ '^\$[!-~]{12,126}$'),
	moderator_pin_hash text
		CONSTRAINT room_moderator_pin_hash_must_come_from_confab_room_set_pin
		CHECK (moderator_pin_hash ~ '^\$[!-~]{12,126}$'),
	max_members integer NOT NULL DEFAULT 0
		CONSTRAINT room_max_members_must_be_0_to_100000
		CHECK (max_members BETWEEN 0 AND 100000),
	locked boolean NOT NULL DEFAULT false,
	wait_for_moderator boolean NOT NULL DEFAULT false,
	last_moderator text NOT NULL DEFAULT 'stay'
		CONSTRAINT room_last_moderator_must_be_stay_wait_or_close
		CHECK (last_moderator IN ('stay', 'wait', 'close')),
	join_tone boolean NOT NULL DEFAULT true,
	leave_tone boolean NOT NULL DEFAULT true,
	max_duration_s integer NOT NULL DEFAULT 0
		CONSTRAINT room_max_duration_s_must_be_0_to_31_days
		CHECK (max_duration_s BETWEEN 0 AND 2678400),
	mute_on_entry boolean NOT NULL DEFAULT false,
	rate_hz integer NOT NULL DEFAULT 16000
		CONSTRAINT room_rate_hz_must_be_8000_16000_24000_or_48000
		CHECK (rate_hz IN (8000, 16000, 24000, 48000)),
	created timestamptz NOT NULL DEFAULT now(),
	updated timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT room_that_waits_for_a_moderator_needs_a_moderator_pin
		CHECK (NOT wait_for_moderator OR moderator_pin_hash IS NOT NULL)
);

COMMENT ON TABLE room IS 'Conference rooms; a change is in force at once';
COMMENT ON COLUMN room.number IS 'What is dialled: digits, so that a keypad can; other letters only by URI';
COMMENT ON COLUMN room.name IS 'What people call it';
COMMENT ON COLUMN room.pin_hash IS 'crypt(3) hash of the members'' PIN; null: none is asked for';
COMMENT ON COLUMN room.moderator_pin_hash IS 'crypt(3) hash of the moderators'' PIN; null: nobody becomes one by PIN';
COMMENT ON COLUMN room.max_members IS 'Members at a time, 0: no limit';
COMMENT ON COLUMN room.locked IS 'Nobody but moderators may come in';
COMMENT ON COLUMN room.wait_for_moderator IS 'Members hear music until a moderator is there';
COMMENT ON COLUMN room.last_moderator IS 'When the last moderator leaves the others stay, wait for the next, or the meeting is closed';
COMMENT ON COLUMN room.join_tone IS 'A tone is heard when somebody comes in';
COMMENT ON COLUMN room.leave_tone IS 'A tone is heard when somebody leaves';
COMMENT ON COLUMN room.max_duration_s IS 'Seconds until a meeting is closed, 0: no limit';
COMMENT ON COLUMN room.mute_on_entry IS 'Members come in muted';
COMMENT ON COLUMN room.rate_hz IS 'Sampling rate of the mix';
COMMENT ON COLUMN room.updated IS 'Set by a trigger';

CREATE FUNCTION confab_room_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.updated := now();
	RETURN NEW;
END $$;
COMMENT ON FUNCTION confab_room_touch() IS 'Keeps room.updated';

CREATE TRIGGER room_touch BEFORE UPDATE ON room
	FOR EACH ROW EXECUTE FUNCTION confab_room_touch();

-- The payload is the number whose row is to be read again.
CREATE FUNCTION confab_room_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		PERFORM pg_notify('confab_room', OLD.number);
	END IF;
	IF TG_OP <> 'DELETE' THEN
		PERFORM pg_notify('confab_room', NEW.number);
	END IF;
	RETURN NULL;
END $$;
COMMENT ON FUNCTION confab_room_notify() IS 'Tells the servers which room changed';

CREATE TRIGGER room_notify AFTER INSERT OR UPDATE OR DELETE ON room
	FOR EACH ROW EXECUTE FUNCTION confab_room_notify();

-- TRUNCATE touches no row: an empty payload means all of them.
CREATE FUNCTION confab_room_notify_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('confab_room', '');
	RETURN NULL;
END $$;
COMMENT ON FUNCTION confab_room_notify_all() IS 'Tells the servers that all rooms went';

CREATE TRIGGER room_notify_all AFTER TRUNCATE ON room
	FOR EACH STATEMENT EXECUTE FUNCTION confab_room_notify_all();

CREATE FUNCTION confab_pin_hash(pin text) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	IF pin IS NULL OR pin = '' THEN
		RETURN NULL;
	END IF;
	IF pin !~ '^[0-9]{1,31}$' THEN
		RAISE EXCEPTION 'a PIN must be 1 to 31 digits'
			USING ERRCODE = 'check_violation';
	END IF;
	RETURN crypt(pin, gen_salt('bf', 6));
END $$;
COMMENT ON FUNCTION confab_pin_hash(text) IS 'The hash of a PIN; null for none';

CREATE FUNCTION confab_pins_differ(pin text, moderator_pin text) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF pin <> '' AND pin = moderator_pin THEN
		RAISE EXCEPTION 'the moderator PIN must differ from the PIN'
			USING ERRCODE = 'check_violation';
	END IF;
END $$;
COMMENT ON FUNCTION confab_pins_differ(text, text) IS 'Refuses two equal PINs: nobody could come in as a member';

CREATE FUNCTION confab_room_add(
	number text,
	name text DEFAULT '',
	pin text DEFAULT NULL,
	moderator_pin text DEFAULT NULL,
	max_members integer DEFAULT 0,
	locked boolean DEFAULT false,
	wait_for_moderator boolean DEFAULT false,
	last_moderator text DEFAULT 'stay',
	join_tone boolean DEFAULT true,
	leave_tone boolean DEFAULT true,
	max_duration_s integer DEFAULT 0,
	mute_on_entry boolean DEFAULT false,
	rate_hz integer DEFAULT 16000
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM confab_pins_differ(pin, moderator_pin);
	INSERT INTO room (number, name, pin_hash, moderator_pin_hash,
		max_members, locked, wait_for_moderator, last_moderator,
		join_tone, leave_tone, max_duration_s, mute_on_entry, rate_hz)
	VALUES ($1, $2, confab_pin_hash($3), confab_pin_hash($4),
		$5, $6, $7, $8, $9, $10, $11, $12, $13);
END $$;
COMMENT ON FUNCTION confab_room_add IS 'Makes a room: SELECT confab_room_add(''1000'', ''Demo'', pin => ''1234'', moderator_pin => ''4321'')';

CREATE FUNCTION confab_room_set_pin(
	number text,
	pin text,
	moderator_pin text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM confab_pins_differ(pin, moderator_pin);
	UPDATE room r SET pin_hash = confab_pin_hash($2),
		moderator_pin_hash = confab_pin_hash($3)
	WHERE r.number = $1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no room %', $1
			USING ERRCODE = 'no_data_found';
	END IF;
END $$;
COMMENT ON FUNCTION confab_room_set_pin(text, text, text) IS 'Sets both PINs of a room; null or '''' takes one away';
