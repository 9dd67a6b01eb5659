"""A phone whose PBX plays music to the room and has not said that it holds: it is
found out, not heard, told, and heard again as soon as somebody speaks there."""
import json
import pathlib
import subprocess
import tempfile
import time

import pytest

import sounds
import wav
from server import build

MUSIC = pathlib.Path("/usr/share/asterisk/moh/macroform-robot_dity.wav")
FOLDER = tempfile.TemporaryDirectory(prefix="hm")       # a socket's name is short
SOCKET = pathlib.Path(FOLDER.name) / "s"
ROOM = {"join_tone": False, "leave_tone": False, "detect_hold_music": "mute"}


@pytest.fixture(scope="module")
def server(cluster, tmp_path_factory):
    from conftest import Maker
    prompts = tmp_path_factory.mktemp("prompts")
    wav.write_silent_prompts(prompts)
    maker = Maker(cluster, tmp_path_factory.mktemp("server"))
    try:
        yield maker({"7450": ROOM}, {"server.control": SOCKET, "sounds.dir": prompts})
    finally:
        maker.close()


def info(leg):
    out = subprocess.run([build() / "confabctl", "--socket", SOCKET, "--json", "leg", str(leg)],
                         capture_output=True, text=True, timeout=30)
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)["result"]


def wait(leg, muted, music, timeout=60):
    end = time.monotonic() + timeout
    while (is_now := info(leg))["muted"] != muted or is_now["hold_music"] != music:
        assert time.monotonic() < end, is_now
        time.sleep(0.2)


def test_music_is_kept_out_and_speech_comes_through(server, phone):
    if not MUSIC.exists():
        pytest.skip("asterisk-moh-opsound-wav is not installed")
    held = phone(name="held", codecs=("PCMU",)).call(server.uri("7450"))
    server.wait_members("7450", 1)
    other = phone(name="other", codecs=("PCMU",)).call(server.uri("7450"))
    server.wait_members("7450", 2)
    held.stream.say(wav.read(MUSIC)[0])
    other.stream.wait_speech()              # nobody knows yet
    wait(1, ["music"], True)
    other.stream.wait_only([])              # silence

    held.stream.say(sounds.prompt("demo-congrats").astype("int16"))
    other.stream.wait_speech()
    wait(1, [], False)
    acts = server.db.wait("SELECT action, detail, new_value FROM audit "
                          "WHERE action IN ('hold_music', 'mute') ORDER BY position", n=4)
    assert [(a["action"], a["new_value"]) for a in acts[:4]] == [
        ("hold_music", "on"), ("mute", "on"), ("hold_music", "off"), ("mute", "off")]
    assert acts[1]["detail"] == "music"
