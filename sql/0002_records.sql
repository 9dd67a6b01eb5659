-- 0002_records.sql - what happened: one row a call leg, one a meeting, one a
-- run of the server.
--
-- confabd writes these rows out of its journal (docs/records.md). A record that
-- is odd is worth more than none, so there are few constraints and no foreign
-- keys here. "position" is the place in its server's journal of the last record
-- that a row was changed by: a record is applied only if it is later than that,
-- so that whatever is replayed changes nothing.

CREATE TABLE server_run (
	id uuid PRIMARY KEY,
	server uuid NOT NULL,
	position bigint NOT NULL,
	started timestamptz,
	ended timestamptz,
	end_reason text,
	version text,
	host text,
	pid integer
);
CREATE INDEX server_run_started ON server_run (started);

COMMENT ON TABLE server_run IS 'One row a run of confabd, from start to stop or crash';
COMMENT ON COLUMN server_run.server IS 'The server: an id kept in its journal folder, the same in every run';
COMMENT ON COLUMN server_run.position IS 'Journal position of the last record applied to this row';
COMMENT ON COLUMN server_run.ended IS 'When it stopped; after a crash the last moment it is known to have lived';
COMMENT ON COLUMN server_run.end_reason IS 'stopped, or crashed; null: runs, or crashed and was not started again';

CREATE TABLE conference (
	id uuid PRIMARY KEY,
	server uuid NOT NULL,
	position bigint NOT NULL,
	room text,
	room_name text,
	started timestamptz,
	ended timestamptz,
	end_reason text,
	end_text text,
	members_max integer,
	members_total integer,
	moderators_total integer,
	rate_hz integer
) WITH (fillfactor = 85);
CREATE INDEX conference_started ON conference (started);
CREATE INDEX conference_room ON conference (room, started);
CREATE INDEX conference_open ON conference (server) WHERE ended IS NULL;

COMMENT ON TABLE conference IS 'One row a meeting: from the first member in a room to the last';
COMMENT ON COLUMN conference.server IS 'Whose meeting; see server_run.server';
COMMENT ON COLUMN conference.position IS 'Journal position of the last record applied to this row';
COMMENT ON COLUMN conference.room IS 'Number of the room, as it was then';
COMMENT ON COLUMN conference.room_name IS 'Name of the room, as it was then';
COMMENT ON COLUMN conference.ended IS 'Null while it goes on';
COMMENT ON COLUMN conference.end_reason IS 'empty, moderator_left, max_duration, shutdown, crashed, ...';
COMMENT ON COLUMN conference.end_text IS 'More about the end, for people';
COMMENT ON COLUMN conference.members_max IS 'Most members at one time, moderators included';
COMMENT ON COLUMN conference.members_total IS 'Members who came in, each time counted';
COMMENT ON COLUMN conference.moderators_total IS 'Of these, moderators';
COMMENT ON COLUMN conference.rate_hz IS 'Sampling rate of the mix';

CREATE TABLE leg (
	id uuid PRIMARY KEY,
	server uuid NOT NULL,
	position bigint NOT NULL,
	conference_id uuid,
	call_id text,
	direction text NOT NULL DEFAULT 'in',
	from_uri text,
	from_name text,
	dialled text,
	source inet,
	source_port integer,
	transport text,
	user_agent text,
	room text,
	role text,
	started timestamptz,
	answered timestamptz,
	admitted_at timestamptz,
	admitted_by text,
	refused text,
	tries integer,
	ended timestamptz,
	end_reason text,
	end_text text,
	sip_status integer,
	codec text,
	rate_hz integer,
	ptime_ms integer,
	dtmf text,
	muted boolean,
	media_source inet,
	media_source_port integer,
	rx_packets bigint,
	rx_bytes bigint,
	tx_packets bigint,
	tx_bytes bigint,
	rx_lost bigint,
	rx_jitter_us bigint,
	remote_lost bigint,
	remote_jitter_us bigint,
	rtt_us bigint,
	late bigint,
	concealed_ms bigint,
	accelerated_ms bigint,
	expanded_ms bigint,
	delay_ms integer,
	stranger bigint,
	bad bigint
) WITH (fillfactor = 85);
CREATE INDEX leg_started ON leg (started);
CREATE INDEX leg_conference ON leg (conference_id) WHERE conference_id IS NOT NULL;
CREATE INDEX leg_call_id ON leg (call_id);
CREATE INDEX leg_open ON leg (server) WHERE ended IS NULL;

COMMENT ON TABLE leg IS 'One row a call leg, refused ones included';
COMMENT ON COLUMN leg.server IS 'Whose leg; see server_run.server';
COMMENT ON COLUMN leg.position IS 'Journal position of the last record applied to this row';
COMMENT ON COLUMN leg.conference_id IS 'The meeting that it was in; null: came into none';
COMMENT ON COLUMN leg.call_id IS 'Call-ID of the SIP dialog';
COMMENT ON COLUMN leg.direction IS 'in: called us; out: was called by us';
COMMENT ON COLUMN leg.from_uri IS 'URI of From, as the peer claims';
COMMENT ON COLUMN leg.from_name IS 'Display name of From';
COMMENT ON COLUMN leg.dialled IS 'User part of the Request-URI';
COMMENT ON COLUMN leg.source IS 'Address that the INVITE came from';
COMMENT ON COLUMN leg.source_port IS 'Its port';
COMMENT ON COLUMN leg.transport IS 'udp, tcp, ...';
COMMENT ON COLUMN leg.user_agent IS 'What the peer says it is';
COMMENT ON COLUMN leg.room IS 'Number of the room asked for, also when it was not let in';
COMMENT ON COLUMN leg.role IS 'member or moderator';
COMMENT ON COLUMN leg.started IS 'When the INVITE came';
COMMENT ON COLUMN leg.answered IS 'When our 200 was sent';
COMMENT ON COLUMN leg.admitted_at IS 'When it came into the room; null: never';
COMMENT ON COLUMN leg.admitted_by IS 'pin, moderator_pin, uri_pin, uri_moderator_pin, none (no PIN needed), ...';
COMMENT ON COLUMN leg.refused IS 'Why it was not let in: wrong_pin, no_such_room, full, locked, ...; null: was not refused';
COMMENT ON COLUMN leg.tries IS 'Wrong PINs and room numbers entered';
COMMENT ON COLUMN leg.ended IS 'Null while it lasts';
COMMENT ON COLUMN leg.end_reason IS 'bye, cancel, left, kicked, timeout, no_ack, expired, refused, closed, shutdown, crashed, ...';
COMMENT ON COLUMN leg.end_text IS 'More about the end, for people';
COMMENT ON COLUMN leg.sip_status IS 'Final status of the INVITE';
COMMENT ON COLUMN leg.codec IS 'As agreed on last';
COMMENT ON COLUMN leg.rate_hz IS 'RTP clock rate of the codec';
COMMENT ON COLUMN leg.ptime_ms IS 'Sound in a packet that we send';
COMMENT ON COLUMN leg.dtmf IS 'How keys came: event (RFC 4733), inband, info; null: none came';
COMMENT ON COLUMN leg.muted IS 'Was muted when it ended';
COMMENT ON COLUMN leg.media_source IS 'Address that RTP came from';
COMMENT ON COLUMN leg.media_source_port IS 'Its port';
COMMENT ON COLUMN leg.rx_packets IS 'RTP packets received';
COMMENT ON COLUMN leg.rx_bytes IS 'Their bytes';
COMMENT ON COLUMN leg.tx_packets IS 'RTP packets sent';
COMMENT ON COLUMN leg.tx_bytes IS 'Their bytes';
COMMENT ON COLUMN leg.rx_lost IS 'Packets that did not arrive (RFC 3550 A.3)';
COMMENT ON COLUMN leg.rx_jitter_us IS 'Interarrival jitter at the end (RFC 3550 A.8)';
COMMENT ON COLUMN leg.remote_lost IS 'Of our packets, as the peer''s last report says';
COMMENT ON COLUMN leg.remote_jitter_us IS 'At the peer, as its last report says';
COMMENT ON COLUMN leg.rtt_us IS 'Round-trip time; null or 0: unknown';
COMMENT ON COLUMN leg.late IS 'Packets that came too late to be played';
COMMENT ON COLUMN leg.concealed_ms IS 'Sound made up in place of what was missing';
COMMENT ON COLUMN leg.accelerated_ms IS 'Sound left out to shorten the delay';
COMMENT ON COLUMN leg.expanded_ms IS 'Sound added to lengthen the delay';
COMMENT ON COLUMN leg.delay_ms IS 'Delay of the jitter buffer at the end';
COMMENT ON COLUMN leg.stranger IS 'Datagrams that came from somebody else';
COMMENT ON COLUMN leg.bad IS 'Datagrams from the peer that are no RTP';

-- The first record of every run: what earlier runs of that server left open
-- ended when it was last known to live. In the order of the journal it stands
-- after all records of those runs and before all of this one.
CREATE FUNCTION confab_run_begin(
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

	UPDATE server_run r SET end_reason = 'crashed', position = pos,
		ended = greatest(seen, r.started)
	WHERE r.server = $2 AND r.ended IS NULL AND r.position < pos;

	INSERT INTO server_run (id, server, position, started, version, host, pid)
	VALUES ((run->>'id')::uuid, $2, pos, (run->>'started')::timestamptz,
		run->>'version', run->>'host', (run->>'pid')::integer)
	ON CONFLICT (id) DO NOTHING;
END $$;
COMMENT ON FUNCTION confab_run_begin(jsonb, uuid, bigint) IS 'Closes what earlier runs of a server left open, and begins a run; used by confabd';
