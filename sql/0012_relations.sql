-- 0012_relations.sql - members who are not heard or counted, and those to whom
-- the others give way.

INSERT INTO room_option VALUES
('ghost', 'boolean', 'false', 'member', NULL, NULL,
	'Members hear all and are not heard; they are not counted, and nothing tells of their coming and going'),
('priority', 'boolean', 'false', 'member', NULL, NULL,
	'Moderators are priority speakers: while one speaks the others are turned down by duck_db'),
('duck_db', 'integer', '15', 'room', '%1$I BETWEEN 0 AND 40', 'be_0_to_40',
	'Decibels by which the others are turned down while a priority speaker speaks');

SELECT confab_options_build();
