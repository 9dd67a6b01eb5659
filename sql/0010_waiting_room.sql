-- 0010_waiting_room.sql - members who wait to be let in, and who may be heard.

INSERT INTO room_option VALUES
('waiting_room', 'boolean', 'false', 'member', NULL, NULL,
	'Members hear music until a moderator lets them in, one by one or all'),
('lecture', 'boolean', 'false', 'room', NULL, NULL,
	'All but moderators are muted, and cannot unmute themselves'),
('listen_only', 'boolean', 'false', 'member', NULL, NULL,
	'Members are never heard'),
('talk_only', 'boolean', 'false', 'member', NULL, NULL,
	'Members hear nothing of the room');

SELECT confab_options_build();
