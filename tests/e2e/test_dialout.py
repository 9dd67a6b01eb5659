"""Calls out of rooms: to phones that answer, refuse, or ask who we are."""
import subprocess

import pytest

from server import build

ROOMS = {str(1000 + i): {"pin": "12", "moderator_pin": "34", "join_tone": False,
                         "leave_tone": False} for i in range(6)}


@pytest.fixture
def trunk(phone):
    """A phone that plays the trunk: whatever is dialled rings there."""
    return phone(name="trunk")


@pytest.fixture
def dialling(new_server, tmp_path, trunk):
    """A server whose calls out go to the trunk."""
    def make(rooms=None, **options):
        return new_server(rooms or ROOMS, {
            "server.control": tmp_path / "s", "sip.invite_rate": 0,
            "dialout.trunk": f"127.0.0.1:{trunk.port}", "dialout.moderators": "0,+49",
            **{f"dialout.{k}": v for k, v in options.items()}})
    return make


def ctl(tmp_path, *args, rc=0):
    run = subprocess.run([build() / "confabctl", "--socket", tmp_path / "s", *args],
                         capture_output=True, text=True, timeout=30)
    assert run.returncode == rc, run.stderr
    return run.stdout + run.stderr


def user(call):
    return call.invite_msg.start.split()[1].split(":")[1].split("@")[0]


def test_who_presses_1_is_in_and_is_heard(dialling, trunk, phone, tmp_path):
    server = dialling()
    a = phone(name="a").call(server.uri("1000", ";pin=12"))
    a.stream.tone(700)
    server.wait_members("1000", 1)
    assert "numbers: 4930123" in ctl(tmp_path, "dial", "1000", "4930123")
    b = trunk.wait_call()
    assert user(b) == "4930123"
    assert "<sip:1000@" in b.invite_msg["from"]
    b.stream.tone(1100)
    b.accept()
    b.stream.wait_speech()                  # the question
    a.stream.wait_only([])                  # nobody hears him yet, nor he them
    b.stream.press("1")
    a.stream.wait_only([1100])
    b.stream.wait_only([700])
    rows = server.db.wait("SELECT * FROM leg WHERE direction = 'out' AND admitted_at IS NOT NULL")
    assert (rows[0]["admitted_by"], rows[0]["dialled"], rows[0]["call_id"]) == \
        ("dialled", "4930123", b.id)
    b.bye()
    row = server.db.wait("SELECT * FROM leg WHERE direction = 'out' AND ended IS NOT NULL")[0]
    assert row["end_reason"] == "bye"
    a.stream.wait_only([])


def test_a_machine_stays_outside(dialling, trunk, phone, tmp_path):
    server = dialling()
    a = phone(name="a").call(server.uri("1000", ";pin=12"))
    server.wait_members("1000", 1)
    ctl(tmp_path, "dial", "1000", "0301")
    b = trunk.wait_call()
    b.stream.tone(1100)
    b.accept()
    b.wait_bye(60)
    a.stream.wait_only([])
    row = server.db.wait("SELECT * FROM leg WHERE direction = 'out' AND ended IS NOT NULL")[0]
    assert (row["end_reason"], row["admitted_at"]) == ("declined", None)


def test_busy_then_again_then_no(dialling, trunk, phone, tmp_path):
    server = dialling(retries=1, retry_after=1)
    phone(name="a").call(server.uri("1000", ";pin=12"))
    server.wait_members("1000", 1)
    ctl(tmp_path, "dial", "1000", "0301")
    trunk.wait_call().accept(486, "Busy Here")
    trunk.wait_call().accept(603, "Decline")
    rows = server.db.wait("SELECT sip_status, end_reason FROM leg WHERE direction = 'out' AND "
                          "ended IS NOT NULL ORDER BY started", n=2)
    assert [(r["sip_status"], r["end_reason"]) for r in rows] == \
        [(486, "rejected"), (603, "rejected")]


def test_moderator_calls_by_keypad(dialling, trunk, phone):
    server = dialling(guard="no")
    boss = phone(name="boss").call(server.uri("1000", ";pin=34"))
    boss.stream.tone(700)
    server.wait_members("1000", 1)
    boss.stream.press("*7")
    boss.stream.wait_speech()
    boss.stream.press("030123#")
    b = trunk.wait_call()
    assert user(b) == "030123"
    b.stream.tone(1100)
    b.accept()
    boss.stream.wait_only([1100])
    b.stream.wait_only([700])
    mark = server.mark()
    boss.stream.press("*7")
    boss.stream.press("00441#")
    b2 = trunk.wait_call()                  # 0 is allowed, so is 00
    b2.accept(404, "Not Found")
    boss.stream.press("*7")
    boss.stream.press("110#")
    server.wait_log("may not call, number=110", mark)


def test_members_may_not(dialling, trunk, phone):
    server = dialling()
    a = phone(name="a").call(server.uri("1000", ";pin=12"))
    server.wait_members("1000", 1)
    a.stream.wait_speech()
    a.stream.wait_only([])
    a.stream.press("*7")
    a.stream.wait_speech()                  # I'm sorry
    a.stream.wait_only([])
    assert not trunk.incoming


def test_the_meeting_ends_while_it_rings(dialling, trunk, phone, tmp_path):
    server = dialling()
    a = phone(name="a").call(server.uri("1000", ";pin=12"))
    server.wait_members("1000", 1)
    ctl(tmp_path, "dial", "1000", "0301")
    b = trunk.wait_call()
    b.accept(180, "Ringing")
    a.bye()
    trunk.wait(lambda: any(r.method == "CANCEL" for r in b.requests))
    row = server.db.wait("SELECT * FROM leg WHERE direction = 'out' AND ended IS NOT NULL")[0]
    assert row["end_reason"] == "closed"


def test_first_of_several(dialling, trunk, phone, tmp_path):
    server = dialling(guard="no")
    a = phone(name="a").call(server.uri("1000", ";pin=12"))
    a.stream.tone(700)
    server.wait_members("1000", 1)
    ctl(tmp_path, "dial", "1000", "0301&0302")
    calls = {user(c): c for c in (trunk.wait_call(), trunk.wait_call())}
    calls["0301"].accept(180, "Ringing")
    calls["0302"].accept()
    trunk.wait(lambda: any(r.method == "CANCEL" for r in calls["0301"].requests))
    calls["0302"].stream.wait_only([700])


def test_a_room_calls_people_at_its_begin(dialling, trunk, phone):
    server = dialling({"1000": {"call_at_start": "0301", "join_tone": False}}, guard="no")
    a = phone(name="a").call(server.uri("1000"))
    a.stream.tone(700)
    b = trunk.wait_call()
    assert user(b) == "0301"
    b.accept()
    b.stream.wait_only([700])


@pytest.mark.parametrize("args,why", [
    (("1000", "1;2"), "no number that can be dialled"),
    (("1001", "0301"), "nobody is in room 1001"),
])
def test_refusals(dialling, trunk, phone, tmp_path, args, why):
    server = dialling()
    phone(name="a").call(server.uri("1000", ";pin=12"))
    server.wait_members("1000", 1)
    assert why in ctl(tmp_path, "dial", *args, rc=1)


def test_so_many_a_room_and_day(dialling, trunk, phone, tmp_path):
    server = dialling(room_max=1, day_max=2)
    phone(name="a").call(server.uri("1000", ";pin=12"))
    server.wait_members("1000", 1)
    ctl(tmp_path, "dial", "1000", "0301")
    assert "room_max" in ctl(tmp_path, "dial", "1000", "0302", rc=1)
    mark = server.mark()
    trunk.wait_call().accept(404, "Not Found")
    server.wait_log("ended, reason=rejected", mark)
    ctl(tmp_path, "dial", "1000", "0303")
    mark = server.mark()
    trunk.wait_call().accept(404, "Not Found")
    server.wait_log("ended, reason=rejected", mark)
    assert "day_max" in ctl(tmp_path, "dial", "1000", "0304", rc=1)
    assert "changed: no" in ctl(tmp_path, "dial-stop", "1000")


def test_without_a_trunk(new_server, phone, tmp_path):
    server = new_server(ROOMS, {"server.control": tmp_path / "s"})
    phone(name="a").call(server.uri("1000", ";pin=12"))
    server.wait_members("1000", 1)
    assert "[dialout] trunk is not set" in ctl(tmp_path, "dial", "1000", "0301", rc=1)
