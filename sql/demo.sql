-- demo.sql - a few rooms to try, for `confabd --migrate --demo`. Does nothing
-- when there are rooms already.

DO $$
BEGIN
	IF EXISTS (SELECT FROM room) THEN
		RETURN;
	END IF;
	PERFORM confab_room_add('1000', 'Demo',
		pin => '1234', moderator_pin => '4321');
	PERFORM confab_room_add('1001', 'Open');
	PERFORM confab_room_add('1002', 'Waits for its moderator',
		pin => '1234', moderator_pin => '4321',
		wait_marked => true);
	PERFORM confab_room_add('2000', 'Hall',
		pin => '2468', moderator_pin => '8642',
		max_members => 200, end_marked => true,
		join_tone => false, leave_tone => false, startmuted => true,
		max_duration_s => 4 * 3600, rate_hz => 48000);
END $$;
