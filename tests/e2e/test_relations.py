"""Who hears whom, and how loud, where control says otherwise than that everybody
hears everybody: hold, ghosts, coaches, members kept apart, priority speakers,
volumes. Heard by the tones of real calls, told by confabctl."""
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import pytest

import tones
import wav
from server import build

MUSIC_HZ = 500
TONES = {"a": 701, "b": 1103, "c": 1907}
FOLDER = tempfile.TemporaryDirectory(prefix="rel")      # a socket's name is short
SOCKET = pathlib.Path(FOLDER.name) / "s"
ROOMS = {str(n): {"join_tone": False, "leave_tone": False, "call_options": "*",
                  "duck_db": 20} for n in range(5100, 5103)}


@pytest.fixture(scope="module")
def server(cluster, tmp_path_factory):
    from conftest import Maker
    music = tmp_path_factory.mktemp("music")
    wav.write_tone(music / "tone.wav", MUSIC_HZ, 30, 16000, level=-20)
    maker = Maker(cluster, tmp_path_factory.mktemp("server"))
    try:
        yield maker(ROOMS, {"sounds.music": music, "server.control": SOCKET,
                            # a tone for long is noise, which is not passed on
                            "media.forward": "no",
                            "media.agc": "no", "media.echo": "off",
                            "media.comfort_noise": "no"})
    finally:
        maker.close()


def ctl(*args):
    out = subprocess.run([build() / "confabctl", "--socket", SOCKET, "--json", *map(str, args)],
                         capture_output=True, text=True, timeout=30)
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)["result"]


@pytest.fixture
def three(server, phone):
    """Three with a tone each in a room of their own: they know their leg."""
    def make(room):
        calls = []
        for name, hz in TONES.items():
            call = phone(name=name, codecs=("L16/16000",)).call(server.uri(room))
            call.stream.tone(hz, level=-26.0)
            call.hz = hz
            server.wait_members(room, len(calls) + 1)
            call.leg = max(m["leg"] for m in ctl("room", room)["members"])
            calls.append(call)
        hear(calls, "bc", "ac", "ab")
        return calls
    return make


def hear(calls, *whom):
    """Each hears exactly these."""
    for call, names in zip(calls, whom):
        call.stream.wait_only([TONES[n] if n in TONES else MUSIC_HZ for n in names])


def test_coach(three):
    a, b, c = calls = three("5100")
    assert ctl("coach", c.leg, a.leg) == {"leg": c.leg, "pupil": a.leg, "changed": True}
    hear(calls, "bc", "a", "ab")
    pcm, rate = b.stream.listen(1)
    assert tones.level(pcm, c.hz, rate) < -90, "the coach is heard by another one"
    ctl("ghost", c.leg)
    hear(calls, "bc", "a", "ab")
    ctl("coach", c.leg, b.leg)
    hear(calls, "b", "ac", "ab")
    b.bye()
    hear([a, c], "", "a")                       # what he says stays a secret
    ctl("coach", c.leg)
    ctl("ghost", c.leg, "off")
    hear([a, c], "c", "a")


def test_kept_apart_and_hold(three):
    a, b, c = calls = three("5101")
    ctl("relate", a.leg, b.leg, "nohear")
    hear(calls, "c", "ac", "ab")
    ctl("relate", a.leg, c.leg, "nospeak")
    hear(calls, "c", "ac", "b")
    ctl("hold", b.leg)
    hear(calls, "c", "m", "")
    assert ctl("room", "5101")["members"][1]["state"] == "hold"
    for other in (a, c):
        ctl("relate", a.leg, other.leg if other is not a else b.leg, "clear")
    hear(calls, "c", "m", "a")
    ctl("hold", b.leg, "off")
    hear(calls, "bc", "ac", "ab")


def test_loudness(three):
    a, b, c = three("5102")

    def level(call, hz):
        pcm, rate = call.stream.listen(0.5)
        return tones.level(pcm, hz, rate)

    def wait_level(call, hz, want):
        for _ in range(20):
            got = level(call, hz)
            if abs(got - want) < 1.5:
                return
        assert abs(got - want) < 1.5
    usual = level(a, b.hz)
    t = np.arange(8000) / 16000                 # syllables: a tone for long is no speech
    c.stream.say((2000 * np.sin(2 * np.pi * c.hz * t) * (t < 0.35)).astype(np.int16))
    ctl("priority", c.leg)
    wait_level(a, b.hz, usual - 20)
    c.stream.tone(None)                         # he has nothing more to say
    wait_level(a, b.hz, usual)
    assert ctl("volume", b.leg, "talk", "down")["talk_db"] == -4
    wait_level(a, b.hz, usual - 4)
    assert ctl("volume", a.leg, "listen", "up")["hear_db"] == 4
    wait_level(a, b.hz, usual)
