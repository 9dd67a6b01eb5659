-- 0025_hold_music.sql - music of PBXes that do not signal hold.

INSERT INTO room_option VALUES
('detect_hold_music', 'text', 'off', 'member',
	'%1$I IN (''off'', ''tell'', ''mute'')', 'be_off_tell_or_mute',
	'Music that comes from a member, whose PBX holds him: not looked for, told, or told and muted as long as it lasts');

SELECT confab_options_build();
