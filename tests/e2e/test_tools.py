"""The tests' own tools: phones against phones without any server, and measuring
that finds what is wrong. A tool that cannot fail proves nothing."""
import numpy as np
import pytest

import codec
import tones
import wav
from baresip import Baresip, free_port
from linphone import Linphone
from sipmsg import host
from sipp import Sipp

pytestmark = pytest.mark.plain_only

RATE = 8000


def talk(phone, ip="127.0.0.1", codecs=("PCMU",), **kw):
    """Two phones in a call with each other: (caller's, callee's)."""
    a = phone(ip=ip, name="a", codecs=codecs, **kw)
    b = phone(ip=ip, name="b", codecs=codecs, **kw)
    call = a.new(f"sip:b@{host(ip)}:{b.port}", (ip, b.port))
    call.invite()
    other = b.wait_call()
    other.accept()
    assert call.wait_final().status == 200
    call.stream.start()
    return call, other


@pytest.mark.parametrize("name", ["PCMU", "PCMA", "L16/16000"])
@pytest.mark.parametrize("ip", ["127.0.0.1", "::1"])
def test_phone_to_phone(phone, ip, name):
    a, b = talk(phone, ip, (name,))
    a.stream.tone(700)
    b.stream.tone(1100)
    b.stream.wait_only([700])
    a.stream.wait_only([1100])
    pcm, rate = b.stream.listen(0.5)
    tones.hears(pcm, rate, [700], own=1100, floor=-17)
    b.stream.check()
    assert a.bye().status == 200 and b.ended


def test_keys_arrive(phone):
    a, b = talk(phone)
    a.stream.press("19#", ms=60)
    events = [p for p in b.stream.packets if p.pt == a.stream.event_pt]
    keys = {p.ts: p.payload[0] for p in events}
    assert list(keys.values()) == [1, 9, 11]
    assert sum(p.marker for p in events) == 3
    assert sum(p.payload[1] >> 7 for p in events) == 9, "three ends each"
    b.stream.check()


def test_hold_and_bye(phone):
    a, b = talk(phone)
    assert a.hold().status == 200 and b.sdp.direction == "sendonly"
    assert a.resume().status == 200
    a.bye()
    assert b.ended


def test_cancel(phone):
    a, b = phone(name="a"), phone(name="b")
    call = a.new(f"sip:b@127.0.0.1:{b.port}", ("127.0.0.1", b.port))
    call.invite()
    b.wait_call()
    assert call.cancel().status == 200
    assert call.wait_final().status == 487


@pytest.mark.parametrize("ms", [6, 10, 21, 40, 300])
def test_a_gap_is_measured(ms):
    pcm = (tones.sine(700, RATE, RATE) + tones.sine(1100, RATE, RATE)).astype(np.int16)
    pcm[3000:3000 + ms * 8] = tones.sine(1100, ms * 8, RATE, phase=1.0)
    assert abs(tones.longest_gap(pcm, 700, RATE) - ms) <= 3
    assert tones.longest_gap(pcm, 1100, RATE) <= 8


def test_own_voice_is_found():
    other, own = tones.sine(700, RATE, RATE), tones.sine(1100, RATE, RATE, level=-16 - 44)
    with pytest.raises(AssertionError):
        tones.hears(other + own, RATE, [700], own=1100)
    tones.hears(other + own // 4, RATE, [700], own=1100)


def test_a_voice_that_is_missing_is_found():
    with pytest.raises(AssertionError):
        tones.hears(tones.sine(700, RATE, RATE), RATE, [700, 1900])


def test_rest_is_what_is_no_tone():
    pcm = tones.sine(700, RATE, RATE) + tones.sine(450, RATE, RATE, level=-40)
    assert abs(tones.rest(pcm, [700], RATE) + 40) < 0.5


def test_g711_tables_are_each_other_s_inverse():
    for c in (codec.find("PCMU"), codec.find("PCMA")):
        values = c.decode(bytes(range(256)))
        again = c.decode(c.encode(values))
        assert (values == again).all()
        pcm = np.arange(-32768, 32768).astype(np.int16)
        error = np.abs(c.decode(c.encode(pcm)).astype(int) - pcm)
        assert (error <= np.maximum(16, np.abs(pcm.astype(int)) // 16)).all()


def test_a_broken_stream_is_found(phone):
    a, b = talk(phone)
    b.stream.wait_packets(5)
    a.stream.seq += 1
    b.stream.wait_packets(5)
    with pytest.raises(AssertionError, match="seq"):
        b.stream.check()


def test_baresip_against_our_phone(phone, closing, tmp_path):
    wav.write_tone(tmp_path / "t.wav", 900, 20, 16000)
    b = phone(name="b", codecs=("L16/16000",))
    bare = closing(Baresip(tmp_path / "baresip", tmp_path / "t.wav", 16000, "L16/16000/1"))
    bare.command("dial", f"sip:b@127.0.0.1:{b.port}")
    call = b.wait_call()
    call.accept()
    call.stream.tone(1300)
    bare.wait("CALL_ESTABLISHED")
    call.stream.wait_only([900])
    call.stream.listen(1)
    bare.hangup()
    call.wait_bye()
    bare.close()
    pcm, rate = wav.read(bare.recording())
    assert tones.level(pcm[-rate // 2:], 1300, rate) > -17


def test_sipp_against_our_phone(phone, closing, tmp_path):
    b = phone(name="b", codecs=("PCMA",))
    sipp = closing(Sipp(tmp_path, (f"sip:b@127.0.0.1:{b.port}", ("127.0.0.1", b.port)),
                        900, 1.5, codec_name="PCMA"))
    call = b.wait_call()
    call.accept()
    call.stream.wait_only([900])
    call.wait_bye()
    sipp.wait()


def test_linphone_against_our_phone(phone, closing, tmp_path):
    wav.write_tone(tmp_path / "t.wav", 900, 20, 16000)
    b = phone(name="b")
    lin = closing(Linphone(tmp_path / "linphone", tmp_path / "t.wav", free_port()))
    lin.command(f"call sip:b@127.0.0.1:{b.port}")
    call = b.wait_call()
    call.accept()
    call.stream.tone(1300)
    call.stream.wait_only([900])
    call.stream.listen(1.5)
    lin.hangup()
    call.wait_bye()
    lin.close()
    pcm, rate = wav.read(lin.recording())
    assert tones.level(pcm[-rate:-rate // 2], 1300, rate) > -17
