-- 0006_times.sql - how long meetings last, and what ends them.

INSERT INTO room_option VALUES
('timeout_s', 'integer', '0', 'member', '%1$I BETWEEN 0 AND 2678400', 'be_0_to_2678400',
	'Seconds after which a member is sent off, 0: never'),
('mintwo', 'boolean', 'false', 'room', NULL, NULL,
	'A meeting that has had two members ends when one is left'),
('endconf', 'boolean', 'false', 'member', NULL, NULL,
	'The meeting ends when the last of these leaves; of a room or profile: of its moderators'),
('endconf_grace_s', 'integer', '0', 'room', '%1$I BETWEEN 0 AND 86400', 'be_0_to_86400',
	'Seconds that endconf waits for one of them to come back'),
('terminate_on_silence_s', 'integer', '0', 'room', '%1$I BETWEEN 0 AND 86400', 'be_0_to_86400',
	'Seconds after which a meeting of two or more ends if nobody speaks, 0: never'),
('end_warning_s', 'integer', '0', 'room', '%1$I BETWEEN 0 AND 86400', 'be_0_to_86400',
	'Seconds before its end at which all are told, 0: they are not'),
('extend_s', 'integer', '0', 'room', '%1$I BETWEEN 0 AND 86400', 'be_0_to_86400',
	'Seconds by which a moderator may extend it by key, each time, 0: not at all');

SELECT confab_options_build();
