-- 0013_language.sql - the language that members are spoken to in.

INSERT INTO room_option VALUES
('language', 'text', '', 'member', '%1$I IN ('''', ''en'', ''fr'', ''es'', ''it'', ''ru'')',
	'be_en_fr_es_it_ru_or_empty',
	'Who asks for no language himself is spoken to in this one; empty: the server''s');

SELECT confab_options_build();
