"""Music by name: who hears it, from where, and who does not."""
import functools
import http.server
import threading

import pytest

import tones
import wav

MUSIC_HZ, FILE_HZ = 500, 900
SENT, PATH = -16.0, -80.0
TONES = {"a": 701, "b": 1103, "boss": 1907}
ROOM = {"pin": "12", "moderator_pin": "34", "join_tone": False, "leave_tone": False}


class Handler(http.server.SimpleHTTPRequestHandler):
    asked = []

    def do_GET(self):
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """A web server with a tone; gives its URI."""
    folder = tmp_path_factory.mktemp("web")
    wav.write_tone(folder / "tone.wav", MUSIC_HZ, 60, 16000, level=-20)
    httpd = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}/tone.wav"
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture(scope="module")
def server(cluster, web, tmp_path_factory):
    from conftest import Maker
    folder = tmp_path_factory.mktemp("music")
    (folder / "sounds").mkdir()
    wav.write_silent_prompts(folder / "sounds")
    wav.write_tone(folder / "tone.wav", FILE_HZ, 5, 16000, level=-14)
    rooms = {"7400": {**ROOM, "wait_marked": True, "music_on_hold_class": web},
             "7401": {**ROOM, "music_on_hold_when_empty": True, "music_quieter_db": 6,
                      "music_on_hold_class": str(folder / "tone.wav")}}
    maker = Maker(cluster, tmp_path_factory.mktemp("server"))
    try:
        yield maker(rooms, {"sounds.dir": folder / "sounds", "sounds.music": folder})
    finally:
        maker.close()


@pytest.fixture
def come(server, phone):
    def make(name, room):
        pin = ";pin=34" if name == "boss" else ";pin=12"
        call = phone(name=name, codecs=("L16/16000",)).call(server.uri(room, pin))
        call.stream.tone(TONES[name], level=SENT)
        call.hz = TONES[name]
        return call
    return make


def hears(call, *freqs):
    """These and nothing of anybody else, nor music."""
    call.stream.wait_only(sorted(freqs), ms=300)
    pcm, rate = call.stream.listen(0.3)
    for hz in (*TONES.values(), MUSIC_HZ, FILE_HZ):
        if hz not in freqs:
            assert tones.level(pcm, hz, rate) < SENT + PATH, f"{hz} Hz is heard"
    return {hz: tones.level(pcm, hz, rate) for hz in freqs}


def test_who_waits_hears_a_web_radio_and_nobody_hears_him(come):
    a, b = come("a", "7400"), come("b", "7400")
    hears(a, MUSIC_HZ)
    hears(b, MUSIC_HZ)
    assert Handler.asked == ["/tone.wav"], "decoded once for both"
    boss = come("boss", "7400")
    hears(a, b.hz, boss.hz)
    hears(boss, a.hz, b.hz)
    boss.bye()
    hears(a, MUSIC_HZ)              # they wait again
    assert len(Handler.asked) >= 2


def test_alone_until_somebody_comes_and_on_request(come):
    boss = come("boss", "7401")
    at = hears(boss, FILE_HZ)[FILE_HZ]
    assert -21 < at < -19, "6 dB quieter than -14"
    a = come("a", "7401")
    hears(boss, a.hz)
    boss.stream.press("#6")
    hears(a, FILE_HZ, boss.hz)
    boss.stream.press("#6")
    hears(a, boss.hz)
    # a phone on hold may go on sending: music of its own, that nobody hears
    a.reinvite("sendonly")
    hears(boss)
    a.reinvite("sendrecv")
    hears(boss, a.hz)
