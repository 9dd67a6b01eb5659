-- 0017_exdates.sql - days on which a schedule does not recur; more that is wrong.

ALTER TABLE schedule ADD COLUMN exdates date[] NOT NULL DEFAULT '{}'
	CONSTRAINT schedule_exdates_must_be_30_at_most
	CHECK (cardinality(exdates) <= 30)
	CONSTRAINT schedule_exdates_must_be_1970_to_2100
	CHECK (array_position(exdates, NULL) IS NULL AND
		'1970-01-01' <= ALL (exdates) AND '2100-12-31' >= ALL (exdates));
COMMENT ON COLUMN schedule.exdates IS 'Days, of its zone, on which no occurrence begins: holidays (EXDATE of RFC 5545)';

CREATE FUNCTION confab_until_fault(rrule text, starts timestamp) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	until text := substring(rrule FROM 'UNTIL=([0-9]{8})');
BEGIN
	IF until::date < starts::date THEN
		RETURN 'has an UNTIL before starts: it ends before it begins';
	END IF;
	RETURN NULL;
EXCEPTION WHEN data_exception THEN
	RETURN format('has UNTIL with a value that is no day: "%s"', until);
END $$;
COMMENT ON FUNCTION confab_until_fault(text, timestamp) IS 'What is wrong with the end of a recurrence rule, or null';

-- As before, and the end of a rule.
CREATE OR REPLACE FUNCTION confab_schedule_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	fault text := coalesce(confab_rrule_fault(NEW.rrule),
		confab_until_fault(NEW.rrule, NEW.starts));
BEGIN
	IF fault IS NOT NULL THEN
		RAISE EXCEPTION 'schedule of room %, rrule: %', NEW.room, fault
			USING ERRCODE = 'check_violation', TABLE = 'schedule',
			COLUMN = 'rrule', CONSTRAINT = 'schedule_rrule_must_be_a_rule';
	END IF;
	PERFORM pg_advisory_xact_lock(hashtext('confab_schedule'), hashtext(NEW.room));
	IF (SELECT count(*) FROM schedule s
			WHERE s.room = NEW.room AND s.id <> NEW.id) >= 4 THEN
		RAISE EXCEPTION 'schedule of room %: there are four already', NEW.room
			USING ERRCODE = 'check_violation', TABLE = 'schedule',
			COLUMN = 'room', CONSTRAINT = 'schedule_must_have_4_rows_a_room';
	END IF;
	RETURN NEW;
END $$;

-- As before, and the days that are left out.
CREATE OR REPLACE FUNCTION confab_schedules(number text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce(string_agg(to_char(s.starts, 'YYYYMMDD"T"HH24MISS') || ' ' ||
		to_char(s.ends, 'YYYYMMDD"T"HH24MISS') || ' ' || s.time_zone || ' ' ||
		coalesce(s.rrule, '-') || coalesce(' ' || (
			SELECT string_agg(to_char(d, 'YYYYMMDD'), ',') FROM unnest(s.exdates) d), ''),
		E'\n' ORDER BY s.id), '')
	FROM schedule s WHERE s.room = number
$$;

-- Do two patterns of ad-hoc rooms take a number in common?
CREATE FUNCTION confab_patterns_clash(a text, b text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT length(a) = length(b) AND NOT EXISTS (
		SELECT FROM generate_series(1, length(a)) n,
			LATERAL (SELECT substr(a, n, 1) AS x, substr(b, n, 1) AS y) c,
			LATERAL (SELECT CASE c.x WHEN 'X' THEN '0123456789' WHEN 'Z' THEN '123456789'
					WHEN 'N' THEN '23456789' ELSE c.x END AS x,
				CASE c.y WHEN 'X' THEN '0123456789' WHEN 'Z' THEN '123456789'
					WHEN 'N' THEN '23456789' ELSE c.y END AS y) s
		WHERE translate(s.x, s.y, '') = s.x)
$$;
COMMENT ON FUNCTION confab_patterns_clash(text, text) IS 'Do two patterns of profile.adhoc take a number in common?';

-- As before, and schedules that are never, patterns that clash, invitations that
-- let nobody in.
CREATE OR REPLACE FUNCTION confab_check()
RETURNS TABLE (what text, key text, field text, problem text)
LANGUAGE sql STABLE AS $$
	SELECT 'room', r.number, 'wait_marked',
		'members wait for ever: the room has no moderator PIN'
	FROM confab_room r
	WHERE r.wait_marked AND r.moderator_pin_hash IS NULL AND
		r.number !~ '^~' AND r.call_options = '' AND NOT EXISTS (
			SELECT FROM invite i WHERE i.room = r.number AND i.role = 'moderator')
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
	UNION ALL
	SELECT 'profile', p.name, 'adhoc',
		'takes numbers of profile ' || q.name || ' too: the first in ASCII goes before'
	FROM profile p JOIN profile q ON p.name < q.name AND
		confab_patterns_clash(p.adhoc, q.adhoc)
	UNION ALL
	SELECT 'schedule', s.room, 'ends', 'is not after starts: it is left out'
	FROM schedule s WHERE s.ends <= s.starts
	UNION ALL
	SELECT 'schedule', s.room, 'rrule', coalesce(confab_rrule_fault(s.rrule),
		confab_until_fault(s.rrule, s.starts))
	FROM schedule s WHERE coalesce(confab_rrule_fault(s.rrule),
		confab_until_fault(s.rrule, s.starts)) IS NOT NULL
	UNION ALL
	SELECT 'room', r.number, 'invite_only', 'nobody is invited, and nobody comes in'
	FROM confab_room r
	WHERE r.invite_only AND r.number !~ '^~' AND r.moderator_pin_hash IS NULL AND
		NOT EXISTS (SELECT FROM invite i WHERE i.room = r.number)
	ORDER BY 1, 2, 3
$$;
