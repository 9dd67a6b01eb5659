"""People who are invited, and people who guess: PINs that live in the database."""
import json
import pathlib
import subprocess
import tempfile

import pytest

from server import build

pytestmark = pytest.mark.xdist_group("invite")


SOCKET = pathlib.Path(tempfile.mkdtemp(prefix="confab-invite-")) / "s"
ROOMS = {"1000": {"pin": "1234", "moderator_pin": "4321"}, "1001": {"pin": "77"}}
OPTIONS = {"server.control": SOCKET, "rooms.wrong_rate": 0}


def ctl(*args):
    """A command's answer."""
    out = subprocess.run([build() / "confabctl", "--json", "--socket", SOCKET, *args],
                         capture_output=True, text=True, timeout=30)
    return json.loads(out.stdout)


def record(server, call):
    return server.db.wait("SELECT * FROM leg WHERE call_id = %s AND "
                          "(admitted_at IS NOT NULL OR ended IS NOT NULL)", call.id)[0]


def invite(server, *args):
    """The new PIN, once the server knows that the room has invitees."""
    mark = server.mark()
    first = not ctl("invites", args[0])["result"]["invites"]
    answer = ctl("invite", *args)
    assert answer["ok"], answer
    if first:
        server.wait_log(f"room has changed, number={args[0]}", mark)
    return answer["result"]["pin"]


def test_an_invitee_is_called_by_his_name(server, phone):
    pin = invite(server, "1000", "Ada Byron", "--role", "moderator")
    call = phone().call(server.uri("1000", f";pin={pin}"))
    row = record(server, call)
    assert (row["role"], row["admitted_by"], row["invite_name"]) == \
        ("moderator", "uri_moderator_invite", "Ada Byron")
    members = ctl("room", "1000")["result"]["members"]
    assert [m["name"] for m in members] == ["Ada Byron"]
    assert ctl("uninvite", "1000", "Ada Byron")["result"]["changed"]
    assert pin not in server.log()
    call.bye()


def test_a_pin_that_is_good_once(server, phone):
    pin = invite(server, "1000", "Guest", "--once")
    wrong = phone().call(server.uri("1001", f";pin={pin}"))    # not in that room
    server.wait_log(r"leg \d+: wrong PIN, room=1001")
    wrong.bye()
    call = phone().call(server.uri("1000", f";pin={pin}"))
    assert record(server, call)["invite_name"] == "Guest"
    used = ctl("invites", "1000")["result"]["invites"][0]["used"]
    assert used
    again = phone().call(server.uri("1000", f";pin={pin}"))
    again.wait_bye(30)
    assert server.db.leg(again)["refused"] == "pin_used"
    call.bye()


def test_guessing_survives_a_restart(server, phone):
    """Six wrong PINs of one caller, over calls and a kill -9: he waits, a moderator from
    elsewhere does not, and confabctl forgives him."""
    eve = lambda pin: phone(name="eve").call(server.uri("1000", f";pin={pin}"))
    for n in range(6):
        mark = server.mark()
        call = eve(5550 + n)
        server.wait_log(r"leg \d+: wrong PIN, room=1000", mark)
        call.bye()
    server.kill()
    server.start()
    call = eve(4321)
    call.wait_bye(30)
    assert server.db.leg(call)["refused"] == "blocked"
    guesses = ctl("guesses")["result"]["guesses"]
    assert [g["wrong"] for g in guesses if g["kind"] == "caller" and g["until"]] == [6]
    boss = phone(name="boss").call(server.uri("1000", ";pin=4321"))
    assert record(server, boss)["role"] == "moderator"
    who = next(g["key"] for g in guesses if g["kind"] == "caller" and g["until"])
    assert ctl("forgive", who)["result"]["cleared"] == 1
    call = eve(4321)
    assert record(server, call)["role"] == "moderator"


def test_who_did_what_is_kept(server, phone):
    """By key, by confabctl, and a refusal: each once in the audit of the room."""
    boss = phone(name="boss").call(server.uri("1000", ";pin=4321"))
    ann = phone(name="ann").call(server.uri("1000", ";pin=1234"))
    legs = {r["from_uri"].split(":")[1].split("@")[0]: r for r in
            (record(server, boss), record(server, ann))}
    number = next(m["leg"] for m in ctl("room", "1000")["result"]["members"]
                  if m["uri"].startswith("sip:ann@"))
    ctl("mute", str(number))
    boss.stream.press("*5")
    ctl("lock", "1000")
    late = phone(name="late").call(server.uri("1000", ";pin=1234"))
    late.wait_bye(30)
    acts = server.db.wait("SELECT * FROM audit WHERE room = '1000' AND "
                          "action IN ('mute', 'mute_all', 'lock') ORDER BY position", n=4)
    assert [(a["action"], a["actor_kind"]) for a in acts] == \
        [("mute", "confabctl"), ("mute_all", "member"), ("mute", "member"), ("lock", "confabctl")] \
        or [(a["action"], a["actor_kind"]) for a in acts] == \
        [("mute", "confabctl"), ("lock", "confabctl"), ("mute_all", "member"), ("mute", "member")]
    assert acts[0]["target_leg"] == legs["ann"]["id"]
    assert {a["actor_leg"] for a in acts if a["actor_kind"] == "member"} == {legs["boss"]["id"]}
    server.db.leg(late)
    shown = ctl("audit", "1000", "--since", "2000-01-01")["result"]["audit"]
    assert ("refused", "locked") in [(r["action"], r["detail"]) for r in shown]
    for call in (ann, boss):
        call.bye()


def test_a_wrong_pin_is_403_where_refusals_are_not_answered(server, phone):
    mark = server.mark()
    server.db.rows("UPDATE room SET answer_refusals = false WHERE number = '1001'")
    server.wait_log("room has changed, number=1001", mark)
    call = phone(name="carl").new(*server.uri("1001", ";pin=1"))
    call.invite()
    res = call.wait_final()
    assert res.status == 403 and res["reason"].startswith("Q.850;cause=21;text=")
    row = server.db.leg(call)
    assert (row["refused"], row["sip_status"], row["answered"]) == ("wrong_pin", 403, None)
