-- 0016_audit.sql - who did what to whom, and since when each was muted.

CREATE TABLE audit (
	id uuid PRIMARY KEY,
	server uuid NOT NULL,
	position bigint NOT NULL,
	at timestamptz,
	room text,
	conference_id uuid,
	actor_kind text,
	actor text,
	actor_leg uuid,
	action text,
	detail text,
	target text,
	target_leg uuid,
	old_value text,
	new_value text
);
CREATE INDEX audit_room ON audit (room, at);
CREATE INDEX audit_target ON audit (target_leg);

COMMENT ON TABLE audit IS 'One row an act: what members, confabctl or the server itself did to a meeting or to somebody in it';
COMMENT ON COLUMN audit.server IS 'Where; see server_run.server';
COMMENT ON COLUMN audit.position IS 'Journal position of the record';
COMMENT ON COLUMN audit.room IS 'Number of the room';
COMMENT ON COLUMN audit.conference_id IS 'The meeting; null: it was about a call that was in none';
COMMENT ON COLUMN audit.actor_kind IS 'member, confabctl, or system: a row of the database, an option of the room, a time';
COMMENT ON COLUMN audit.actor IS 'Who: a member''s name, confabctl with uid and pid, room, database ...';
COMMENT ON COLUMN audit.actor_leg IS 'Of a member: his leg';
COMMENT ON COLUMN audit.action IS 'mute, lock, record, kick ...: the words of docs/confabctl.md''s events';
COMMENT ON COLUMN audit.detail IS 'Of mute the layer, of dial the number, of say the prompt, of relations the other one ...';
COMMENT ON COLUMN audit.target IS 'To whom, by name; null: to the meeting as a whole';
COMMENT ON COLUMN audit.target_leg IS 'His leg';
COMMENT ON COLUMN audit.old_value IS 'What was, where it is known: on, off';
COMMENT ON COLUMN audit.new_value IS 'What is after it';

ALTER TABLE leg ADD COLUMN joined_at timestamptz, ADD COLUMN left_at timestamptz;
COMMENT ON COLUMN leg.joined_at IS 'When it became a member, be it in the waiting room';
COMMENT ON COLUMN leg.left_at IS 'When it was none any more; the call may have gone on for a goodbye';

CREATE VIEW mute_history AS
WITH change AS (
	SELECT a.*, lag(a.new_value) OVER w AS was
	FROM audit a WHERE a.action = 'mute'
	WINDOW w AS (PARTITION BY a.target_leg, a.detail ORDER BY a.at, a.position)
), step AS (
	SELECT c.*, lead(c.at) OVER w AS next_at, lead(c.actor) OVER w AS next_actor
	FROM change c WHERE c.was IS DISTINCT FROM c.new_value
	WINDOW w AS (PARTITION BY c.target_leg, c.detail ORDER BY c.at, c.position)
)
SELECT s.target_leg AS leg_id, s.conference_id, s.room, s.target AS name,
	s.detail AS layer, s.actor AS muted_by, s.at AS muted_from,
	coalesce(s.next_at, l.left_at, l.ended) AS muted_until,
	s.next_actor AS unmuted_by
FROM step s LEFT JOIN leg l ON l.id = s.target_leg
WHERE s.new_value = 'on';
COMMENT ON VIEW mute_history IS 'Who was muted, by whom, in which layer, from when until when';

-- What was done, and who came, was refused and went.
CREATE FUNCTION confab_audit_list(number text, since timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
	WITH happened AS (
		SELECT a.at, coalesce(a.actor, '') AS actor, a.action, a.detail, a.target,
			a.old_value, a.new_value
		FROM audit a WHERE a.room = $1
		UNION ALL
		SELECT l.admitted_at, coalesce(l.invite_name, l.from_name, l.from_uri), 'join',
			l.admitted_by, NULL, NULL, l.role
		FROM leg l WHERE l.room = $1 AND l.admitted_at IS NOT NULL
		UNION ALL
		SELECT coalesce(l.left_at, l.ended), coalesce(l.invite_name, l.from_name, l.from_uri),
			'leave', l.end_reason, NULL, NULL, format('talked %s s', l.talk_ms / 1000)
		FROM leg l
		WHERE l.room = $1 AND l.admitted_at IS NOT NULL AND l.ended IS NOT NULL
		UNION ALL
		SELECT l.ended, coalesce(l.from_name, l.from_uri), 'refused', l.refused,
			NULL, NULL, host(l.source)
		FROM leg l WHERE l.room = $1 AND l.refused IS NOT NULL AND l.ended IS NOT NULL
		UNION ALL
		SELECT c.ended, 'room', 'end', c.end_reason, NULL, NULL, NULL
		FROM conference c WHERE c.room = $1 AND c.ended IS NOT NULL
	), latest AS (
		SELECT * FROM happened h WHERE $2 IS NULL OR h.at >= $2
		ORDER BY h.at DESC LIMIT 500
	)
	SELECT json_build_object('room', $1, 'audit', coalesce(json_agg(json_build_object(
		'time', l.at, 'who', l.actor, 'action', l.action, 'detail', l.detail,
		'whom', l.target, 'old', l.old_value, 'new', l.new_value)
		ORDER BY l.at), '[]'))
	FROM latest l
$$;
COMMENT ON FUNCTION confab_audit_list(text, timestamptz) IS 'What happened in a room, the latest 500; for confabctl';

-- Calls out of a room in a day are counted by their records, which survive a
-- restart; confabd adds those of its own run.
CREATE INDEX leg_out ON leg (room, started) WHERE direction = 'out';

CREATE FUNCTION confab_dialled_today(number text, before text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('calls', count(*)) FROM leg l
	WHERE l.room = $1 AND l.direction = 'out' AND
		l.started >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AND
		l.started < to_timestamp($2::double precision)
$$;
COMMENT ON FUNCTION confab_dialled_today(text, text) IS 'Calls out of a room today (UTC) before a time; used by confabd';
