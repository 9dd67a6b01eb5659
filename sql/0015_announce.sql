-- 0015_announce.sql - what a room tells of, to whom, and how.

INSERT INTO room_option VALUES
('hear_own_join_sound', 'boolean', 'true', 'member', NULL, NULL,
	'Who comes in hears the sound that tells of it'),
('announce_to_moderators', 'boolean', 'false', 'room', NULL, NULL,
	'Only moderators are told who comes and goes'),
('announce_user_count_all', 'integer', '0', 'room', '%1$I BETWEEN 0 AND 100000', 'be_0_to_100000',
	'When somebody comes in all hear how many others there are, if more than so many are in; 0: they do not'),
('announce_quiet_above', 'integer', '0', 'room', '%1$I BETWEEN 0 AND 100000', 'be_0_to_100000',
	'Nothing tells of comings and goings while more than so many are in; 0: it does always'),
('announce_duck_db', 'integer', '0', 'room', '%1$I BETWEEN 0 AND 40', 'be_0_to_40',
	'Decibels by which those who speak are turned down while all are told something');

SELECT confab_options_build();
