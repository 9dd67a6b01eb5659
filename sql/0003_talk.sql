-- 0003_talk.sql - how long a leg spoke.

ALTER TABLE leg ADD COLUMN talk_ms bigint;

COMMENT ON COLUMN leg.talk_ms IS 'Speech of this leg in its room, pauses below 0.4 s included';
