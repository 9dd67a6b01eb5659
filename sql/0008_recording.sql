-- 0008_recording.sql - recordings of meetings, and people whom rooms call.

INSERT INTO room_option VALUES
('record_conference', 'boolean', 'false', 'room', NULL, NULL,
	'Meetings are recorded from their begin, and whoever comes in hears so'),
('call_at_start', 'text', '', 'room', '%1$I ~ ''^([0-9A-Za-z+*._-]{1,31}(&[0-9A-Za-z+*._-]{1,31}){0,7})?$''',
	'be_up_to_8_numbers',
	'Numbers that a meeting calls when it begins, with & between them');
SELECT confab_options_build();

CREATE TABLE recording (
	id uuid PRIMARY KEY,
	server uuid NOT NULL,
	position bigint NOT NULL,
	conference_id uuid,
	room text,
	path text,
	started timestamptz,
	started_by text,
	ended timestamptz,
	end_reason text,
	end_text text,
	length_ms bigint,
	silence_ms bigint
);
CREATE INDEX recording_conference ON recording (conference_id);
CREATE INDEX recording_room ON recording (room, started);
CREATE INDEX recording_open ON recording (server) WHERE ended IS NULL;

COMMENT ON TABLE recording IS 'One row a recording: a file, or the try to make one';
COMMENT ON COLUMN recording.server IS 'Whose recording; see server_run.server';
COMMENT ON COLUMN recording.position IS 'Journal position of the last record applied to this row';
COMMENT ON COLUMN recording.conference_id IS 'The meeting';
COMMENT ON COLUMN recording.path IS 'The file, Ogg/Opus, on that server';
COMMENT ON COLUMN recording.started_by IS 'Who began it: a leg, confabctl, room (by its own option)';
COMMENT ON COLUMN recording.ended IS 'Null while it goes on';
COMMENT ON COLUMN recording.end_reason IS 'stopped, meeting_over, failed, crashed (its file plays up to the end)';
COMMENT ON COLUMN recording.end_text IS 'Why it failed';
COMMENT ON COLUMN recording.length_ms IS 'What is in the file';
COMMENT ON COLUMN recording.silence_ms IS 'Of this, silence in place of what did not come in time';

-- As before, and recordings.
CREATE OR REPLACE FUNCTION confab_run_begin(
	run jsonb,
	server uuid,
	pos bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	seen timestamptz := coalesce((run->>'seen')::timestamptz,
				     (run->>'started')::timestamptz);
BEGIN
	UPDATE leg l SET end_reason = 'crashed', position = pos,
		ended = greatest(seen, l.started, l.answered, l.admitted_at)
	WHERE l.server = $2 AND l.ended IS NULL AND l.position < pos;

	UPDATE conference c SET end_reason = 'crashed', position = pos,
		ended = greatest(seen, c.started)
	WHERE c.server = $2 AND c.ended IS NULL AND c.position < pos;

	UPDATE recording r SET end_reason = 'crashed', position = pos,
		ended = greatest(seen, r.started)
	WHERE r.server = $2 AND r.ended IS NULL AND r.position < pos;

	UPDATE server_run r SET end_reason = 'crashed', position = pos,
		ended = greatest(seen, r.started)
	WHERE r.server = $2 AND r.ended IS NULL AND r.position < pos;

	INSERT INTO server_run (id, server, position, started, version, host, pid)
	VALUES ((run->>'id')::uuid, $2, pos, (run->>'started')::timestamptz,
		run->>'version', run->>'host', (run->>'pid')::integer)
	ON CONFLICT (id) DO NOTHING;
END $$;
