"""The four ways of a key: RFC 4733 (whole and damaged), two kinds of INFO, in the
sound. Each press counts exactly once."""
import pytest

PIN = "1223334444"          # repeated keys: a lost or doubled one shows
ROOMS = {"1000": {"pin": PIN}}
OPTIONS = {"rooms.first_digit_timeout": 15000, "rooms.digit_timeout": 3000}


def prompted(phone, server, **kw):
    call = phone(**kw).call(server.uri("1000"))
    call.stream.wait_speech()
    return call


def admitted(server, call, way):
    server.db.wait("SELECT 1 FROM leg WHERE call_id = %s AND admitted_by = 'pin'", call.id)
    call.bye()
    row = server.db.leg(call)
    assert (row["dtmf"], row["tries"]) == (way, 0)


@pytest.mark.parametrize("how", [
    {}, {"marker": False}, {"ends": 1}, {"ends": 0}, {"repeat": 2},
    {"starts": False}, {"ms": 40, "pause_ms": 40}, {"ms": 400},
    {"marker": False, "ends": 0, "repeat": 2},
], ids=str)
def test_rfc_4733(server, phone, how):
    call = prompted(phone, server)
    call.stream.press(PIN + "#", **how)
    admitted(server, call, "event")


@pytest.mark.parametrize("codec", ["L16/16000", "PCMA"])
def test_rfc_4733_with_another_clock(server, phone, codec):
    call = prompted(phone, server, codecs=(codec,))
    call.stream.press(PIN + "#")
    admitted(server, call, "event")


@pytest.mark.parametrize("kind", ["application/dtmf-relay", "application/dtmf"])
def test_info(server, phone, kind):
    call = prompted(phone, server)
    for key in PIN + "#":
        assert call.info(key, kind).status == 200
    admitted(server, call, "info")


@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "L16/16000"])
def test_in_band_where_no_event_was_agreed_on(server, phone, codec):
    call = prompted(phone, server, codecs=(codec,), dtmf=False)
    call.stream.press_inband(PIN + "#", ms=90, pause_ms=90)
    admitted(server, call, "inband")


def test_in_band_though_events_were_agreed_on(server, phone):
    """A gateway that agrees on events and lets the tones through."""
    call = prompted(phone, server, codecs=("PCMU",))
    call.stream.press_inband(PIN + "#", ms=90, pause_ms=90)
    admitted(server, call, "inband")


def test_one_press_by_two_ways_counts_once(server, phone):
    """Some phones send every key as an event and as INFO."""
    call = prompted(phone, server)
    for key in PIN + "#":
        call.stream.press(key, ms=60, pause_ms=20)
        call.info(key)
    admitted(server, call, "event")


def test_speech_is_no_key(server, phone):
    """In-band detection hears no keys in a pure tone or in the prompt itself."""
    call = prompted(phone, server, dtmf=False)
    call.stream.tone(697)
    call.stream.wait_packets(100)
    call.stream.tone(None)
    call.stream.press_inband(PIN + "#")
    admitted(server, call, "inband")
