"""confabctl at a running server, with real calls: what it shows is so, what it
does is heard."""
import json
import pathlib
import queue
import socket
import stat
import subprocess
import tempfile
import threading
import time

import pytest

import tones
from server import TOP, build

FREQS = (700, 1100, 1900)
ROOMS = {str(1000 + i): {"pin": "12", "moderator_pin": "34", "join_tone": False,
                         "leave_tone": False} for i in range(24)}
FOLDER = tempfile.TemporaryDirectory(prefix="ctl")      # a socket's name is short
SOCKET = pathlib.Path(FOLDER.name) / "s"
OPTIONS = {"server.control": SOCKET, "sip.invite_rate": 0}


def run(*args, path=SOCKET):
    return subprocess.run([build() / "confabctl", "--socket", path, *map(str, args)],
                          capture_output=True, text=True, timeout=30)


def ctl(*args, **kw):
    """Asks and returns the result; the answer must be one line of JSON."""
    out = run("--json", *args, **kw)
    assert out.returncode == 0, out.stderr
    assert out.stdout.count("\n") == 1
    answer = json.loads(out.stdout)
    assert answer["ok"] is True
    return answer["result"]


def refused(*args):
    """Asks for what is refused; returns the error's word and its sentence."""
    out = run("--json", *args)
    assert out.returncode == 1
    answer = json.loads(out.stdout)
    assert answer["ok"] is False and out.stderr == f"confabctl: {answer['text']}\n"
    return answer["error"], answer["text"]


class Events:
    """A running `confabctl events`."""

    def __init__(self, path=SOCKET):
        self.proc = subprocess.Popen([build() / "confabctl", "--socket", path, "events"],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.proc.stdout:
            self.lines.put(json.loads(line))

    def next(self, timeout=10):
        return self.lines.get(timeout=timeout)

    def take(self, n):
        return [self.next() for _ in range(n)]

    def close(self):
        self.proc.terminate()
        self.proc.wait()


@pytest.fixture
def events(server, closing):
    mark = server.mark()
    e = closing(Events())
    server.wait_log("ctl: command=events", mark)
    return e


@pytest.fixture
def room(server, phone):
    """Makes a meeting in a room that no other test uses: {name: call}."""
    number = str(1000 + room.used)
    room.used += 1

    def make(**who):
        calls = {}
        for i, (name, role) in enumerate(who.items()):
            pin = "34" if role == "moderator" else "12"
            call = phone(name=name).call(server.uri(number, f";pin={pin}"))
            call.freq = FREQS[i]
            call.stream.tone(call.freq)
            calls[name] = call
        for call in calls.values():
            call.stream.wait_only([c.freq for c in calls.values() if c is not call])
        for m in ctl("room", number)["members"]:
            calls[m["uri"].split(":")[1].split("@")[0]].leg = m["leg"]
        calls["number"] = number
        return calls
    return make


room.used = 0


def member(number, leg):
    return next(m for m in ctl("room", number)["members"] if m["leg"] == leg)


# ---- what it shows ----

def test_status(server, room):
    room(alice="member")
    s = ctl("status")
    assert s["state"] == "ready" and s["database"] == "up" and s["pid"] == server.proc.pid
    assert s["legs"] >= 1 and s["rooms"] >= 1 and s["rooms_known"] == len(ROOMS)
    assert s["uptime_s"] >= 0 and s["workers"] == 2 and s["counters"]["sip_invite"] >= 1
    text = run("status").stdout
    assert "database: up\n" in text and "  sip_invite: " in text


def test_workers_and_counters(server):
    workers = ctl("workers")["workers"]
    assert [w["worker"] for w in workers] == [0, 1]
    assert all(w["ticks"] >= 0 and w["busy_percent"] < 100 for w in workers)
    counters = ctl("counters")["counters"]
    assert len(counters) > 20 and all(c["counter"] and c["what"] for c in counters)


def test_a_room_and_its_members(room):
    m = room(alice="moderator", bob="member")
    shown = ctl("room", m["number"])
    assert shown["room"] == m["number"] and shown["state"] == "open"
    assert not shown["locked"] and not shown["muted"]
    alice, bob = shown["members"]
    assert (alice["role"], bob["role"]) == ("moderator", "member")
    assert (alice["state"], alice["muted"], alice["codec"]) == ("in", [], "PCMU")
    m["bob"].hold()
    assert member(m["number"], bob["leg"])["state"] == "hold"
    m["bob"].resume()
    assert member(m["number"], bob["leg"])["state"] == "in"
    assert m["number"] in [r["room"] for r in ctl("rooms")["rooms"]]
    lines = run("room", m["number"]).stdout.splitlines()
    assert lines[-3].split()[:4] == ["LEG", "NAME", "URI", "ROLE"]
    assert lines[-1].split()[0] == str(bob["leg"])


def test_a_leg(server, room):
    m = room(alice="member")
    leg = ctl("leg", m["alice"].leg)
    assert leg["call_id"] == m["alice"].id and leg["room"] == m["number"]
    assert leg["member"] and leg["role"] == "member" and leg["state"] == "up"
    assert leg["source"] == f"127.0.0.1:{m['alice'].phone.port}"
    assert leg["leg"] in [x["leg"] for x in ctl("legs")["legs"]]
    row = server.db.wait("SELECT id FROM leg WHERE call_id = %s", m["alice"].id)[0]
    assert str(row["id"]) == leg["id"]


def test_a_long_list_is_whole(server, phone):
    """More than an answer holds: confabctl asks for the rest."""
    p = phone(name="crowd")
    calls = [p.new(*server.uri("join")) for _ in range(110)]
    for c in calls:
        c.invite()
    for c in calls:
        assert c.wait_final().status == 200
    listed = [x["leg"] for x in ctl("legs")["legs"]]
    assert len(listed) == len(set(listed)) >= 110
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(SOCKET))
        s.sendall(b'{"command":"legs","from":%d}\n' % listed[90])
        answer = json.loads(s.makefile().readline())
    assert [x["leg"] for x in answer["result"]["legs"]] == listed[90:]


# ---- what it does, heard ----

def gone_after(stream, freq, since, seconds=1.5):
    """Milliseconds of freq that still came after a mark."""
    stream.wait_packets(int(seconds * 50), since)
    pcm, rate = stream.sound(since)
    env = tones.envelope(pcm, freq, rate)
    loud = (env > 200).nonzero()[0]
    return loud[-1] * 1000 / rate if len(loud) else 0.0


def test_mute_is_heard_within_300_ms(room):
    m = room(alice="member", bob="member", carol="member")
    alice, bob = m["alice"], m["bob"]
    told, mark = alice.stream.mark(), bob.stream.mark()
    result = ctl("mute", alice.leg)
    assert result == {"leg": alice.leg, "muted": ["moderator"], "changed": True}
    assert gone_after(bob.stream, alice.freq, mark) < 300
    pcm, rate = bob.stream.listen(0.5)
    assert tones.level(pcm, alice.freq, rate) < -60, "mute leaks"
    # he is told, and goes on hearing the others
    pcm, rate = alice.stream.sound(told)
    assert tones.rest(pcm, [bob.freq, m["carol"].freq], rate) > -45, "he hears no prompt"
    assert tones.longest_gap(pcm, bob.freq, rate) <= 20
    assert member(m["number"], alice.leg)["muted"] == ["moderator"]

    again = ctl("mute", alice.leg)
    assert again["changed"] is False, "what is so already is no error"
    assert ctl("mute", alice.leg, "off")["muted"] == []
    bob.stream.wait_tone(alice.freq, timeout=2)


def test_two_layers_of_mute(room, server):
    m = room(alice="member", bob="member")
    alice, bob = m["alice"], m["bob"]
    ctl("mute", alice.leg, "on")
    bob.stream.wait_tone(alice.freq, there=False, floor=-60)
    alice.stream.wait_only([bob.freq])
    alice.stream.press("*6")
    alice.stream.wait_speech()
    alice.stream.wait_only([bob.freq])          # "muted" was said again
    assert tones.level(*_at(bob.stream.listen(0.5), alice.freq)) < -60
    assert member(m["number"], alice.leg)["muted"] == ["moderator"]

    ctl("mute", alice.leg, "off")
    bob.stream.wait_tone(alice.freq)
    alice.stream.wait_only([bob.freq])
    mark = server.mark()
    alice.stream.press("*6")                    # now his own
    server.wait_log("muted, layer=own", mark)
    ctl("mute", alice.leg, "on")
    assert ctl("mute", alice.leg, "off")["muted"] == ["own"], "not ours to lift"
    assert tones.level(*_at(bob.stream.listen(0.5), alice.freq)) < -60


def _at(sound, freq):
    pcm, rate = sound
    return pcm, freq, rate


def test_kick_at_once(room, server):
    m = room(alice="member", bob="member")
    begin = time.monotonic()
    ctl("kick", m["alice"].leg, "--now")
    m["alice"].wait_bye(2)
    assert (time.monotonic() - begin) * 1000 < 200
    assert server.db.leg(m["alice"])["end_reason"] == "kicked"
    assert refused("leg", m["alice"].leg)[0] == "not_found"


def test_kick_tells_him_first(room, server):
    m = room(alice="member", bob="member")
    alice, bob = m["alice"], m["bob"]
    told, mark = alice.stream.mark(), bob.stream.mark()
    ctl("kick", alice.leg)
    assert gone_after(bob.stream, alice.freq, mark) < 300, "he is out of the sound at once"
    alice.wait_bye()
    pcm, rate = alice.stream.sound(told)
    assert len(pcm) / rate > 1 and tones.rest(pcm, [bob.freq], rate) > -45
    assert server.db.leg(alice)["end_reason"] == "kicked"


def test_lock(room, server, phone):
    m = room(alice="member", bob="member")
    assert ctl("lock", m["number"]) == {"room": m["number"], "locked": True, "changed": True}
    assert ctl("room", m["number"])["locked"]
    late = phone(name="late").call(server.uri(m["number"], ";pin=12"))
    late.wait_bye(30)
    assert server.db.leg(late)["refused"] == "locked"
    assert ctl("lock", m["number"], "off")["changed"]
    phone(name="again").call(server.uri(m["number"], ";pin=12"))
    server.wait_members(m["number"], 3)


def test_mute_all(room):
    m = room(alice="moderator", bob="member", carol="member")
    assert ctl("mute-all", m["number"])["muted"] is True
    m["alice"].stream.wait_only([])
    m["bob"].stream.wait_only([m["alice"].freq])
    assert [x["muted"] for x in ctl("room", m["number"])["members"]] == \
        [[], ["moderator"], ["moderator"]]
    ctl("mute-all", m["number"], "off")
    m["alice"].stream.wait_only([m["bob"].freq, m["carol"].freq])


def test_say_is_heard_by_all(room):
    m = room(alice="member", bob="member")
    marks = [m[n].stream.mark() for n in ("alice", "bob")]
    assert ctl("say", m["number"], "conf-locked")["prompt"] == "conf-locked"
    for name, other, mark in (("alice", "bob", marks[0]), ("bob", "alice", marks[1])):
        m[name].stream.wait_packets(60, mark)
        pcm, rate = m[name].stream.sound(mark)
        assert tones.rest(pcm, [m[other].freq], rate) > -45, f"{name} hears nothing"
    assert refused("say", m["number"], "no-such") == \
        ("not_found", "there is no prompt no-such")


def test_close(room, server):
    m = room(alice="moderator", bob="member")
    ctl("close", m["number"])
    for name in ("alice", "bob"):
        m[name].wait_bye()
        assert server.db.leg(m[name])["end_reason"] == "closed"
    assert refused("room", m["number"])[0] == "not_found"


def test_commands_leave_no_gap(room):
    """20 commands a second, some that change nothing others hear."""
    m = room(alice="member", bob="member", carol="member")
    mark = m["bob"].stream.mark()
    end = time.monotonic() + 5
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(SOCKET))
        f = s.makefile()
        for i in range(100):
            what = ({"command": "room", "room": m["number"]},
                    {"command": "mute", "leg": m["carol"].leg, "on": i % 8 < 4},
                    {"command": "legs"}, {"command": "counters"})[i % 4]
            s.sendall(json.dumps(what).encode() + b"\n")
            assert json.loads(f.readline())["ok"]
            time.sleep(max(0.0, end - 5 + (i + 1) * 0.05 - time.monotonic()))
    m["bob"].stream.wait_packets(250, mark)
    pcm, rate = m["bob"].stream.sound(mark)
    assert tones.longest_gap(pcm, m["alice"].freq, rate) <= 20
    m["bob"].stream.check(mark)


# ---- events ----

def test_events_in_their_order(room, events, server):
    m = room(alice="moderator", bob="member")
    ctl("mute", m["bob"].leg)
    ctl("lock", m["number"])
    ctl("kick", m["bob"].leg, "--now")
    m["alice"].bye()
    got = []
    while not got or (got[-1]["event"], got[-1]["room"]) != ("end", m["number"]):
        got.append(events.next())
    numbers = [e["n"] for e in got]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    got = [e for e in got if e["room"] == m["number"] and e["event"] != "talk"]
    assert [e["event"] for e in got] == ["begin", "join", "join", "mute", "lock", "kick",
                                         "leave", "leave", "end"]
    begin, alice, bob, mute, lock, kick, left, bye, end = got
    assert (alice["role"], alice["waiting"], alice["members"]) == ("moderator", False, 1)
    assert (bob["leg"], bob["members"], bob["muted"]) == (m["bob"].leg, 2, [])
    assert (mute["leg"], mute["on"], mute["layer"]) == (bob["leg"], True, "moderator")
    assert mute["muted"] == ["moderator"] and mute["by"].startswith("confabctl uid=")
    assert (lock["on"], "leg" in lock) == (True, False)
    assert kick["leg"] == bob["leg"] and kick["by"].startswith("confabctl uid=")
    assert (left["reason"], bye["reason"], end["reason"]) == ("kicked", "bye", "empty")
    assert begin["time"] <= end["time"]


def test_who_reads_too_slowly_is_told_what_he_missed(room):
    """Events that do not fit are left out; their number and the gap agree."""
    m = room(alice="member")
    with socket.socket(socket.AF_UNIX) as lazy, socket.socket(socket.AF_UNIX) as s:
        lazy.connect(str(SOCKET))
        lazy.sendall(b'{"command":"events"}\n')
        heard = lazy.makefile()
        first = json.loads(heard.readline())["result"]["next"]
        s.connect(str(SOCKET))
        f = s.makefile()

        def toggle(n):
            for i in range(n):
                s.sendall(json.dumps({"command": "lock", "room": m["number"],
                                      "on": i % 2 == 0}).encode() + b"\n")
                assert json.loads(f.readline())["result"]["changed"]
        toggle(2000)
        heard_n, missed, due = 0, 0, first

        def take():
            """The next line: an event with the number that is due, or how many
            were left out before the next one. Others than ours may come, too."""
            nonlocal heard_n, missed, due
            event = json.loads(heard.readline())
            if event["event"] == "dropped":
                missed, due = missed + event["count"], due + event["count"]
            else:
                assert event["n"] == due
                heard_n, due = heard_n + 1, due + 1

        lazy.settimeout(1)
        try:
            while True:
                take()
        except TimeoutError:
            pass
        assert 100 < heard_n < 2000
        # makefile() is of no use after a time-out
        heard = lazy.makefile()
        lazy.settimeout(10)
        toggle(2)
        while due < first + 2002:
            take()
        assert missed > 0


def test_who_talks(room, events):
    m = room(alice="member", bob="member")
    m["bob"].stream.tone(None)
    end = time.monotonic() + 10
    talking = {}
    while talking != {m["alice"].leg: True, m["bob"].leg: False}:
        assert time.monotonic() < end, talking
        e = events.next()
        if e["event"] == "talk" and e["room"] == m["number"]:
            talking[e["leg"]] = e["on"]
    shown = {x["leg"]: x["talking"] for x in ctl("room", m["number"])["members"]}
    assert shown == talking
    ctl("mute", m["alice"].leg)
    while talking[m["alice"].leg]:
        e = events.next()
        if e["event"] == "talk" and e["leg"] == m["alice"].leg:
            talking[e["leg"]] = e["on"]
    assert not member(m["number"], m["alice"].leg)["talking"], "who is muted does not talk"


# ---- the socket ----

def test_no_server_is_one_sentence(tmp_path):
    out = run("status", path=tmp_path / "none")
    assert out.returncode == 2 and out.stdout == ""
    assert out.stderr.startswith("confabctl: no server answers at ")
    assert out.stderr.count("\n") == 1


def test_wrong_command_lines(server):
    for args in (["nonsense"], ["mute"], ["mute", "x"], ["mute", "1", "maybe"],
                 ["kick", "1", "--later"], ["leg", "1", "2"], [], ["drain", "-1"]):
        out = run(*args)
        assert out.returncode == 1 and out.stderr and not out.stdout, args


def test_what_is_not_there(server):
    assert refused("leg", 999999) == ("not_found", "there is no leg 999999")
    assert refused("lock", "4711") == ("not_found", "nobody is in room 4711")
    assert refused("log-level", "loud")[0] == "bad_request"
    assert refused("leg", 0)[0] == "bad_request"


def test_help_names_every_command():
    out = run("help", path="/none")
    assert out.returncode == 0
    for name in ("status", "workers", "rooms", "room", "legs", "leg", "mute", "kick", "lock",
                 "mute-all", "close", "say", "events", "log-level", "counters", "reload",
                 "drain", "check"):
        assert f"\n  {name} " in out.stdout, name
    page = (TOP / "docs/confabctl.md").read_text()
    assert out.stdout.split("commands:\n")[1] in page, "docs/confabctl.md is not up to date"


def test_mode_and_who_asked(server, room):
    assert stat.S_IMODE(SOCKET.stat().st_mode) == 0o660
    m = room(alice="member")
    mark = server.mark()
    proc = subprocess.Popen([build() / "confabctl", "--socket", SOCKET, "lock", m["number"]])
    assert proc.wait(10) == 0
    server.wait_log(rf"locked, by=confabctl uid=\d+ pid={proc.pid}$", mark)


def test_bad_lines_are_answered_and_hurt_nobody(server):
    bad = [b"\n", b"{}\n", b"[1]\n", b"\xff\xfe\n", b'{"command":1}\n', b"null\n",
           b'{"command":"leg","leg":"1"}\n', b'{"command":"leg","leg":1,"leg":1}\n',
           b'{"command":"status","x":1}\n', b"[" * 5000 + b"\n"]
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(SOCKET))
        f = s.makefile()
        s.sendall(b"".join(bad))
        for line in bad:
            answer = json.loads(f.readline())
            assert (answer["ok"], answer["error"]) == (False, "bad_request"), line
        s.sendall(b"x" * 9000)
        assert json.loads(f.readline())["text"] == "the request is too long"
        try:
            assert f.readline() == ""
        except ConnectionResetError:
            pass                        # it closed on what it had not read
    assert ctl("status")["state"] == "ready"


def test_connections_have_a_bound(server):
    socks = []
    try:
        for _ in range(16):
            socks.append(socket.socket(socket.AF_UNIX))
            socks[-1].connect(str(SOCKET))
        assert refused("status") == ("busy", "too many connections")
    finally:
        for s in socks:
            s.close()
    for _ in range(50):
        if run("status").returncode == 0:
            return
        time.sleep(0.05)
    pytest.fail("closed connections still count")


# ---- servers of their own ----

@pytest.fixture
def short():
    with tempfile.TemporaryDirectory(prefix="ctl") as folder:
        yield pathlib.Path(folder) / "s"


def test_reload_and_check(new_server, tmp_path, short):
    conf = tmp_path / "confab.conf"
    conf.write_text("[rooms]\ntries = 3\n")
    server = new_server(options={"server.control": short}, config=conf)
    assert ctl("check", path=short) and ctl("reload", path=short)
    server.wait_log("configuration read again")
    conf.write_text("[rooms]\ntries = many\n")
    for command in ("check", "reload"):
        out = run(command, path=short)
        assert out.returncode == 1 and f"{conf}:2:" in out.stderr
    conf.write_text("[rooms]\ntries = 4\n")
    assert ctl("reload", path=short)


def test_log_level(new_server, short):
    server = new_server(options={"server.control": short})
    ctl("log-level", "error", path=short)
    time.sleep(0.2)
    mark = server.mark()
    ctl("status", path=short)
    time.sleep(0.5)
    assert "command=status" not in server.log()[mark:]
    ctl("log-level", "debug", path=short)
    ctl("status", path=short)
    server.wait_log("ctl: command=status", mark)


def test_drain(new_server, phone, short):
    server = new_server({"1000": {}}, {"server.control": short, "server.drain": 600})
    events = Events(short)
    server.wait_log("ctl: command=events")
    call = phone().call(server.uri("1000"))
    server.wait_members("1000", 1)
    assert ctl("drain", 1, path=short) == {"legs": 1, "seconds": 1}
    assert ctl("status", path=short)["state"] == "draining"
    other = phone().new(*server.uri("1000"))
    other.invite()
    assert other.wait_final().status == 503
    call.wait_bye(5)
    assert server.wait_exit(10) == 0
    assert events.proc.wait(5) == 2, "the server has gone"
    assert [e["event"] for e in events.take(4)] == ["begin", "join", "leave", "end"]
    assert not short.exists()


def test_a_stale_socket_is_replaced_a_live_one_is_not(new_server, short):
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(short))
    stale.close()
    one = new_server(options={"server.control": short})
    assert ctl("status", path=short)["pid"] == one.proc.pid
    two = new_server(options={"server.control": short})
    two.wait_log("confabctl cannot be served, .*another server listens there")
    two.stop()
    assert ctl("status", path=short)["pid"] == one.proc.pid, "one's socket is gone"
    one.stop()
    short.write_text("precious")
    three = new_server(options={"server.control": short})
    three.wait_log("confabctl cannot be served")
    three.stop()
    assert short.read_text() == "precious"
