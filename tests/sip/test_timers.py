"""What happens when nobody answers: session timers, repetitions, patience."""
import time

import pytest

from sipx import SDP, Call, Peer, Server


def test_session_timer_too_small(server, peer):
    msg = Call(peer).ask("INVITE", "Session-Expires: 30", "Supported: timer",
                         body=SDP)
    assert msg.status == 422 and msg.get("min-se") == "90"
    # who does not know the timer is not told
    c = Call(peer)
    msg = c.ask("INVITE", "Session-Expires: 30", body=SDP)
    assert msg.status == 200 and not msg.get("session-expires")
    c.learn(msg)
    c.ack()
    msg = c.ask("UPDATE", "Session-Expires: 89", "Supported: timer")
    assert msg.status == 422
    c.bye()


@pytest.mark.parametrize("headers,want", [
    (["Supported: timer"], "1800;refresher=uac"),
    (["Supported: timer", "Session-Expires: 600"], "600;refresher=uac"),
    (["Supported: timer", "Session-Expires: 600;refresher=uas"],
     "600;refresher=uas"),
    (["Supported: timer", "Session-Expires: 4000;refresher=uac"],
     "1800;refresher=uac"),
    (["Supported: timer", "Session-Expires: 4000", "Min-SE: 3000"],
     "3000;refresher=uac"),
    ([], "")])
def test_session_timer_terms(server, peer, headers, want):
    c = Call(peer)
    msg = c.setup(*headers)
    assert msg.get("session-expires") == want
    assert ("timer" in msg.get("require")) == want.endswith("uac")
    c.bye()


@pytest.fixture
def hasty():
    server = Server("minse=2", "se=4")
    p = Peer(server)
    yield server, p
    p.close()
    server.stop()


def test_session_that_is_not_refreshed_expires(hasty):
    server, p = hasty
    c = Call(p)
    c.setup("Supported: timer", "Session-Expires: 3;refresher=uac")
    begun = time.monotonic()
    bye = p.recv(4)
    assert bye.method == "BYE" and "cause=408" in bye.get("reason")
    assert 1.5 < time.monotonic() - begun < 3
    c.answer(bye, 200)
    server.expect("^end 1 3 ")


def test_session_that_is_refreshed_goes_on(hasty):
    server, p = hasty
    c = Call(p)
    c.setup("Supported: timer", "Session-Expires: 3;refresher=uac")
    for _ in range(3):
        assert p.recv(1.2) is None
        assert c.ask("UPDATE", "Supported: timer",
                     "Session-Expires: 3;refresher=uac").status == 200
    c.bye()


def test_refresh_of_ours_by_update(hasty):
    server, p = hasty
    c = Call(p)
    c.setup("Supported: timer", "Session-Expires: 4;refresher=uas",
            "Allow: INVITE, ACK, BYE, UPDATE")
    for _ in range(2):
        req = p.recv(3)
        assert req.method == "UPDATE" and not req.body
        assert req.get("session-expires") == "4;refresher=uac"
        c.answer(req, 200, "Session-Expires: 4;refresher=uac")
    c.bye()


def test_refresh_of_ours_by_reinvite(hasty):
    server, p = hasty
    c = Call(p)
    first = c.setup("Supported: timer", "Session-Expires: 4;refresher=uas")
    req = p.recv(3)
    assert req.method == "INVITE" and req.body == first.body
    c.answer(req, 200, "Session-Expires: 4;refresher=uac",
             f"Contact: {c.contact}", body=SDP)
    assert p.recv().method == "ACK"
    server.expect("^answer")
    c.bye()


def test_refresh_falls_back_to_reinvite(hasty):
    server, p = hasty
    c = Call(p)
    c.setup("Supported: timer", "Session-Expires: 4;refresher=uas",
            "Allow: INVITE, ACK, BYE, UPDATE")
    req = p.recv(3)
    assert req.method == "UPDATE"
    c.answer(req, 405)
    req = p.recv(1)
    assert req.method == "INVITE"
    c.answer(req, 200, f"Contact: {c.contact}", body=SDP)
    assert p.recv().method == "ACK"
    c.bye()


def test_peer_without_timer_is_asked_whether_it_is_there(hasty):
    server, p = hasty
    c = Call(p)
    assert not c.setup().get("session-expires")
    for status in (488, 200, 481):
        req = p.recv(3)
        assert req.method == "INVITE" and not req.get("session-expires")
        if status == 200:
            c.answer(req, 200, f"Contact: {c.contact}", body=SDP)
        else:
            c.answer(req, status)
        assert p.recv().method == "ACK"
    server.expect("^end 1 3 ")


def test_refresh_to_nowhere_ends(hasty):
    server, p = hasty
    c = Call(p)
    c.setup("Supported: timer", "Session-Expires: 4;refresher=uas",
            "Allow: INVITE, ACK, BYE, UPDATE")
    req = p.recv(3)
    c.answer(req, 481)
    server.expect("^end 1 3 ")


def test_200_is_repeated_until_the_ack():
    server = Server()
    p = Peer(server)
    c = Call(p)
    begun = time.monotonic()
    c.send("INVITE", body=SDP)
    at = []
    while time.monotonic() - begun < 4:
        msg = p.recv(0.2)
        if msg:
            assert msg.status == 200
            c.learn(msg)
            at.append(time.monotonic() - begun)
    # T1, 2 T1, 4 T1 apart
    assert len(at) == 4 and abs(at[1] - 0.5) < 0.3 and abs(at[2] - 1.5) < 0.5
    c.ack()
    server.expect("^confirmed", 5)
    assert p.recv(5) is None
    c.bye()
    server.stop()


@pytest.fixture(scope="module", autouse=True)
def patience():
    """Two calls that wait for what does not come, begun before all else: SIP
    gives up after 64 * T1 = 32 s."""
    server = Server()
    p, q = Peer(server), Peer(server)
    c = Call(p)
    c.learn(c.ask("INVITE", body=SDP))
    d = Call(q, "earlywait")
    d.send("INVITE", "Require: 100rel", body=SDP)
    yield server, p, c, d
    server.stop()
    p.close()
    q.close()


def test_no_ack_and_no_prack_end_the_call(patience):
    server, p, c, d = patience
    server.expect("^end 1 2 no ACK", 40)
    server.expect("^end 2 4 no PRACK", 5)
    msg = p.recv(1)
    while msg.status:
        msg = p.recv(1)
    assert msg.method == "BYE" and "No ACK" in msg.get("reason")
    c.answer(msg, 200)
    assert d.final().status == 504
    server.wait_empty()
