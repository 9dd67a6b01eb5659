-- 0009_fec.sql - packets that were lost and made good by the one after.

ALTER TABLE leg ADD COLUMN fec_used bigint;

COMMENT ON COLUMN leg.fec_used IS 'Lost packets whose sound came with the next one (Opus in-band FEC); not in concealed_ms';
