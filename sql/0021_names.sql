-- 0021_names.sql - members whose names are announced.

INSERT INTO room_option VALUES
('announce_join_leave', 'boolean', 'false', 'member', NULL, NULL,
	'Who comes in is asked for his name, which all hear when he comes and goes'),
('announce_join_leave_review', 'boolean', 'false', 'member', NULL, NULL,
	'He may hear his name first, and say it again');

SELECT confab_options_build();
