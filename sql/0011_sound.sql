-- 0011_sound.sql - what is done to the sound of members.

INSERT INTO room_option VALUES
('agc', 'boolean', 'true', 'member', NULL, NULL,
	'Is levelled: heard as loud as the others, if media.agc allows it'),
('denoise', 'boolean', 'false', 'member', NULL, NULL,
	'The noise of the line is suppressed, whatever media.noise says');

SELECT confab_options_build();
