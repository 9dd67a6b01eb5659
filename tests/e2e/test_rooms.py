"""What a room's row means: waiting for the moderator, lock, limit, time, tones."""
import numpy as np
import pytest

import tones
import wav

MUSIC_HZ = 500


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """Music on hold that is one pure tone: whatever else is heard is a leak."""
    folder = tmp_path_factory.mktemp("music")
    wav.write_tone(folder / "tone.wav", MUSIC_HZ, 30, 16000, level=-20)
    return folder


def test_waiting_for_the_moderator(new_server, phone, music):
    server = new_server({"1000": {"moderator_pin": "34", "pin": "12", "join_tone": False,
                                  "leave_tone": False, "wait_marked": True}},
                        {"sounds.music": music})
    def caller(name, pin):
        return phone(name=name, codecs=("L16/16000",)).call(
            server.uri("1000", f";pin={pin}"))
    a, b = caller("a", "12"), caller("b", "12")
    a.stream.tone(700)
    b.stream.tone(1100)
    for s, other in ((a.stream, 1100), (b.stream, 700)):
        s.wait_only([MUSIC_HZ])
        pcm, rate = s.listen(2)
        assert tones.level(pcm, MUSIC_HZ, rate) > -30
        assert tones.level(pcm, other, rate) < -90, "the room is heard while waiting"
        assert tones.longest_gap(pcm, MUSIC_HZ, rate) <= 20

    boss = caller("boss", "34")
    boss.stream.tone(1900)
    a.stream.wait_only([1100, 1900])
    b.stream.wait_only([700, 1900])
    assert tones.level(a.stream.listen(1)[0], MUSIC_HZ, 16000) < -80, "music goes on"
    boss.bye()
    a.stream.wait_only([MUSIC_HZ])
    assert tones.level(a.stream.listen(1)[0], 1100, 16000) < -90


def test_the_last_moderator_closes(server, phone):
    boss = phone(name="boss").call(server.uri("1001", ";pin=34"))
    a = phone(name="a").call(server.uri("1001", ";pin=12"))
    server.wait_members("1001", 2)
    boss.bye()
    a.wait_bye(30)
    assert server.db.leg(a)["end_reason"] == "moderator_left"
    conf = server.db.wait("SELECT * FROM conference WHERE room = '1001' "
                          "AND ended IS NOT NULL")[0]
    assert (conf["end_reason"], conf["members_total"], conf["moderators_total"]) == \
        ("moderator_left", 2, 1)


def test_full(server, phone):
    for i in range(2):
        phone(name=f"m{i}").call(server.uri("1002", ";pin=12"))
    server.wait_members("1002", 2)
    late = phone(name="late").call(server.uri("1002", ";pin=12"))
    late.stream.wait_speech()
    late.wait_bye(30)
    row = server.db.leg(late)
    assert (row["refused"], row["end_reason"], row["admitted_at"]) == \
        ("full", "refused", None)
    phone(name="boss").call(server.uri("1002", ";pin=34"))
    server.wait_members("1002", 3)


def test_locked_in_the_database(server, phone):
    call = phone().call(server.uri("1003", ";pin=12"))
    call.wait_bye(30)
    assert server.db.leg(call)["refused"] == "locked"
    server.db.rows("UPDATE room SET locked = false WHERE number = '1003'")
    # the notification and the call race; the door opens within a moment
    for _ in range(20):
        again = phone().call(server.uri("1003", ";pin=12"))
        try:
            server.db.wait("SELECT 1 FROM leg WHERE call_id = %s AND admitted_at IS NOT NULL",
                           again.id, timeout=2)
            return
        except AssertionError:
            continue
    raise AssertionError("the room stays locked")


def test_maximum_duration(server, phone):
    a = phone().call(server.uri("1004"))
    a.wait_bye(30)
    row = server.db.leg(a)
    assert row["end_reason"] == "max_duration"
    assert 2.9 < (row["ended"] - row["admitted_at"]).total_seconds() < 12


def test_muted_on_entry(server, phone):
    boss = phone(name="boss", codecs=("L16/16000",)).call(server.uri("1005", ";pin=34"))
    a = phone(name="a").call(server.uri("1005", ";pin=12"))
    a.stream.tone(700)
    boss.stream.tone(1100)
    a.stream.wait_only([1100])
    boss.stream.wait_only([])
    assert tones.level(boss.stream.listen(1)[0], 700, 16000) < -90
    a.stream.press("*1")
    boss.stream.wait_tone(700)


def test_join_and_leave_tones(server, phone):
    a = phone(name="a").call(server.uri("1006"))
    a.stream.wait_speech()
    a.stream.wait_only([])
    b = phone(name="b").call(server.uri("1006"))
    a.stream.wait_speech(timeout=5)
    a.stream.wait_only([])
    b.stream.wait_speech()
    b.stream.wait_only([], ms=1000)     # joins and leaves within a second are one tone
    b.bye()
    a.stream.wait_speech(timeout=5)


def test_a_new_room_is_there_at_once(server, phone):
    server.db.room("1999", pin="5")
    for _ in range(20):
        call = phone().call(server.uri("1999", ";pin=5"))
        try:
            server.db.wait("SELECT 1 FROM leg WHERE call_id = %s AND room = '1999' "
                           "AND admitted_at IS NOT NULL", call.id, timeout=2)
            return
        except AssertionError:
            continue
    raise AssertionError("the new room is not known")


def test_changed_pin_counts_at_once(server, phone):
    server.db.rows("SELECT confab_room_set_pin('1007', '77', NULL)")
    server.wait_log("room|db")
    for _ in range(20):
        call = phone().call(server.uri("1007", ";pin=77"))
        try:
            server.db.wait("SELECT 1 FROM leg WHERE call_id = %s AND admitted_at IS NOT NULL",
                           call.id, timeout=2)
            break
        except AssertionError:
            continue
    else:
        raise AssertionError("the new PIN is not known")
    old = phone().call(server.uri("1007", ";pin=12"))
    server.wait_log(r"leg \d+: wrong PIN, room=1007")
    old.bye()


def test_silence_flows(server, phone):
    """RTP goes on where nobody talks: other ends hang up otherwise."""
    a = phone().call(server.uri("1008"))
    a.stream.wait_speech()
    a.stream.wait_only([])
    mark = a.stream.wait_packets(100)
    a.stream.check(mark)


def test_loud_talkers_are_limited_not_clipped(server, phone):
    """Three at full level: the sum is far over full scale, and comes out below it
    with hardly any distortion (of short pieces: the jitter buffer may stretch)."""
    calls = [phone(name=str(f), codecs=("L16/16000",)).call(server.uri("1009"))
             for f in (700, 1100, 1900)]
    listener = phone(name="ear", codecs=("L16/16000",)).call(server.uri("1009"))
    for c, f in zip(calls, (700, 1100, 1900)):
        c.stream.tone(f, level=-2)
    listener.stream.wait_only([700, 1100, 1900], floor=-25)
    pcm, rate = listener.stream.listen(2)
    levels = [tones.level(pcm, f, rate) for f in (700, 1100, 1900)]
    assert max(levels) - min(levels) < 1
    rest = np.median([tones.rest(pcm[i:i + rate // 10], (700, 1100, 1900), rate)
                      for i in range(0, len(pcm) - rate // 10, rate // 10)])
    assert rest < min(levels) - 30, f"distortion {rest:.1f} dB, tones {levels}"
    assert max(abs(pcm.astype(int))) < 32000


ROOMS = {
    "1001": {"pin": "12", "moderator_pin": "34", "end_marked": True},
    "1002": {"pin": "12", "moderator_pin": "34", "max_members": 2},
    "1003": {"pin": "12", "locked": True},
    "1004": {"max_duration_s": 3},
    "1005": {"pin": "12", "moderator_pin": "34", "startmuted": True,
             "join_tone": False, "leave_tone": False},
    "1006": {"join_tone": True, "leave_tone": True},
    "1007": {"pin": "12"},
    "1008": {"join_tone": False},
    "1009": {"join_tone": False, "leave_tone": False, "agc": False},
}
