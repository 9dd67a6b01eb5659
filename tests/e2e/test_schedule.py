"""Who comes in, when, and what the others are told: schedules, statuses, the end
of a meeting and its extension."""
import datetime

import pytest

UTC = datetime.timezone.utc
ROOMS = {
    "6000": {"early_join_s": 60},
    "6001": {"moderator_pin": "34", "pin": "12", "end_warning_s": 4, "extend_s": 6,
             "early_join_s": 60, "join_tone": False, "leave_tone": False},
    "6002": {"answer_refusals": False},
    "6003": {"answer_refusals": False, "locked": True},
    "6004": {"mintwo": True},
    "6005": {"terminate_on_silence_s": 4, "join_tone": False},
}


def schedule(server, room, start_s, end_s):
    """From so many seconds from now, in a zone where clocks change."""
    import zoneinfo
    zone = zoneinfo.ZoneInfo("America/New_York")
    now = datetime.datetime.now(UTC)
    at = lambda s: (now + datetime.timedelta(seconds=s)).astimezone(zone).replace(
        tzinfo=None, microsecond=0)
    mark = server.mark()
    server.db.rows("DELETE FROM schedule WHERE room = %s;"     # one transaction
                   "INSERT INTO schedule (room, starts, ends, time_zone, rrule) "
                   "VALUES (%s, %s, %s, 'America/New_York', 'FREQ=DAILY;COUNT=1')",
                   room, room, at(start_s), at(end_s))
    server.wait_log(f"room has changed, number={room}", mark)


def refused(server, call):
    call.stream.wait_speech()
    call.wait_bye(30)
    return server.db.leg(call)["refused"]


def test_too_early_and_too_late(server, phone):
    schedule(server, "6000", 3600, 7200)
    assert refused(server, phone().call(server.uri("6000"))) == "not_yet"
    schedule(server, "6000", -7200, -3600)
    assert refused(server, phone().call(server.uri("6000"))) == "ended"
    schedule(server, "6000", 50, 3600)
    phone().call(server.uri("6000"))
    server.wait_members("6000", 1)


def test_a_meeting_is_warned_extended_and_ends(server, phone):
    schedule(server, "6001", -60, 9)
    began = datetime.datetime.now(UTC)
    a = phone(name="a").call(server.uri("6001", ";pin=12"))
    boss = phone(name="boss").call(server.uri("6001", ";pin=34"))
    server.wait_members("6001", 2)
    server.wait_log("room 6001: ends soon, minutes=1")
    a.stream.wait_speech(timeout=5)
    boss.stream.press("*8")
    server.wait_log(r"room 6001: extended, seconds=6 by=leg \d+")
    a.wait_bye(30)
    row = server.db.leg(a)
    assert row["end_reason"] == "max_duration"
    assert 13 < (row["ended"] - began).total_seconds() < 25
    conf = server.db.wait("SELECT * FROM conference WHERE room = '6001' "
                          "AND ended IS NOT NULL")[0]
    assert conf["end_reason"] == "max_duration"


def status(server, phone, room):
    call = phone().new(*server.uri(room))
    call.invite()
    return call.wait_final().status, call


@pytest.mark.parametrize("room, start, code, why", [
    ("6002", 3600, 480, "not_yet"), ("6002", -7200, 410, "ended"),
    ("6003", None, 403, "locked")])
def test_refusals_by_status(server, phone, room, start, code, why):
    if start is not None:
        schedule(server, room, start, start + 60)
    got, call = status(server, phone, room)
    assert got == code
    row = server.db.leg(call)
    assert (row["refused"], row["sip_status"], row["answered"]) == (why, code, None)


def test_mintwo(server, phone):
    a, b = (phone(name=n).call(server.uri("6004")) for n in "ab")
    server.wait_members("6004", 2)
    b.bye()
    a.wait_bye(30)
    assert server.db.leg(a)["end_reason"] == "too_few"


def test_silence_ends_a_meeting(server, phone):
    a, b = (phone(name=n).call(server.uri("6005")) for n in "ab")
    a.stream.tone(700)
    server.wait_members("6005", 2)
    b.stream.wait_only([700])
    # a tone is no speech for ever, but longer than the limit
    a.stream.tone(None)
    a.wait_bye(40)
    assert server.db.leg(b)["end_reason"] == "silence"
