"""What people are told, by what each of them hears: the very sounds."""
import pytest

import sounds

ROOMS = {"7100": {}, "7101": {"pin": "12", "language": "it"}}
OPTIONS = {"sounds.languages": "en,fr,es,it,ru", "sip.invite_rate": 0}


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
