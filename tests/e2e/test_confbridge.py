"""The scenarios that Asterisk's test-suite has for ConfBridge, rebuilt from what
they are called and what ConfBridge's documentation says of them: who hears whom,
who waits, who is sent off. Callers say what they are by their URI, in a room
that lets them; what they hear is looked for by the others' tones.

There are 22 of them. Those whose number stands here alone are proved where the
thing itself is tested:

  1 nominal                        12 leave by key
  2 marked and unmarked            13 max members
  3 wait-marked alone              14 join only
  4 wait-marked, then marked       15 time-out
  5 wait-marked and unmarked       16 triple lindy
  6 all of them                    17 only marked
  7 wait-marked after marked       18 kick: test_menu.py, test_ctl.py
  8 end-marked                     19 talking events: test_ctl.py test_who_talks
  9 end-marked-any                 20 recording: test_recording.py
 10 wait-marked and end-marked     21 lock: test_menu.py test_moderator_locks
 11 start muted                    22 a user's menu: test_menu.py
"""
import pytest

import tones
import wav

MUSIC_HZ = 500
SENT = -16.0            # level of our tones: three of them stay below the limiter
PATH = -80.0            # a way with less than this is none
# no two with a common measure: G.711's noise would stand on each other's lines
TONES = {"a": 701, "b": 1103, "c": 1907, "d": 2309}

ANY = {"call_options": "*", "join_tone": False, "leave_tone": False}
ROOMS = {str(n): dict(ANY) for n in range(5000, 5030)}
UNMARKED, MARKED, WAIT = "", ";confab-marked", ";confab-wait_marked"
END, END_ANY = ";confab-end_marked", ";confab-end_marked_any"


@pytest.fixture(scope="module")
def server(cluster, tmp_path_factory):
    from conftest import Maker
    music = tmp_path_factory.mktemp("music")
    wav.write_tone(music / "tone.wav", MUSIC_HZ, 30, 16000, level=-20)
    maker = Maker(cluster, tmp_path_factory.mktemp("server"))
    try:
        # tones are measured, and silence: nothing is levelled, cancelled or made up
        yield maker(ROOMS, {"sounds.music": music, "media.agc": "no", "media.echo": "off",
                            "media.comfort_noise": "no"})
    finally:
        maker.close()


@pytest.fixture
def come(server, phone):
    """come(name, room, parameters): calls in and says his tone."""
    def make(name, room, params=UNMARKED):
        call = phone(name=name, codecs=("L16/16000",)).call(server.uri(room, params))
        call.stream.tone(TONES[name], level=SENT)
        call.hz = TONES[name]
        return call
    return make


def hears(call, others):
    """Hears these and nobody else, himself least of all."""
    call.stream.wait_only([o.hz for o in others])
    pcm, rate = call.stream.listen(1)
    for name, hz in TONES.items():
        level = tones.level(pcm, hz, rate)
        if hz in [o.hz for o in others]:
            assert level > -30, f"{name} is not heard: {level:.1f} dB"
        else:
            assert level < SENT + PATH, f"{name} is heard: {level:.1f} dB"


def together(*calls):
    for c in calls:
        hears(c, [o for o in calls if o is not c])


def waits(call):
    """Hears music, and nothing of anybody: there is no way from the room."""
    call.stream.wait_only([MUSIC_HZ])
    pcm, rate = call.stream.listen(1)
    assert tones.level(pcm, MUSIC_HZ, rate) > -30
    for name, hz in TONES.items():
        level = tones.level(pcm, hz, rate)
        assert level < SENT + PATH, f"{name} is heard while waiting: {level:.1f} dB"


# 1
def test_nominal(server, come):
    """Two unmarked users come, talk, and leave."""
    a = come("a", "5000")
    hears(a, [])
    b = come("b", "5000")
    together(a, b)
    a.bye()
    hears(b, [])
    b.bye()
    conf = server.db.wait("SELECT * FROM conference WHERE room = '5000' "
                          "AND ended IS NOT NULL")[0]
    assert (conf["end_reason"], conf["members_total"], conf["moderators_total"]) == \
        ("empty", 2, 0)


# 2
def test_single_marked_and_unmarked(come):
    m, u = come("a", "5001", MARKED), come("b", "5001")
    together(m, u)
    m.bye()
    hears(u, [])


# 3
def test_wait_marked_alone_waits(come):
    w, v = come("a", "5002", WAIT), come("b", "5002", WAIT)
    waits(w)
    waits(v)


# 4
def test_wait_marked_then_marked(come):
    """The leader lets all in; when he is gone they wait again."""
    w, v = come("a", "5003", WAIT), come("b", "5003", WAIT)
    waits(w)
    m = come("c", "5003", MARKED)
    together(w, v, m)
    m.bye()
    waits(w)
    waits(v)
    again = come("c", "5003", MARKED)
    together(w, v, again)


# 5
def test_wait_marked_and_unmarked(come):
    """The unmarked talk while the others wait, unheard and hearing nothing."""
    u, w, v = come("a", "5004"), come("b", "5004", WAIT), come("c", "5004")
    together(u, v)
    waits(w)
    hears(u, [v])


# 6
def test_all_mixes(come):
    """Unmarked, waiting and two marked ones; only the last leader counts."""
    u, w = come("a", "5005"), come("b", "5005", WAIT)
    waits(w)
    m, n = come("c", "5005", MARKED), come("d", "5005", MARKED)
    together(u, w, m, n)
    m.bye()
    together(u, w, n)
    n.bye()
    waits(w)
    hears(u, [])


# 7
def test_wait_marked_comes_after_marked(come):
    m, w = come("a", "5006", MARKED), come("b", "5006", WAIT)
    together(m, w)


# 8
def test_end_marked(server, come):
    """Those with end_marked are sent off with the last leader, others stay."""
    m, n = come("a", "5007", MARKED), come("b", "5007", MARKED)
    e, u = come("c", "5007", END), come("d", "5007")
    together(m, n, e, u)
    m.bye()
    together(n, e, u)
    n.bye()
    e.wait_bye(30)
    hears(u, [])
    assert server.db.leg(e)["end_reason"] == "moderator_left"


# 9
def test_end_marked_any(server, come):
    """The first leader who leaves takes along who has end_marked_any."""
    m, n = come("a", "5008", MARKED), come("b", "5008", MARKED)
    e, w = come("c", "5008", END_ANY), come("d", "5008", WAIT)
    together(m, n, e, w)
    m.bye()
    e.wait_bye(30)
    together(n, w)
    assert server.db.leg(e)["end_reason"] == "moderator_left"


# 10
def test_wait_and_end_marked(server, come):
    """Who waits and has end_marked is sent off, and the meeting ends."""
    w, m = come("a", "5009", WAIT + END), come("b", "5009", MARKED)
    together(w, m)
    m.bye()
    w.wait_bye(30)
    conf = server.db.wait("SELECT * FROM conference WHERE room = '5009' "
                          "AND ended IS NOT NULL")[0]
    assert conf["end_reason"] == "moderator_left"


# 11
def test_startmuted(come):
    a, b = come("a", "5010"), come("b", "5010", ";confab-startmuted")
    hears(b, [a])
    hears(a, [])
    b.stream.press("*1")
    together(a, b)


# 12
def test_leave_by_key(server, come):
    a, b = come("a", "5011"), come("b", "5011")
    together(a, b)
    b.stream.press("*#")
    b.wait_bye(30)
    hears(a, [])
    assert server.db.leg(b)["end_reason"] == "left"


# 13
def test_max_members(server, come):
    come("a", "5012", ";confab-max_members=2")
    come("b", "5012")
    server.wait_members("5012", 2)
    c = come("c", "5012")
    c.wait_bye(30)
    assert server.db.leg(c)["refused"] == "full"


# 14
def test_join_only(server, come):
    a = come("a", "5013", ";confab-join_only")
    a.wait_bye(30)
    assert server.db.leg(a)["refused"] == "not_running"
    b = come("b", "5013")
    hears(b, [])
    c = come("c", "5013", ";confab-join_only")
    together(b, c)


# 15
def test_timeout(server, come):
    """Who has so many seconds is sent off after them; the others stay."""
    a, b = come("a", "5019", ";confab-timeout_s=2"), come("b", "5019")
    a.wait_bye(30)
    hears(b, [])
    leg = server.db.leg(a)
    assert (leg["end_reason"], leg["refused"]) == ("time_limit", None)


# 17
def test_only_marked(come):
    """Leaders among themselves wait for nobody."""
    m, n = come("a", "5020", MARKED), come("b", "5020", MARKED)
    together(m, n)
    m.bye()
    hears(n, [])


# 16
@pytest.mark.slow
def test_triple_lindy(server, phone):
    """One caller joins and leaves three rooms in turn, with a member in each who
    stays; nothing of a room he left reaches him or is reached by him."""
    stay = {}
    for name, room in zip("bcd", ("5014", "5015", "5016")):
        stay[room] = phone(name=name, codecs=("L16/16000",)).call(server.uri(room))
        stay[room].stream.tone(TONES[name], level=SENT)
        stay[room].hz = TONES[name]
    for room in ("5014", "5015", "5016"):
        a = phone(name="a", codecs=("L16/16000",)).call(server.uri(room))
        a.stream.tone(TONES["a"], level=SENT)
        a.hz = TONES["a"]
        together(a, stay[room])
        for other in stay:
            if other != room:
                hears(stay[other], [])
        a.bye()
        hears(stay[room], [])


def test_what_is_not_allowed_is_left_out(server, come):
    server.db.rows("UPDATE room SET call_options = 'quiet' WHERE number = '5017'")
    server.wait_log("room has changed, number=5017")
    a = come("a", "5017", ";confab-startmuted;confab-wait_marked;confab-colour=red")
    b = come("b", "5017")
    together(a, b)


def test_profiles_are_live(server, come):
    """An edit of a profile is in force in the meeting that goes on."""
    server.db.rows("INSERT INTO profile (name, inherits) VALUES ('live', 'default')")
    server.db.rows("UPDATE room SET profile = 'live' WHERE number = '5018'")
    a, b = come("a", "5018"), come("b", "5018")
    together(a, b)
    server.db.rows("UPDATE profile SET wait_marked = true WHERE name = 'live'")
    waits(a)
    waits(b)
    server.db.rows("UPDATE profile SET wait_marked = false WHERE name = 'live'")
    together(a, b)


def test_ad_hoc_rooms(server, phone):
    server.db.rows("INSERT INTO profile (name, inherits, adhoc, max_members, join_tone)"
                   " VALUES ('adhoc', 'default', '88XX', 2, false)")
    server.wait_log("room has changed, number=~88XX")
    a, b = (phone(name=n).call(server.uri("8842")) for n in "ab")
    a.stream.tone(701)
    b.stream.tone(1103)
    a.stream.wait_only([1103])
    b.stream.wait_only([701])
    late = phone(name="late").call(server.uri("8842"))
    late.wait_bye(30)
    assert server.db.leg(late)["refused"] == "full"
    conf = server.db.wait("SELECT * FROM conference WHERE room = '8842'")[0]
    assert conf["room_name"] == "adhoc"
