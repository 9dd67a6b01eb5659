"""Who is heard, told in each packet's header: CSRCs (RFC 3550) and their levels
(RFC 6465); and the level that a phone tells of itself (RFC 6464)."""
import time

import pytest

ROOMS = {n: {"join_tone": False, "leave_tone": False} for n in ("1000", "1001")}
LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
CSRC = "urn:ietf:params:rtp-hdrext:csrc-audio-level"
TONES = {"alice": (701, -16.0), "bob": (1103, -22.0)}


def call(phone, server, name, room, extra=(), codec="PCMU"):
    c = phone(name=name, codecs=(codec,)).new(*server.uri(room))
    c.invite(body=c.offer(extra=extra))
    assert c.wait_final().status == 200
    c.stream.start()
    if name in TONES:
        c.stream.tone(*TONES[name])
    return c


def wait_csrcs(stream, want, timeout=20):
    """Waits for a packet that names just these, and returns it."""
    since, end = stream.mark(), time.monotonic() + timeout
    while True:
        stream.wait_packets(1)
        got = next((p for p in stream.packets[since:] if set(p.csrcs) == want), None)
        if got:
            return got
        assert time.monotonic() < end, f"{want} not in {stream.packets[-1]}"


@pytest.mark.parametrize("number", [3, 200])
def test_who_is_heard_and_how_loud(server, phone, number):
    room = "1000" if number == 3 else "1001"
    alice = call(phone, server, "alice", room)
    bob = call(phone, server, "bob", room)
    carol = call(phone, server, "carol", room, [f"a=extmap:{number} {CSRC}"])
    assert f"a=extmap:{number}/sendonly {CSRC}" in carol.sdp.text
    a, b = alice.stream.ssrc, bob.stream.ssrc

    carol.stream.wait_only([f for f, _ in TONES.values()])
    p = wait_csrcs(carol.stream, {a, b})
    level = dict(zip(p.csrcs, p.ext[number]))
    # a tone of -16 dB of full scale is -19 dBov (RFC 6464: a square wave is 0)
    assert abs(level[a] - 19) <= 1 and abs(level[b] - 25) <= 1, level
    bob.stream.tone(None)
    p = wait_csrcs(carol.stream, {a})
    assert len(p.ext[number]) == 1
    alice.stream.tone(None)
    p = wait_csrcs(carol.stream, set())
    assert p.ext == {}
    # who has not asked gets plain headers
    assert all(p.csrcs == () and p.ext == {} for p in alice.stream.packets)
    carol.stream.check()


def test_csrcs_for_everybody(new_server, phone):
    server = new_server(ROOMS, {"media.csrc": "yes"})
    alice = call(phone, server, "alice", "1000")
    bob = call(phone, server, "bob", "1000")
    p = wait_csrcs(alice.stream, {bob.stream.ssrc})
    assert p.ext == {}
    wait_csrcs(bob.stream, {alice.stream.ssrc})


def test_csrcs_for_nobody(new_server, phone):
    server = new_server(ROOMS, {"media.csrc": "no"})
    call(phone, server, "alice", "1000")
    bob = call(phone, server, "bob", "1000", [f"a=extmap:1 {CSRC}"])
    assert "extmap" not in bob.sdp.text
    bob.stream.wait_only([TONES["alice"][0]])
    assert all(p.csrcs == () for p in bob.stream.packets)


@pytest.mark.parametrize("codec", ["PCMU", "L16/16000"])
def test_a_phone_that_tells_its_level_is_heard_as_ever(server, phone, codec):
    alice = call(phone, server, "alice", "1000", [f"a=extmap:5 {LEVEL} vad=on"], codec)
    assert f"a=extmap:5/recvonly {LEVEL}" in alice.sdp.text
    alice.stream.level_id = 5
    carol = call(phone, server, "carol", "1000", [f"a=extmap:1/recvonly {CSRC}"])
    carol.stream.wait_only([TONES["alice"][0]])
    wait_csrcs(carol.stream, {alice.stream.ssrc})


def test_extensions_of_a_held_call_end_with_its_offer(server, phone):
    """A re-INVITE that no longer has them ends them, one that has them again
    begins them anew."""
    alice = call(phone, server, "alice", "1000")
    carol = call(phone, server, "carol", "1000", [f"a=extmap:1 {CSRC}"])
    wait_csrcs(carol.stream, {alice.stream.ssrc})
    assert carol.reinvite().status == 200
    assert "extmap" not in carol.sdp.text
    since = wait_csrcs(carol.stream, set()).at
    carol.stream.wait_packets(50)
    assert all(p.csrcs == () for p in carol.stream.packets if p.at > since)
    assert carol.reinvite(extra=[f"a=extmap:2 {CSRC}"]).status == 200
    assert 2 in wait_csrcs(carol.stream, {alice.stream.ssrc}).ext
