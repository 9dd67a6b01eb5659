"""Break-out rooms, by keypad and by confabctl: who hears whom."""
import json
import pathlib
import subprocess
import tempfile

import pytest

import tones
import wav
from server import build

SENT, PATH = -16.0, -80.0
TONES = {"a": 701, "b": 1103, "c": 1409, "boss": 1907}
ROOM = {"pin": "12", "moderator_pin": "34", "join_tone": False, "leave_tone": False}
ROOMS = {"7300": ROOM, "7301": ROOM}
FOLDER = tempfile.TemporaryDirectory(prefix="out")
SOCKET = pathlib.Path(FOLDER.name) / "s"


@pytest.fixture(scope="module")
def server(cluster, tmp_path_factory):
    from conftest import Maker
    sounds = tmp_path_factory.mktemp("sounds")
    wav.write_silent_prompts(sounds)
    maker = Maker(cluster, tmp_path_factory.mktemp("server"))
    try:
        yield maker(ROOMS, {"server.control": SOCKET, "sounds.dir": sounds})
    finally:
        maker.close()


def run(*args):
    return subprocess.run([build() / "confabctl", "--socket", SOCKET, "--json",
                           *map(str, args)], capture_output=True, text=True, timeout=30)


def ctl(*args):
    out = run(*args)
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)["result"]


def refused(*args):
    out = run(*args)
    assert out.returncode == 1
    return json.loads(out.stdout)["error"]


@pytest.fixture
def come(server, phone):
    def make(name, room):
        mark = server.mark()
        pin = ";pin=34" if name == "boss" else ";pin=12"
        call = phone(name=name, codecs=("L16/16000",)).call(server.uri(room, pin))
        call.stream.tone(TONES[name], level=SENT)
        call.hz = TONES[name]
        call.number = int(server.wait_log(rf"room {room}: leg (\d+) joins", mark).group(1))
        return call
    return make


def hears(call, *others):
    """These and nothing of anybody else."""
    freqs = sorted(o.hz for o in others)
    call.stream.wait_only(freqs, ms=300)
    pcm, rate = call.stream.listen(0.3)
    for hz in TONES.values():
        if hz not in freqs:
            assert tones.level(pcm, hz, rate) < SENT + PATH, f"{hz} Hz is heard"


def test_the_moderator_sends_them_away_and_hops_after_them(server, come):
    boss, a, b, c = (come(n, "7300") for n in ("boss", "a", "b", "c"))
    hears(a, boss, b, c)
    boss.stream.press("#52")
    hears(a, c)
    hears(c, a)
    hears(b)
    hears(boss)
    boss.stream.press("#4")
    hears(boss, a, c)
    hears(a, boss, c)
    boss.stream.press("#4")
    hears(boss, b)
    hears(a, c)
    b.bye()
    hears(boss)
    boss.stream.press("#51")
    hears(a, boss, c)
    hears(boss, a, c)
    row = server.db.leg(b)
    assert row["end_reason"] == "bye" and row["room"] == "7300"


def test_by_confabctl(server, come):
    boss, a, b = (come(n, "7301") for n in ("boss", "a", "b"))
    assert refused("breakout", 7301, "hop", boss.number) == "refused"
    assert refused("breakout", 7301, "make", 17) == "bad_request"
    assert refused("breakout", 7301, "dance") == "bad_request"
    assert ctl("breakout", 7301, "make", 3) == {
        "room": "7301", "breakouts": 3, "changed": True}
    assert ctl("breakout", 7301, "assign", 2, a.number)["changed"]
    assert refused("breakout", 7301, "assign", 2) == "bad_request"
    hears(boss, b)
    hears(a)
    assert ctl("breakout", 7301, "assign")["changed"]
    assert not ctl("breakout", 7301, "assign")["changed"]
    room = ctl("room", 7301)
    assert room["breakouts"] == 3
    assert {m["leg"]: m["breakout"] for m in room["members"]} == {
        boss.number: 0, a.number: 2, b.number: 1}
    assert ctl("breakout", 7301, "hop", b.number)["changed"]
    hears(a, b)
    assert ctl("mute", b.number)["changed"]
    hears(a)
    assert ctl("breakout", 7301, "say", "beep")["changed"]
    assert ctl("breakout", 7301, "return", 2)["changed"]
    assert refused("breakout", 7301, "assign", 1, a.number) == "refused"
    server.wait_log("room 7301: break-outs are over, by=time")
    hears(boss, a)
    hears(a, boss)              # and who was muted still is
    assert ctl("kick", a.number, "--now")["changed"]
    hears(b, boss)
