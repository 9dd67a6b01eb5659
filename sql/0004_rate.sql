-- 0004_rate.sql - what a room's rate means.

COMMENT ON COLUMN room.rate_hz IS 'Highest sampling rate of the mix; it is lower while no two members can use as much';
COMMENT ON COLUMN conference.rate_hz IS 'Highest sampling rate of the mix';
