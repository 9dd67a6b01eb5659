-- 0024_consent.sql - what people are told of a recording, and whether they agree.

INSERT INTO room_option VALUES
('record_consent', 'text', 'announce', 'room', '%1$I IN (''off'', ''announce'', ''ask'')',
	'be_off_announce_or_ask',
	'Who is recorded is told nothing (off), hears so (announce), or is asked and heard when he has pressed 1 (ask)');
SELECT confab_options_build();

INSERT INTO menu_action VALUES
('record_consent', NULL, false, 'Takes one''s consent to the recording back, or is asked for it again');

ALTER TABLE leg ADD COLUMN consent text, ADD COLUMN consent_at timestamptz;
COMMENT ON COLUMN leg.consent IS 'The latest answer when it was asked whether it may be recorded: yes, no, none; null: it was not';
COMMENT ON COLUMN leg.consent_at IS 'When that was said, or not said in time';
