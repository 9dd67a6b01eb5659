"""A phone that gives back what it hears, 300 ms later: the others do not hear
themselves, and who has no echo is heard as ever."""
import pathlib
import time

import numpy as np
import pytest

import tones
import wav
from test_ctl import FOLDER, ctl

SOCKET = pathlib.Path(FOLDER.name) / "echo"
ROOMS = {"1000": {"join_tone": False, "leave_tone": False},
         "1001": {"echo": "off"}}
OPTIONS = {"server.control": SOCKET, "media.echo": "auto"}
SPEECH = pathlib.Path("/usr/share/asterisk/sounds/en")
DELAY_MS = 300

# the second test goes on with the meeting of the first
pytestmark = pytest.mark.xdist_group("echo")


def speech():
    """Half a minute of it, 8 kHz; a second of pause at the end."""
    parts = [wav.read(p)[0] for p in sorted(SPEECH.glob("demo-*.wav"))]
    return np.concatenate(parts + [np.zeros(8000, np.int16)])[:8000 * 40]


def leg(call, server):
    """What confabctl shows of a call."""
    legs = ctl("legs", path=SOCKET)["legs"]
    for row in legs:
        shown = ctl("leg", row["leg"], path=SOCKET)
        if shown["call_id"] == call.id:
            return shown
    raise AssertionError(f"{call.id} is not among {legs}")


def wait_state(call, server, state, timeout):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        shown = leg(call, server)["media"]["echo"]
        if shown["state"] == state:
            return shown
        time.sleep(0.5)
    raise AssertionError(f"{shown} is not {state} in {timeout} s")


@pytest.fixture(scope="module")
def room(server):
    from ua import Phone
    calls = {}
    for name in ("talker", "echo", "clean"):
        calls[name] = Phone(name=name).call(server.uri("1000"))
        calls[name].stream.wait_packets(5)
    yield calls
    for call in calls.values():
        call.bye()


@pytest.mark.skipif(not SPEECH.exists(), reason="no recordings are installed")
def test_nobody_hears_himself_again(room, server):
    since = server.mark()
    talker, clean = room["talker"], room["clean"]
    room["echo"].stream.echo(DELAY_MS)
    rand = np.random.default_rng(2)
    clean.stream.say(np.round(rand.normal(0, 8, 8000)).astype(np.int16))
    said = speech()
    talker.stream.say(said)
    shown = wait_state(room["echo"], server, "cancelled", 20)
    assert DELAY_MS <= shown["delay_ms"] <= DELAY_MS + 200      # two buffers, too
    assert 3 <= shown["loss_db"] <= 30

    back, rate = talker.stream.listen(10)
    there = tones.rms(said)
    shown = leg(room["echo"], server)["media"]
    assert tones.rms(back) < there - 10 - 15, f"he hears himself: {shown}"
    heard, _ = clean.stream.listen(5)
    assert tones.rms(heard) > there - 12, "the others still hear him"
    server.wait_log("gives the room's sound back", since)
    # The talker's own leg has his echo in what it is sent till it is cancelled, so
    # what starts there is chance; that he is heard is said above.
    assert leg(clean, server)["media"]["echo"]["starts"] == 0


def test_a_voice_on_that_line_is_heard(room, server):
    """The echoing phone's owner speaks: all of it arrives."""
    room["talker"].stream.tone(None)
    room["echo"].stream.tone(850, -20)
    room["talker"].stream.wait_tone(850, floor=-26)
    assert leg(room["echo"], server)["media"]["echo"]["state"] == "cancelled"


def test_echo_control_is_switched_for_a_leg(room, server):
    """Off, the canceller goes at once; a room may say that it never comes."""
    since = server.mark()
    shown = leg(room["echo"], server)
    assert shown["echo"] == "auto"
    answer = ctl("echo", shown["leg"], "off", path=SOCKET)
    assert answer == {"leg": shown["leg"], "echo": "off", "changed": True}
    server.wait_log("no longer gives the room's sound back", since)
    wait_state(room["echo"], server, "none", 20)
    assert leg(room["echo"], server)["echo"] == "off"
    assert ctl("echo", shown["leg"], "auto", path=SOCKET)["changed"]
    assert leg(room["echo"], server)["echo"] == "auto"


def test_a_room_may_say_that_echo_is_not_looked_for(server):
    from ua import Phone
    call = Phone(name="deaf").call(server.uri("1001"))
    call.stream.wait_packets(5)
    assert leg(call, server)["echo"] == "off"
    call.bye()
