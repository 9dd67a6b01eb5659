"""The keypad in a room: what members and moderators may do, and what is heard."""
import psycopg2
import pytest

import tones

ROOMS = {str(1000 + i): {"pin": "12", "moderator_pin": "34", "join_tone": False,
                         "leave_tone": False} for i in range(12)}


@pytest.fixture
def room(request, server, phone):
    """Makes a meeting in a room that no other test uses: {name: call}."""
    number = str(1000 + room.used)
    room.used += 1

    def make(**who):
        calls = {}
        for i, (name, role) in enumerate(who.items()):
            pin = "34" if role == "moderator" else "12"
            call = phone(name=name).call(server.uri(number, f";pin={pin}"))
            call.freq = (700, 1100, 1900)[i]
            call.stream.tone(call.freq)
            calls[name] = call
        for call in calls.values():
            call.stream.wait_only([c.freq for c in calls.values() if c is not call])
        calls["number"] = number
        return calls
    return make


room.used = 0


@pytest.mark.parametrize("keys", ["*1", "*6"])
def test_mute_oneself(room, server, keys):
    m = room(alice="member", bob="member")
    alice, bob = m["alice"], m["bob"]
    alice.stream.press(keys)
    bob.stream.wait_tone(alice.freq, there=False, floor=-70)
    alice.stream.wait_only([bob.freq])          # "muted" was said to him, and is over
    pcm, rate = bob.stream.listen(1)
    assert tones.rms(pcm) < -70, "mute leaks"
    pcm, rate = alice.stream.listen(1)
    assert tones.longest_gap(pcm, bob.freq, rate) == 0, "mute must not touch hearing"
    alice.stream.press(keys)
    bob.stream.wait_tone(alice.freq)


def test_muted_is_said_to_him_alone(room):
    m = room(alice="member", bob="member")
    mark = m["bob"].stream.mark()
    m["alice"].stream.tone(None)
    m["bob"].stream.wait_only([])
    m["alice"].stream.press("*1")
    m["alice"].stream.wait_tone(m["bob"].freq)
    with pytest.raises(AssertionError):
        m["alice"].stream.wait_only([m["bob"].freq], timeout=0.5, ms=100)
    m["alice"].stream.wait_only([m["bob"].freq])
    pcm, _ = m["bob"].stream.sound(mark)
    assert tones.rms(pcm[-4000:]) < -70


def test_how_many_are_here(room):
    m = room(alice="member", bob="member", carol="member")
    bob, carol = m["bob"].freq, m["carol"].freq
    m["alice"].stream.press("*3")
    with pytest.raises(AssertionError):
        m["alice"].stream.wait_only([bob, carol], timeout=1.5, ms=1000)
    m["alice"].stream.wait_only([bob, carol])


def test_leave(room, server):
    m = room(alice="member", bob="member")
    m["alice"].stream.press("*#")
    m["alice"].wait_bye()
    row = server.db.leg(m["alice"])
    assert (row["end_reason"], row["dtmf"]) == ("left", "event")
    m["bob"].stream.wait_tone(m["alice"].freq, there=False)


def test_moderator_locks(room, server, phone):
    m = room(alice="moderator", bob="member")
    m["alice"].stream.press("*2")
    server.wait_log(f"room {m['number']}: locked")
    late = phone(name="late").call(server.uri(m["number"], ";pin=12"))
    late.wait_bye(30)
    assert server.db.leg(late)["refused"] == "locked"
    boss = phone(name="boss").call(server.uri(m["number"], ";pin=34"))
    server.wait_members(m["number"], 3)
    boss.bye()
    m["alice"].stream.press("*2")
    server.wait_log(f"room {m['number']}: unlocked")
    phone(name="again").call(server.uri(m["number"], ";pin=12"))
    server.wait_log(f"room {m['number']}: leg .* joins as member, members=3")


def test_moderator_mutes_all_others(room, server):
    m = room(alice="moderator", bob="member", carol="member")
    m["alice"].stream.press("*5")
    m["alice"].stream.wait_only([])
    m["bob"].stream.wait_only([m["alice"].freq])
    m["bob"].stream.press("*1")                 # he cannot undo that
    m["bob"].stream.wait_only([m["alice"].freq])
    assert tones.rms(m["alice"].stream.listen(0.5)[0]) < -70
    m["alice"].stream.press("*5")
    m["alice"].stream.wait_only([m["bob"].freq, m["carol"].freq])


def test_members_have_no_moderator_keys(room, server):
    m = room(alice="member", bob="member")
    mark = server.mark()
    m["alice"].stream.press("*2")
    m["alice"].stream.press("*5")
    m["alice"].stream.press("*1")
    server.wait_log("muted, layer=own", mark)
    m["bob"].stream.wait_tone(m["alice"].freq, there=False)
    m["alice"].stream.wait_only([m["bob"].freq])
    log = server.log()[mark:]
    assert "locked" not in log and "all muted" not in log


def test_a_menu_of_the_database(room, server):
    """What is wrong is refused with its menu and keys; the rest is in force at once,
    in place of the menu that is built in."""
    put = "INSERT INTO menu_entry (menu, keys, role, actions) VALUES ('office', %s, %s, %s)"
    server.db.rows("INSERT INTO menu VALUES ('office')")
    server.db.rows(put, "7", "in_room", ["toggle_mute", "participant_count"])
    server.db.rows(put, "99", "moderator", ["admin_kick_last", "participant_count"])
    with pytest.raises(psycopg2.Error, match='menu "office", keys "1".*no action "togle_mute"'):
        server.db.rows(put, "1", "in_room", ["togle_mute"])
    with pytest.raises(psycopg2.Error, match='menu "office", keys "77": clash with "7"'):
        server.db.rows(put, "77", "member", ["no_op"])
    m = room(alice="moderator", bob="member", carol="member")
    mark = server.mark()
    server.db.rows("UPDATE room SET menu = 'office' WHERE number = %s", m["number"])
    server.wait_log(f"room {m['number']}: changed", mark)
    m["bob"].stream.press("7")
    m["alice"].stream.wait_only([m["carol"].freq])
    m["bob"].stream.press("*1")                 # there is no such key any more
    m["alice"].stream.press("99")
    m["carol"].wait_bye(30)
    assert server.db.leg(m["carol"])["end_reason"] == "kicked"
    m["alice"].stream.wait_only([])             # bob is muted still


def test_key_tones_are_not_heard_by_others(room):
    """RFC 4733 events make no sound in the room, and no gap in speech around."""
    m = room(alice="member", bob="member", carol="member")
    mark = m["bob"].stream.mark()
    m["alice"].stream.press("9")
    m["bob"].stream.wait_packets(50)
    pcm, rate = m["bob"].stream.sound(mark)
    low, high = tones.DTMF["9"]
    assert tones.level(pcm, high, rate) < -60
    assert tones.longest_gap(pcm, m["carol"].freq, rate) <= 20
