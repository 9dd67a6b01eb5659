-- 0023_roll_call.sql - who is here, by key.

INSERT INTO menu_action VALUES
('roll_call', NULL, false, 'Hears who is here, by their names if they have said them');
