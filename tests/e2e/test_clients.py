"""Phones of other makers, with real audio: sipp, baresip and linphone in one room
with a phone of our own; each has a tone, and each hears the others'."""
import pytest

import tones
import wav
from baresip import Baresip, free_port
from linphone import Linphone
from sipp import Sipp

pytestmark = pytest.mark.both

ROOMS = {"1000": {"pin": "1234", "join_tone": False, "leave_tone": False},
         "1001": {"join_tone": False, "leave_tone": False}}
# whole Hz without a common measure: the noise of G.711 falls on none of them
TONES = {"us": 701, "sipp": 1103, "baresip": 1907, "linphone": 2309}


def hears_in_file(path, others, own):
    """The last seconds of a client's recording hold these tones."""
    pcm, rate = wav.read(path)
    pcm = pcm[-rate * 4:-rate]
    assert len(pcm) == rate * 3, f"{path}: {len(pcm)} samples at {rate}"
    tones.hears(pcm, rate, others, own=own, floor=-25)


@pytest.mark.slow
def test_sipp_baresip_linphone_and_us(server, phone, closing, tmp_path):
    target = server.uri("1000", ";pin=1234")
    us = phone(codecs=("L16/16000",)).call(target)
    us.stream.tone(TONES["us"])

    wav.write_tone(tmp_path / "b.wav", TONES["baresip"], 60, 8000)
    bare = closing(Baresip(tmp_path / "baresip", tmp_path / "b.wav", 8000, "PCMA/8000/1"))
    bare.dial(target[0])
    wav.write_tone(tmp_path / "l.wav", TONES["linphone"], 60, 16000, lead=2)
    lin = closing(Linphone(tmp_path / "linphone", tmp_path / "l.wav", free_port()))
    lin.dial(target[0])
    server.wait_members("1000", 3)
    sip = closing(Sipp(tmp_path / "sipp", target, TONES["sipp"], 12, codec_name="PCMU"))

    others = [f for who, f in TONES.items() if who != "us"]
    us.stream.wait_only(others, timeout=40)
    pcm, rate = us.stream.listen(5)
    tones.hears(pcm, rate, others, own=TONES["us"], floor=-25)

    bare.hangup()
    lin.hangup()
    sip.wait()
    bare.close()
    lin.close()
    server.wait_members("1000", 1)
    for who, path in (("baresip", bare.recording()), ("linphone", lin.recording())):
        hears_in_file(path, [f for w, f in TONES.items() if w not in (who, "sipp")],
                      TONES[who])
    rows = server.db.wait("SELECT * FROM leg WHERE ended IS NOT NULL", n=3)
    assert {r["end_reason"] for r in rows} == {"bye"}
    agents = " ".join(r["user_agent"] for r in rows).lower()
    assert all(name in agents for name in ("sipp", "baresip", "linphone")), agents
    assert all(r["rx_packets"] > 100 and r["rx_lost"] == 0 for r in rows)


def test_baresip_in_l16_with_events_at_8000(server, phone, closing, tmp_path):
    """baresip offers telephone-event/8000 beside L16/16000; keys must work."""
    us = phone().call(server.uri("1001"))
    us.stream.tone(TONES["us"])
    wav.write_tone(tmp_path / "b.wav", TONES["baresip"], 60, 16000)
    bare = closing(Baresip(tmp_path / "baresip", tmp_path / "b.wav", 16000, "L16/16000/1"))
    bare.dial(server.uri("1001")[0])
    us.stream.wait_only([TONES["baresip"]])
    for key in "*1":
        bare.key(key)
    server.wait_log(r"leg \d+: muted, layer=own")
    us.stream.wait_tone(TONES["baresip"], there=False)
    bare.hangup()
    row = server.db.wait("SELECT * FROM leg WHERE ended IS NOT NULL AND room = '1001'")[0]
    assert (row["codec"], row["rate_hz"], row["dtmf"], row["muted"]) == \
        ("L16", 16000, "event", True)


def test_sipp_over_ipv6_tcp(server, phone, closing, tmp_path):
    us = phone().call(server.uri("1001"))
    sip = closing(Sipp(tmp_path / "sipp", server.uri("1001", ip="::1"), TONES["sipp"], 4,
                       ip="::1", codec_name="PCMA", transport="t1"))
    us.stream.wait_only([TONES["sipp"]])
    sip.wait()
    row = server.db.wait("SELECT * FROM leg WHERE user_agent = 'sipp' AND room = '1001' "
                         "AND ended IS NOT NULL")[0]
    assert (row["source"], row["transport"], row["codec"]) == ("::1", "tcp", "PCMA")
