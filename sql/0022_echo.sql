-- 0022_echo.sql - whether echo is looked for on members' lines.

INSERT INTO room_option VALUES
('echo', 'text', '', 'member', '%1$I IN ('''', ''auto'', ''off'')',
	'be_auto_off_or_empty',
	'The room''s own sound that a line gives back is kept out of the room (auto), or is not looked for (off); empty: as media.echo says');

SELECT confab_options_build();
