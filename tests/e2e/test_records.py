"""Records arrive exactly once: with PostgreSQL away in mid-meeting, after kill -9,
and when nobody was there at the start."""
import signal
import time

import pytest

import tones

pytestmark = pytest.mark.both

ROOMS = {"1000": {"pin": "1234", "join_tone": False, "leave_tone": False}}
AWAY_S = 20


@pytest.fixture
def own_cluster(new_cluster):
    """A cluster that may be stopped without harm to other tests."""
    return new_cluster()


@pytest.fixture
def lonely(own_cluster, new_server):
    new_server.cluster = own_cluster
    return new_server


def counts(server):
    """How often each leg and conference is in the database."""
    return (server.db.rows("SELECT call_id, count(*) FROM leg GROUP BY 1 HAVING count(*) > 1"),
            server.db.rows("SELECT id, count(*) FROM conference GROUP BY 1 HAVING count(*) > 1"))


@pytest.mark.slow
def test_postgresql_away_in_mid_meeting(own_cluster, lonely, phone):
    server = lonely(ROOMS)
    a = phone(name="a").call(server.uri("1000", ";pin=1234"))
    b = phone(name="b").call(server.uri("1000", ";pin=1234"))
    a.stream.tone(700)
    b.stream.tone(1100)
    b.stream.wait_only([700])
    a.stream.wait_only([1100])
    mark = b.stream.mark()
    server.db.close()

    own_cluster.stop()
    stopped = time.monotonic()
    server.wait_log("degraded: database is away")
    # rooms and PINs are known; nobody notices
    c = phone(name="c").call(server.uri("1000"))
    c.stream.wait_speech()
    c.stream.press("1234#")
    server.wait_members("1000", 3)
    c.bye()
    wrong = phone(name="wrong").call(server.uri("1000", ";pin=9999"))
    server.wait_log(r"leg \d+: wrong PIN")
    wrong.bye()
    b.stream.wait_packets(int((AWAY_S - 2 - (time.monotonic() - stopped)) * 50), timeout=40)
    pcm, rate = b.stream.sound(mark)
    assert tones.longest_gap(pcm, 700, rate) <= 20
    a.bye()
    b.bye()
    server.wait_log("room 1000: ended")
    while time.monotonic() < stopped + AWAY_S:
        time.sleep(0.1)
    own_cluster.start()

    rows = [server.db.leg(call, 60) for call in (a, b, c, wrong)]
    assert [r["end_reason"] for r in rows] == ["bye"] * 4
    assert [r["admitted_by"] for r in rows] == ["uri_pin", "uri_pin", "pin", None]
    conf = server.db.wait("SELECT * FROM conference WHERE ended IS NOT NULL")
    assert (conf[0]["end_reason"], conf[0]["members_total"]) == ("empty", 3)
    # nothing more comes, and nothing twice
    mark = server.mark()
    d = phone(name="d").call(server.uri("1000", ";pin=1234"))
    server.wait_members("1000", 1, mark)
    d.bye()
    server.db.leg(d)
    assert len(server.db.rows("SELECT 1 FROM leg")) == 5
    server.db.wait("SELECT 1 FROM conference WHERE ended IS NOT NULL", n=2)
    assert len(server.db.rows("SELECT 1 FROM conference")) == 2
    assert counts(server) == ([], [])


def test_kill_9_in_mid_meeting(new_server, phone):
    server = new_server(ROOMS)
    done = phone(name="done").call(server.uri("1000", ";pin=1234"))
    stays = phone(name="stays").call(server.uri("1000", ";pin=1234"))
    server.wait_members("1000", 2)
    done.bye()
    server.wait_log(r"leg \d+: ended, reason=bye")
    # its record need not have reached PostgreSQL, but the journal
    server.db.wait("SELECT 1 FROM leg WHERE call_id = %s", stays.id)
    server.kill()
    server.may_fail = False
    stays.vanish()
    server.start()

    row = server.db.leg(done)
    assert row["end_reason"] == "bye"
    broken = server.db.leg(stays)
    assert broken["end_reason"] == "crashed" and broken["ended"] >= broken["started"]
    conf = server.db.rows("SELECT * FROM conference")
    assert [c["end_reason"] for c in conf] == ["crashed"]
    assert conf[0]["ended"] >= conf[0]["started"]
    assert counts(server) == ([], [])
    assert len(server.db.rows("SELECT 1 FROM leg")) == 2

    again = phone(name="again").call(server.uri("1000", ";pin=1234"))
    again.bye()
    assert server.db.leg(again)["end_reason"] == "bye"
    runs = server.db.rows("SELECT end_reason FROM server_run ORDER BY started")
    assert [r["end_reason"] for r in runs] == ["crashed", None]


def test_kill_9_again_and_again(new_server, phone):
    """Calls that ended before each crash are there once, whatever was on its way."""
    server = new_server({"1000": {}})
    ended = []
    for _ in range(4):
        mark = server.mark()
        for _ in range(5):
            call = phone().call(server.uri("1000"))
            call.bye()
            ended.append(call)
        server.wait_log(r"(?s)(leg \d+: ended.*){5}", mark)
        server.kill()
        server.start()
    server.may_fail = False
    for call in ended:
        assert server.db.leg(call)["end_reason"] == "bye"
    assert counts(server) == ([], [])
    assert len(server.db.rows("SELECT 1 FROM leg")) == len(ended)


@pytest.mark.slow
def test_start_while_postgresql_is_away(own_cluster, lonely, phone):
    """The server starts degraded, refuses calls with 503 as it knows no rooms, and
    takes them when the database is there."""
    server = lonely(ROOMS, start=False)
    server.db.close()
    own_cluster.stop()
    server.start()
    call = phone().new(*server.uri("1000", ";pin=1234"))
    call.invite()
    res = call.wait_final()
    assert res.status == 503 and res["retry-after"]
    own_cluster.start()
    server.wait_log("database is up", timeout=60)
    server.wait_log("rooms read, rooms=1")
    phone().call(server.uri("1000", ";pin=1234"))
    server.wait_members("1000", 1)


def test_stop_while_postgresql_is_away(own_cluster, lonely, phone):
    """What could not be stored is replayed at the next start."""
    server = lonely(ROOMS)
    call = phone().call(server.uri("1000", ";pin=1234"))
    server.wait_members("1000", 1)
    server.db.close()
    own_cluster.stop()
    call.bye()
    server.signal(signal.SIGTERM)
    assert server.wait_exit(40) == 0
    own_cluster.start()
    server.start()
    assert server.db.leg(call)["end_reason"] == "bye"
    assert counts(server) == ([], [])


def test_sighup_then_a_restart_of_postgresql(own_cluster, lonely, phone, tmp_path):
    """What SIGHUP has read anew counts before, while and after the database is away,
    and so do the rooms: the connection that is made again is the same in all."""
    conf = tmp_path / "c.conf"
    conf.write_text("[rooms]\nunknown = prompt\n")
    server = lonely(ROOMS, {}, config=conf)
    a = phone(name="a").call(server.uri("1000", ";pin=1234"))
    a.stream.tone(700)
    mark = server.mark()
    conf.write_text("[rooms]\nunknown = 404\n")
    server.signal(signal.SIGHUP)
    server.wait_log("config", mark)

    def unknown_is_refused():
        call = phone().new(*server.uri("7777"))
        call.invite()
        assert call.wait_final().status == 404

    unknown_is_refused()
    server.db.close()
    mark = server.mark()
    own_cluster.stop()
    server.wait_log("degraded: database is away", mark)
    unknown_is_refused()
    server.signal(signal.SIGHUP)                # and while it is away
    b = phone(name="b").call(server.uri("1000", ";pin=1234"))
    b.stream.wait_only([700])
    own_cluster.start()
    server.wait_log("database is up", mark, 40)
    unknown_is_refused()
    server.db.room("1005", pin="77")            # it listens for changes again
    end = time.monotonic() + 20
    while True:
        call = phone().new(*server.uri("1005", ";pin=77"))
        call.invite()
        if call.wait_final().status == 200:
            break
        assert time.monotonic() < end, "the new room is not known"
        time.sleep(0.2)
    call.stream.start()
    server.wait_members("1005", 1)
    for c in (a, b, call):
        assert c.bye().status == 200
        row = server.db.leg(c, timeout=40)
        assert row["end_reason"] == "bye" and row["fec_used"] == 0      # no FEC in G.711
    assert counts(server) == ([], [])
