-- 0018_invited_number.sql - who it is that a room calls.

CREATE FUNCTION confab_invited_at(room text, number text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', i.id, 'name', i.name, 'language', i.language,
		'role', i.role)
	FROM invite i
	WHERE i.room = $1 AND i.number = $2 AND NOT i.once AND
		coalesce(i.valid_from <= now(), true) AND
		coalesce(i.valid_until > now(), true)
	ORDER BY i.id LIMIT 1
$$;
COMMENT ON FUNCTION confab_invited_at(text, text) IS 'Whose number it is, of those who are invited now; used by confabd';
