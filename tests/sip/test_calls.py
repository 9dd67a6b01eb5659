"""Calls as they should go, and refusals as the RFCs want them."""
import re
import time

import pytest

from sipx import SDP, Call, Peer, Server, free_port


def test_call_on_every_way(way):
    server, p, proto = way
    c = Call(p, "ring")
    c.send("INVITE", body=SDP)
    msg = p.recv()
    assert msg.status == 180 and msg.to_tag
    msg = c.final()
    assert msg.status == 200
    assert msg.get("content-type") == "application/sdp"
    assert msg.body.startswith(b"v=0")
    host = "[::1]" if ":" in server.host else server.host
    assert f"sip:{host}:{server.port}" in msg.get("contact")
    assert ("transport=tcp" in msg.get("contact")) == (proto == "tcp")
    assert "date" not in msg.headers
    c.learn(msg)
    c.ack()
    line = server.expect("^invite 1 ")
    assert f"transport={proto}" in line
    assert f"local={host}:{server.port}" in line
    assert f"source={host}:{p.port}" in line
    server.expect("^confirmed 1")
    c.bye()
    server.expect("^end 1 0 BYE")
    assert server.counters()["sessions"] == 0


def test_bye_of_ours_on_every_way(way):
    server, p, _ = way
    c = Call(p, "bye")
    c.setup()
    bye = p.recv()
    assert bye.method == "BYE"
    assert bye.start.split()[1] == c.contact.strip("<>")
    assert 'Q.850;cause=16;text="Normal call clearing"' in bye.get("reason")
    assert bye.to_tag == c.tag
    server.expect("^end 1 5 ")
    assert server.counters()["sessions"] == 1       # until it is answered
    c.answer(bye, 200)
    server.wait_empty()


def test_options(server, peer):
    msg = Call(peer).ask("OPTIONS")
    assert msg.status == 200
    for method in "INVITE ACK CANCEL BYE OPTIONS PRACK UPDATE INFO".split():
        assert method in re.split(r",\s*", msg.get("allow"))
    assert "application/sdp" in msg.get("accept")
    assert "timer" in msg.get("supported")
    assert msg.to_tag


def set_busy(server, peer, seconds):
    """Tells the server, and waits until it has understood."""
    server.tell(f"busy {seconds}")
    end = time.monotonic() + 10
    while Call(peer).ask("OPTIONS").status != (503 if seconds else 200):
        assert time.monotonic() < end


def test_options_says_when_busy(server, peer):
    set_busy(server, peer, 12)
    try:
        msg = Call(peer).ask("OPTIONS")
        assert msg.status == 503 and msg.get("retry-after") == "12"
        msg = Call(peer).ask("INVITE", body=SDP)
        assert msg.status == 503 and msg.get("retry-after") == "12"
    finally:
        set_busy(server, peer, 0)
    assert Call(peer).ask("OPTIONS").status == 200


def test_running_calls_go_on_when_busy(server, peer):
    c = Call(peer)
    c.setup()
    set_busy(server, peer, 12)
    try:
        assert c.ask("INVITE", body=SDP).status == 200
        c.ack()
        c.bye()
    finally:
        set_busy(server, peer, 0)


def test_what_was_dialled_is_unescaped(server, peer):
    uri = f"sip:%31000%2A%C3%A4@{peer.target};pin=12%334;x=y"
    c = Call(peer, uri=uri)
    c.from_name = '"An\\"n \x1b[2J" '
    assert c.ask("INVITE", body=SDP).status in (404, 400)
    c = Call(peer, uri=uri)
    c.from_name = '"An\\"n" '
    msg = c.ask("INVITE", body=SDP)
    c.ack_refusal(msg)
    assert msg.status == 404
    line = server.expect('name=An"n ')
    assert "user=1000*\u00e4 pin=1234 " in line


@pytest.mark.parametrize("user,status", [("%00", 400), ("%ff", 400),
                                         ("x" * 200, 414)])
def test_user_parts_that_make_no_sense(server, peer, user, status):
    msg = Call(peer, uri=f"sip:{user}@{peer.target}").ask("INVITE", body=SDP)
    assert msg.status == status


def test_cancel(server, peer):
    c = Call(peer, "wait")
    c.send("INVITE", body=SDP)
    assert peer.recv().status == 180
    c.send("CANCEL", branch=c.branch)
    got = {(m.status, m.cseq) for m in (c.final(), c.final())}
    assert got == {(200, "1 CANCEL"), (487, "1 INVITE")}
    server.expect("^end .* 1 CANCEL")
    assert server.counters()["sessions"] == 0


def test_cancel_after_the_answer_is_too_late(server, peer):
    c = Call(peer)
    msg = c.ask("INVITE", body=SDP)
    branch = c.branch
    c.learn(msg)
    c.ack()
    c.send("CANCEL", branch=branch, totag="")
    assert c.final().status == 481
    c.bye()


def test_cancel_of_nothing(server, peer):
    assert Call(peer).ask("CANCEL", seq=1).status == 481


@pytest.mark.parametrize("user,status,warning", [
    ("busy", 486, ""), ("no", 488, "304 confab"), ("six", 606, "305 confab"),
    ("unheard-of", 404, ""), ("endnow", 480, "")])
def test_refusals(server, peer, user, status, warning):
    c = Call(peer, user)
    msg = c.ask("INVITE", body=SDP)
    assert msg.status == status and msg.to_tag
    assert warning in msg.get("warning")
    if user == "six":
        assert msg.get("retry-after") == "7"
    if user == "endnow":
        assert "cause=34" in msg.get("reason")
    c.ack_refusal(msg)
    assert peer.recv(0.7) is None       # the ACK was taken
    assert server.counters()["sessions"] == 0


def test_rate_of_new_calls():
    server = Server("rate=5")
    p = Peer(server)
    got = []
    for _ in range(20):
        c = Call(p, "busy")
        c.send("INVITE", body=SDP)
    while True:
        msg = p.recv(0.3)
        if not msg:
            break
        got.append(msg.status)
    assert got.count(486) >= 5
    assert got.count(503) >= 5
    assert len([s for s in got if s == 503]) <= 6   # the rest has no answer
    assert server.counters()["sip_overload"] == 15
    text = server.stop()
    assert text.count("too many calls") == 1        # a line a second
    p.close()


def test_advertised_address_is_not_for_private_peers():
    server = Server("advertise=203.0.113.9")
    p = Peer(server)
    msg = Call(p).ask("INVITE", body=SDP)
    assert f"127.0.0.1:{server.port}" in msg.get("contact")
    server.stop()


def test_port_in_use_is_one_sentence():
    server = Server()
    for host in ("127.0.0.1",):
        second = Server(port=server.port, wait=False)
        second.proc.wait(20)
        err = second.stop(1)
        last = err.strip().splitlines()[-1]
        assert last == (f"cannot listen on udp {host}:{server.port}: "
                        "Address already in use")
    server.stop()


def test_any_address_listens_on_each():
    port = free_port("0.0.0.0")
    server = Server(host="0.0.0.0", port=port)
    server.host = "127.0.0.1"
    p = Peer(server)
    c = Call(p)
    msg = c.setup()
    assert f"sip:127.0.0.1:{port}" in msg.get("contact")
    c.bye()
    p.close()
    server.stop()


def test_bye_with_nobody_left_is_given_up():
    """sip_free() with calls up and a BYE unanswered: nothing leaks."""
    server = Server()
    p = Peer(server)
    Call(p).setup()
    Call(p, "wait").send("INVITE", body=SDP)
    Call(p, "byenow").ask("INVITE", body=SDP)
    c = Call(p, "slow")
    c.setup()
    c.send("INVITE", body=SDP)
    c = Call(p, "earlywait")
    c.send("INVITE", "Require: 100rel", body=SDP)
    server.expect("^progress")
    p.close()
    server.stop()
