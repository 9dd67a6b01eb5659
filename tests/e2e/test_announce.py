"""What people are told, by what each of them hears: the very sounds."""
import re
import subprocess

import pytest

import sounds
import tones
from server import build

HZ = 3100                       # above what is said
ROOMS = {"7100": {}, "7101": {"pin": "12", "language": "it"},
         "7102": {"announce_user_count_all": 1, "announce_user_count": False}, "7103": {},
         "7104": {"announce_duck_db": 20},
         "7105": {"announce_join_leave": True, "announce_only_user": False,
                  "announce_user_count": False,
                  "call_options": "announce_join_leave,announce_join_leave_review"}}


@pytest.fixture(scope="module")
def server(cluster, tmp_path_factory):
    from conftest import Maker
    folder = tmp_path_factory.mktemp("server")
    maker = Maker(cluster, folder)
    try:
        yield maker(ROOMS, {"sounds.languages": "en,fr,es,it,ru", "sip.invite_rate": 0,
                            "server.control": folder / "s"})
    finally:
        maker.close()


@pytest.fixture(scope="module", autouse=True)
def loaded(server):
    """Other languages come after calls are taken already."""
    for lang in ("fr", "es", "it", "ru"):
        server.wait_log(f"files: .*language={lang} ", timeout=60)


@pytest.fixture
def dial(server, phone):
    def make(user, params="", headers=()):
        return phone(name="p").call(server.uri(user, params), headers=headers)
    return make


def test_each_caller_is_spoken_to_in_his_language(dial):
    said = {"en": dial("7100"), "fr": dial("7100", ";confab-lang=fr"),
            "es": dial("7100", headers=[("Accept-Language", "da, en;q=0.3, es-MX;q=0.7")]),
            "it": dial("7101"), "ru": dial("7101", ";confab-lang=ru")}
    alone = {"en": "conf-onlyperson", "fr": "conf-onlyone", "es": "conf-thereare"}
    for lang, call in said.items():
        sounds.wait(call.stream, alone.get(lang, "conf-getpin"), lang)
    # a number by its words: two others in Spanish, one in French
    sounds.wait(said["es"].stream, "digits/2", "es")
    sounds.wait(said["es"].stream, "conf-otherinparty", "es")


def test_ten_who_come_in_a_second_are_one_sound(server, dial):
    first = dial("7102")
    sounds.wait(first.stream, "conf-onlyperson")
    mark = first.stream.mark()
    log = server.mark()
    for _ in range(10):
        dial("7102")
    server.wait_members("7102", 11, log)
    sounds.wait(first.stream, "conf-thereare", since=mark)      # how many they are now
    told = len(re.findall(r"room 7102: is told, what=join", server.log()))
    pcm, _ = first.stream.sound(mark)
    assert sounds.count(pcm, sounds.prompt("confbridge-join")) == told <= 3, told
    assert sounds.count(pcm, sounds.prompt("conf-thereare")) <= told


def test_the_room_is_told_in_each_ones_language(server, dial, tmp_path):
    said = {"en": dial("7103"), "fr": dial("7103", ";confab-lang=fr")}
    sounds.wait(said["fr"].stream, "conf-onlyone", "fr")
    marks = {lang: call.stream.mark() for lang, call in said.items()}
    run = subprocess.run([build() / "confabctl", "--socket", server.options["server.control"],
                          "say", "7103", "conf-locked"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    for lang, call in said.items():
        sounds.wait(call.stream, "conf-locked", lang, marks[lang])
        other = sounds.prompt("conf-locked", "fr" if lang == "en" else "en")
        assert sounds.find(call.stream.sound(marks[lang])[0], other)[0] < 0.5


def wait_level(call, least, most):
    """Until a tone is so loud, in dB."""
    seen = []
    while not (seen and least < seen[-1] < most):
        assert len(seen) < 60, seen
        seen.append(tones.level(call.stream.listen(0.25)[0], HZ, 16000))


def test_voices_are_turned_down_while_all_are_told(server, phone):
    a = phone(name="a", codecs=("L16/16000",)).call(server.uri("7104"))
    b = phone(name="b", codecs=("L16/16000",)).call(server.uri("7104"))
    a.stream.tone(HZ)
    b.stream.wait_only([HZ])
    before = tones.level(b.stream.listen(0.5)[0], HZ, 16000)
    subprocess.run([build() / "confabctl", "--socket", server.options["server.control"],
                    "say", "7104", "conf-getpin"], check=True,
                   stdout=subprocess.DEVNULL)
    wait_level(b, before - 22, before - 16)
    wait_level(b, before - 0.5, before + 0.5)


def wait_name(call, prompt, mark):
    """The name (a tone) and then the words, since a mark."""
    at = sounds.wait(call.stream, prompt, since=mark)
    pcm, rate = call.stream.sound(mark)
    before = pcm[max(0, at - 2 * rate):at]
    assert max(tones.level(before[i:i + rate // 5], HZ, rate)
               for i in range(0, len(before) - rate // 5, rate // 10)) > -30


def test_a_name_is_said_reviewed_and_announced(server, dial):
    a = dial("7105", ";confab-announce_join_leave=no")
    log, mark = server.mark(), a.stream.mark()
    b = dial("7105", ";confab-announce_join_leave_review")
    sounds.wait(b.stream, "vm-rec-name")
    server.wait_log("naming beep -> record", log)
    b.stream.tone(HZ)
    b.stream.listen(1.2)
    b.stream.tone(None)
    b.stream.press("#")
    server.wait_log("has said his name, ms=", log)
    wait_name(b, "vm-review", 0)
    b.stream.press("1")
    wait_name(a, "conf-hasjoin", mark)
    mark = a.stream.mark()
    subprocess.run([build() / "confabctl", "--socket", server.options["server.control"],
                    "rollcall", "7105"], check=True, stdout=subprocess.DEVNULL)
    wait_name(a, "conf-roll-callcomplete", mark)
    mark = a.stream.mark()
    a.stream.press("#7")                # he alone asks
    wait_name(a, "conf-roll-callcomplete", mark)
    mark = a.stream.mark()
    b.bye()
    wait_name(a, "conf-hasleft", mark)
