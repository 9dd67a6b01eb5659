"""What one person alone says reaches the others as he sent it, byte for byte."""
import numpy as np
import pytest

ROOMS = {n: {"join_tone": False, "leave_tone": False} for n in ("1000", "1001", "1002")}
OPTIONS = {"media.agc": "no", "media.workers": 1}
PACKET = 160


def call(phone, server, name, room, codec):
    c = phone(name=name, codecs=(codec,)).new(*server.uri(room))
    c.invite(body=c.offer())
    assert c.wait_final().status == 200
    c.stream.start()
    return c


def is_silent(packet, codec):
    """Zeros have two codes in PCMU, and none in PCMA."""
    return np.abs(codec.decode(packet.payload)).max() <= 8


def wait_silence(stream, codec):
    """Until the last prompt has been played, and a second more."""
    for _ in range(20):
        since = stream.wait_packets(50)
        if all(is_silent(p, codec) for p in stream.packets[since:]):
            return
    raise AssertionError("somebody speaks")


def words():
    """Noise of 0.7 s, each packet of it another one, and 0.3 s of nothing."""
    pcm = np.random.default_rng(7).normal(0, 2000, 50 * PACKET)
    pcm[35 * PACKET:] = 0
    return np.round(pcm).astype(np.int16)


def share_as_sent(stream, codec, pcm, since):
    """Of the packets with sound, those that are just as one that was sent."""
    sent = {codec.encode(pcm[i:i + PACKET]) for i in range(0, len(pcm), PACKET)}
    heard = [p.payload for p in stream.packets[since:]
             if not is_silent(p, stream.codec)]
    assert len(heard) > 100
    return sum(p in sent for p in heard) / len(heard)


@pytest.mark.parametrize("name,room", [("PCMU", "1000"), ("PCMA", "1001")])
def test_one_voice_is_passed_on(server, phone, name, room):
    alice = call(phone, server, "alice", room, name)
    bob = call(phone, server, "bob", room, name)
    carol = call(phone, server, "carol", room, name)
    pcm = words()
    wait_silence(bob.stream, bob.stream.codec)
    alice.stream.say(pcm)
    since = bob.stream.mark()
    bob.stream.wait_packets(400, timeout=30)
    for c in (bob, carol):
        # some of it may have been concealed, on a machine that lets us wait
        assert share_as_sent(c.stream, alice.stream.codec, pcm, since) > 0.7


def test_other_codecs_hear_him_too(server, phone):
    """Who takes another codec gets it encoded: nothing is the same."""
    alice = call(phone, server, "alice", "1002", "PCMU")
    bob = call(phone, server, "bob", "1002", "PCMA")
    pcm = words()
    alice.stream.say(pcm)
    since = bob.stream.mark()
    bob.stream.wait_packets(300, timeout=30)
    assert share_as_sent(bob.stream, alice.stream.codec, pcm, since) == 0
