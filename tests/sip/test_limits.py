"""How much one call, and one source, may ask of us."""
import time

import pytest

from sipx import SDP, Call, Peer, Server

RATE, UNACKED = 5, 4


@pytest.fixture
def limited():
    s = Server(f"pace={RATE}", f"unacked={UNACKED}")
    yield s
    s.stop()


def test_requests_within_a_call_have_a_rate(limited):
    """Two seconds' worth is answered at once, then 500 with Retry-After, and after a
    while all is well; ten seconds' worth of those, and the call is over."""
    peer = Peer(limited)
    call = Call(peer)
    call.setup()
    limited.expect("^confirmed")
    got = [call.ask("OPTIONS") for _ in range(3 * RATE)]
    assert [m.status for m in got[:2 * RATE]] == [200] * 2 * RATE
    assert got[-1].status == 500 and int(got[-1].get("retry-after").split()[0]) >= 0
    time.sleep(1.1)
    assert call.ask("INVITE", body=SDP).status == 200
    call.ack()
    assert call.ask("OPTIONS").status == 200

    for _ in range(20 * RATE):
        call.send("OPTIONS")
    limited.expect("^end .*too many requests")
    while peer.recv(0.3):
        pass
    assert call.ask("OPTIONS").status == 481
    assert limited.counters()["sip_flood"] > 10 * RATE
    other = Call(peer)              # his next call is a call like any other
    other.setup()
    assert other.ask("OPTIONS").status == 200
    other.bye()
    peer.close()


def test_a_call_over_its_rate_can_still_end(limited):
    peer = Peer(limited)
    call = Call(peer)
    call.setup()
    for _ in range(4 * RATE):
        call.ask("OPTIONS")
    call.bye()
    limited.expect("^end .*BYE")
    peer.close()


def test_without_a_rate_any_number_is_answered():
    server = Server()
    peer = Peer(server)
    call = Call(peer)
    call.setup()
    assert all(call.ask("OPTIONS").status == 200 for _ in range(100))
    call.bye()
    peer.close()
    server.stop()


def test_calls_that_lack_their_ack_are_few(limited):
    """Those of one source that are late; when they have got it, or are gone, new
    calls of his are taken again."""
    peer = Peer(limited)
    calls = [Call(peer) for _ in range(UNACKED)]
    for call in calls:
        call.learn(call.ask("INVITE", body=SDP))
    extra = Call(peer)              # they are not late yet
    extra.setup()
    extra.bye()
    time.sleep(2.2)
    late = Call(peer)
    msg = late.ask("INVITE", body=SDP)
    assert msg.status == 503 and int(msg.get("retry-after").split()[0]) > 0
    late.ack_refusal(msg)
    for call in calls:
        call.ack()
    for _ in range(len(calls)):
        limited.expect("^confirmed")
    late = Call(peer)
    late.setup()
    for call in [*calls, late]:
        call.bye()
    assert limited.counters()["sip_unacked"] == 1
    peer.close()
