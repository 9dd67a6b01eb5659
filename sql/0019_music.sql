-- 0019_music.sql - what is heard by who waits, by one alone, by all.

INSERT INTO room_option VALUES
('music_on_hold_class', 'text', '', 'room',
	'octet_length(%1$I) < 256 AND %1$I ~ ''^($|none$|/[^[:cntrl:]]+$|[a-z][a-z0-9+.-]*://[^[:cntrl:] ]+$)''',
	'be_none_a_path_or_a_uri',
	'Music: a file, a folder, a URI that GStreamer opens, none; empty: the folder sounds.music'),
('music_on_hold_when_empty', 'boolean', 'false', 'member', NULL, NULL,
	'Hears that music while alone'),
('perpetual_sound', 'text', '', 'room',
	'octet_length(%1$I) < 256 AND %1$I ~ ''^($|/[^[:cntrl:]]+$|[a-z][a-z0-9+.-]*://[^[:cntrl:] ]+$)''',
	'be_a_path_or_a_uri',
	'All hear this beside each other, from begin to end'),
('music_quieter_db', 'integer', '0', 'room', '%1$I BETWEEN 0 AND 40', 'be_0_to_40',
	'Decibels by which music is turned down');

SELECT confab_options_build();
