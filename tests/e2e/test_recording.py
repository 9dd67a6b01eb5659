"""Recordings: what is in the file is what was heard, and nothing is lost by a kill."""
import json
import pathlib
import subprocess
import wave

import numpy as np
import pytest

import tones
from server import build

ROOMS = {str(1000 + i): {"pin": "12", "moderator_pin": "34", "join_tone": False,
                         "leave_tone": False} for i in range(8)}
RATE = 48000


@pytest.fixture
def recorded(new_server, tmp_path):
    """A server that records into a folder of its own."""
    def make(rooms=None, **options):
        return new_server(rooms or ROOMS, {
            "recordings.dir": tmp_path / "rec", "server.control": tmp_path / "s",
            "sip.invite_rate": 0, **{k.replace("__", "."): v for k, v in options.items()}})
    return make


def ctl(tmp_path, *args):
    run = subprocess.run([build() / "confabctl", "--socket", tmp_path / "s", *args],
                         capture_output=True, text=True, timeout=30)
    assert run.returncode == 0, run.stderr
    return run.stdout


def decoded(path, folder):
    """The file as samples at 48 kHz, by GStreamer's own decoder."""
    out = folder / (pathlib.Path(path).stem + ".wav")
    subprocess.run(["gst-launch-1.0", "-q", "filesrc", f"location={path}", "!", "oggdemux", "!",
                    "opusdec", "!", "audioconvert", "!",
                    f"audio/x-raw,format=S16LE,channels=1,rate={RATE}", "!", "wavenc", "!",
                    "filesink", f"location={out}"], check=True, timeout=60)
    with wave.open(str(out)) as w:
        return np.frombuffer(w.readframes(w.getnframes()), "<i2")


def row(server, where="true"):
    return server.db.wait(f"SELECT * FROM recording WHERE ended IS NOT NULL AND {where}")[0]


def test_what_is_heard_is_in_the_file(recorded, phone, tmp_path):
    server = recorded()
    boss = phone(name="boss").call(server.uri("1000", ";pin=34"))
    a = phone(name="a", codecs=("PCMA",)).call(server.uri("1000", ";pin=12"))
    boss.stream.tone(700)
    a.stream.tone(1100)
    boss.stream.wait_only([1100])
    a.stream.wait_only([700])

    mark = server.mark()
    boss.stream.press("*4")
    server.wait_log("is recorded, by=leg", mark)
    a.stream.wait_speech()                  # everybody is told
    a.stream.wait_only([700])
    late = phone(name="late").call(server.uri("1000", ";pin=12"))
    late.stream.wait_speech()
    late.stream.wait_only([700, 1100])
    a.stream.tone(None)
    boss.stream.wait_only([])
    boss.stream.press("*4")
    server.wait_log("is recorded no more", mark)

    r = row(server)
    assert (r["end_reason"], r["room"]) == ("stopped", "1000"), r
    assert r["started_by"].startswith("leg ")
    assert r["path"].startswith(str(tmp_path / "rec" / "1000-"))
    took = (r["ended"] - r["started"]).total_seconds()
    assert took - 3 < r["length_ms"] / 1000 < took + 0.1 and r["silence_ms"] < 200, r
    pcm = decoded(r["path"], tmp_path)
    assert abs(len(pcm) / RATE * 1000 - r["length_ms"]) < 50
    last = pcm[-6 * RATE // 10:-3 * RATE // 10]     # his keys cut the very end of it
    assert tones.level(last, 700, RATE) > -20 and tones.level(last, 1100, RATE) < -50
    assert max(tones.level(pcm[i:i + RATE], 1100, RATE)
               for i in range(0, len(pcm) - RATE, RATE // 2)) > -20


def test_by_command_and_to_the_end_of_the_meeting(recorded, phone, tmp_path):
    server = recorded()
    a = phone(name="a").call(server.uri("1001", ";pin=12"))
    a.stream.tone(900)
    server.wait_members("1001", 1)
    assert "recorded: yes" in ctl(tmp_path, "record", "1001")
    assert "changed: no" in ctl(tmp_path, "record", "1001")
    assert "recorded: yes" in ctl(tmp_path, "room", "1001")
    a.stream.listen(1)
    a.bye()
    r = row(server)
    assert r["end_reason"] == "meeting_over" and r["started_by"].startswith("confabctl")
    pcm = decoded(r["path"], tmp_path)
    assert tones.level(pcm[-RATE // 2:], 900, RATE) > -20


def test_a_room_that_is_always_recorded(recorded, phone, tmp_path):
    server = recorded({"1000": {"record_conference": True, "join_tone": False}})
    a = phone(name="a").call(server.uri("1000"))
    a.stream.wait_speech()
    a.bye()
    assert row(server)["started_by"] == "room"


def test_only_who_agrees_is_in_the_file(recorded, phone, tmp_path):
    server = recorded({"1000": {"record_consent": "ask", "join_tone": False,
                                "leave_tone": False}})
    tone = {"a": 700, "b": 1100, "c": 1500}

    def come(name):
        call = phone(name=name, codecs=("PCMA",)).call(server.uri("1000"))
        call.stream.tone(tone[name])
        return call

    def user(uri):
        return uri.split(":")[1].split("@")[0]

    def members(key):
        answer = json.loads(ctl(tmp_path, "--json", "room", "1000"))
        return {user(m["uri"]): m[key] for m in answer["result"]["members"]}

    a, b = come("a"), come("b")
    a.stream.wait_only([1100])
    b.stream.wait_only([700])
    mark = server.mark()
    ctl(tmp_path, "record", "1000")
    a.stream.press("1")
    server.wait_log("consent to recording, answer=yes", mark)
    b.stream.press("2")
    server.wait_log("consent to recording, answer=no", mark)
    b.stream.wait_only([700])
    c = come("c")
    c.stream.wait_tone(700)
    assert members("consent") == {"a": "yes", "b": "no", "c": "asked"}
    assert members("muted") == {"a": [], "b": ["consent"], "c": ["consent"]}
    c.stream.press("1")
    b.stream.wait_only([700, 1500])
    ctl(tmp_path, "record", "1000", "off")
    a.stream.wait_only([1100, 1500])        # all are heard again
    for p in (a, b, c):
        p.bye()

    pcm = decoded(row(server)["path"], tmp_path)
    loudest = {n: max(tones.level(pcm[i:i + RATE // 10], freq, RATE)
                      for i in range(0, len(pcm) - RATE // 10, RATE // 10))
               for n, freq in tone.items()}
    # 20 ms of his tone would be -30; the beginnings of the others' leave -57 there
    assert loudest["a"] > -20 and loudest["c"] > -20 and loudest["b"] < -45, loudest
    legs = {user(r["from_uri"]): r["consent"] for r in server.db.wait(
        "SELECT * FROM leg WHERE ended IS NOT NULL AND consent_at > answered", n=3)}
    assert legs == {"a": "yes", "b": "no", "c": "yes"}
    assert [(user(r["target"]), r["new_value"], r["n"]) for r in server.db.rows(
        "SELECT target, new_value, count(*) AS n FROM audit WHERE action = 'consent' "
        "GROUP BY 1, 2 ORDER BY 1")] == [("a", "yes", 1), ("b", "no", 1), ("c", "yes", 1)]


def test_a_killed_server_leaves_a_file_that_plays(recorded, phone, tmp_path):
    server = recorded()
    a = phone(name="a").call(server.uri("1002", ";pin=12"))
    a.stream.tone(900)
    server.wait_members("1002", 1)
    ctl(tmp_path, "record", "1002")
    path = server.db.wait("SELECT path FROM recording")[0]["path"]
    a.stream.listen(4)
    server.kill()
    pcm = decoded(path, tmp_path)
    assert len(pcm) > 2.5 * RATE
    assert tones.level(pcm[-RATE:-RATE // 4], 900, RATE) > -20
    server.start()
    assert row(server)["end_reason"] == "crashed"


def test_a_server_that_stops_ends_its_files_well(recorded, phone, tmp_path):
    server = recorded(server__drain=0)
    a = phone(name="a").call(server.uri("1003", ";pin=12"))
    a.stream.tone(900)
    server.wait_members("1003", 1)
    ctl(tmp_path, "record", "1003")
    a.stream.listen(1)
    server.stop()
    r = row(server)
    assert r["end_reason"] == "meeting_over" and r["length_ms"] > 700
    assert tones.level(decoded(r["path"], tmp_path)[-RATE // 2:], 900, RATE) > -20


def test_no_folder_is_no_recording(recorded, phone, tmp_path):
    server = recorded(recordings__dir="")
    phone(name="a").call(server.uri("1004", ";pin=12"))
    server.wait_members("1004", 1)
    run = subprocess.run([build() / "confabctl", "--socket", tmp_path / "s", "record", "1004"],
                         capture_output=True, text=True, timeout=30)
    assert run.returncode == 1 and "[recordings] dir is empty" in run.stderr
