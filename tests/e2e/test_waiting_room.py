"""The waiting room, and who may be heard, by what each party hears."""
import pytest

import tones
import wav

MUSIC_HZ = 500
SENT, PATH = -16.0, -80.0         # three tones stay below the limiter
TONES = {"a": 701, "b": 1103, "boss": 1907}
ROOM = {"pin": "12", "moderator_pin": "34", "join_tone": False, "leave_tone": False}
ROOMS = {"7000": {**ROOM, "waiting_room": True}, "7001": {**ROOM, "lecture": True},
         "7002": {**ROOM, "call_options": "listen_only,talk_only"}}


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
    def make(name, room, params=""):
        pin = ";pin=34" if name == "boss" else ";pin=12"
        call = phone(name=name, codecs=("L16/16000",)).call(server.uri(room, pin + params))
        call.stream.tone(TONES[name], level=SENT)
        call.hz = TONES[name]
        return call
    return make


def hears(call, freqs):
    """These and nothing of anybody else."""
    call.stream.wait_only(freqs)
    pcm, rate = call.stream.listen(1)
    for hz in TONES.values():
        if hz not in freqs:
            assert tones.level(pcm, hz, rate) < SENT + PATH, f"{hz} Hz is heard"


def test_one_is_let_in_and_one_is_not(server, come):
    boss, a, b = come("boss", "7000"), come("a", "7000"), come("b", "7000")
    hears(a, [MUSIC_HZ])
    hears(b, [MUSIC_HZ])
    hears(boss, [])
    boss.stream.press("#1")
    hears(boss, [a.hz])
    hears(a, [boss.hz])
    hears(b, [MUSIC_HZ])
    boss.stream.press("#3")
    b.wait_bye(30)
    row = server.db.leg(b)
    assert (row["refused"], row["admitted_at"]) == ("denied", None)
    hears(a, [boss.hz])


def test_a_lecture_and_a_question(come):
    boss, a, b = come("boss", "7001"), come("a", "7001"), come("b", "7001")
    hears(a, [boss.hz])
    hears(boss, [])
    a.stream.press("*1")            # not his to lift
    b.stream.press("*9")
    hears(b, [boss.hz])
    hears(boss, [])
    boss.stream.press("*9")
    hears(boss, [b.hz])
    hears(a, sorted([boss.hz, b.hz]))
    boss.stream.press("*5")         # off: all may speak
    hears(boss, [a.hz, b.hz])


def test_listen_only_and_talk_only(come):
    a, b = come("a", "7002", ";confab-listen_only"), come("b", "7002", ";confab-talk_only")
    boss = come("boss", "7002")
    hears(boss, [b.hz])
    hears(a, [b.hz, boss.hz])
    hears(b, [])
