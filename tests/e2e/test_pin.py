"""Ways to give the room and the PIN, right and wrong."""
import pytest

import tones

pytestmark = pytest.mark.xdist_group("pin")
ROOMS = {
    "1000": {"pin": "1234", "moderator_pin": "4321"},
    "1001": {},
    "1002": {"moderator_pin": "99"},
    "1003": {"pin": "12345678901234567890"},
}
OPTIONS = {"rooms.first_digit_timeout": 15000, "rooms.digit_timeout": 1000,
           "rooms.tries": 3}


def ask(phone, server, user, params=""):
    """Calls and waits for the prompt."""
    call = phone().call(server.uri(user, params))
    call.stream.wait_speech()
    return call


def joined(server, call):
    """Waits until the call is in a room; returns its record so far."""
    return server.db.wait("SELECT * FROM leg WHERE call_id = %s "
                          "AND admitted_at IS NOT NULL", call.id)[0]


def test_pin_by_keys(server, phone):
    call = ask(phone, server, "1000")
    call.stream.press("1234#")
    row = joined(server, call)
    assert (row["room"], row["role"], row["admitted_by"]) == ("1000", "member", "pin")


def test_moderator_pin_by_keys(server, phone):
    call = ask(phone, server, "1000")
    call.stream.press("4321#")
    row = joined(server, call)
    assert (row["role"], row["admitted_by"]) == ("moderator", "moderator_pin")


def test_a_pause_ends_the_pin(server, phone):
    call = ask(phone, server, "1000")
    call.stream.press("1234")
    assert joined(server, call)["admitted_by"] == "pin"


def test_a_long_pin(server, phone):
    call = ask(phone, server, "1003")
    call.stream.press("12345678901234567890#", ms=60, pause_ms=60)
    assert joined(server, call)["room"] == "1003"


def test_star_begins_the_pin_anew(server, phone):
    call = ask(phone, server, "1000")
    call.stream.press("99*1234#")
    row = joined(server, call)
    assert (row["admitted_by"], row["tries"]) == ("pin", 0)


def test_keys_before_the_prompt_count(server, phone):
    call = phone().call(server.uri("1000"))
    call.stream.press("1234#")
    assert joined(server, call)["admitted_by"] == "pin"


def test_a_digit_interrupts_the_prompt(server, phone):
    call = ask(phone, server, "1000")
    call.stream.press("1")
    call.stream.wait_only([], timeout=1.5, ms=100)
    call.stream.press("234#")
    joined(server, call)


@pytest.mark.parametrize("user, params, by", [
    ("1000", ";pin=1234", "uri_pin"),
    ("1000", ";pin=4321", "uri_moderator_pin"),
    ("1000*1234", "", "uri_pin"),
    ("1000*4321", "", "uri_moderator_pin"),
    ("1000%2A1234", "", "uri_pin"),
    ("1001", "", "none"),
])
def test_pin_in_what_is_dialled(server, phone, user, params, by):
    call = phone().call(server.uri(user, params))
    row = joined(server, call)
    assert row["admitted_by"] == by
    assert "1234" not in row["dialled"] and "4321" not in row["dialled"]


def test_wrong_pin_in_the_uri_is_asked_for(server, phone):
    call = ask(phone, server, "1000", ";pin=1111")
    server.wait_log(r"leg \d+: wrong PIN, room=1000")
    call.stream.press("1234#")
    row = joined(server, call)
    assert (row["admitted_by"], row["tries"]) == ("pin", 1)


def test_join_asks_for_room_and_pin(server, phone):
    call = ask(phone, server, "join")
    call.stream.press("1000#")
    call.stream.wait_only([], ms=100)
    call.stream.wait_speech()
    call.stream.press("1234#")
    row = joined(server, call)
    assert (row["dialled"], row["room"], row["admitted_by"]) == ("join", "1000", "pin")


def test_join_with_room_star_pin(server, phone):
    call = ask(phone, server, "join")
    call.stream.press("1000*4321#")
    assert joined(server, call)["role"] == "moderator"


def test_join_wrong_number_then_right(server, phone):
    call = ask(phone, server, "join")
    call.stream.press("7777#1001#")
    row = joined(server, call)
    assert (row["room"], row["tries"]) == ("1001", 1)


def test_no_keys_where_only_moderators_have_a_pin(server, phone):
    call = ask(phone, server, "1002")
    call.stream.press("#")
    assert joined(server, call)["role"] == "member"


def test_three_wrong_pins_end_the_call(server, phone):
    call = ask(phone, server, "1000")
    for pin in ("1111#", "123#", "12345#"):
        call.stream.press(pin)
    mark = call.stream.mark()
    bye = call.wait_bye(30)
    assert "Q.850" in bye["reason"]
    pcm, _ = call.stream.sound(mark)
    assert tones.rms(pcm) > -40, "no goodbye was said"
    row = server.db.leg(call)
    expected = {"room": "1000", "role": None, "admitted_at": None, "admitted_by": None,
                "conference_id": None, "tries": 3, "refused": "wrong_pin",
                "end_reason": "refused", "sip_status": 200}
    assert {k: row[k] for k in expected} == expected


def test_no_input_ends_the_call(new_server, phone):
    server = new_server({"1000": {"pin": "1234"}},
                        {"rooms.first_digit_timeout": 1000, "rooms.tries": 1})
    call = phone().call(server.uri("1000"))
    call.wait_bye(30)
    assert server.db.leg(call)["refused"] == "no_input"


def test_pins_are_hashed(server):
    for row in server.db.rows("SELECT * FROM room WHERE number = '1000'"):
        assert row["pin_hash"].startswith("$2") and "1234" not in row["pin_hash"]


def test_no_pin_in_the_log(server):
    """Runs last in this file: all the PINs above have been typed."""
    for line in server.log().splitlines():
        for pin in ("4321", "12345678901234567890"):
            assert pin not in line, line
