"""Calls as they should go, and refusals as the RFCs want them."""
import re
import time

import pytest

from sipx import SDP, Call, Peer, Server, free_port


@pytest.fixture(scope="module")
def shared():
    server = Server("minse=90", "se=1800")
    yield server
    server.stop()


@pytest.fixture
def server(shared):
    shared.poll()
    shared.lines.clear()
    return shared


@pytest.fixture
def peer(server):
    p = Peer(server)
    yield p
    p.close()


@pytest.fixture(params=["127.0.0.1/udp", "127.0.0.1/tcp", "::1/udp", "::1/tcp"])
def way(request):
    """A server and a peer for each transport and family."""
    host, proto = request.param.split("/")
    server = Server(host=host)
    p = Peer(server, proto)
    yield server, p, proto
    p.close()
    server.stop()


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
    time.sleep(0.1)
    assert server.counters()["sessions"] == 0


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


def test_delayed_offer(server, peer):
    c = Call(peer)
    msg = c.ask("INVITE")
    assert msg.status == 200 and msg.body.startswith(b"v=0")
    c.learn(msg)
    c.ack(body=SDP)
    n = server.expect("^answer ").split()
    assert n[2] == str(len(SDP))
    server.expect("^confirmed")
    c.bye()


def test_delayed_offer_without_answer_ends(server, peer):
    c = Call(peer)
    c.learn(c.ask("INVITE"))
    c.ack()
    bye = peer.recv()
    assert bye.method == "BYE" and "cause=400" in bye.get("reason")
    c.answer(bye, 200)
    server.expect("^end .* 2 no answer in ACK")


def test_reinvite(server, peer):
    c = Call(peer)
    c.setup()
    msg = c.ask("INVITE", body=SDP)
    assert msg.status == 200 and b"o=- 1 2 " in msg.body
    c.ack()
    server.expect("^reoffer ")
    # one without an offer: we make it
    msg = c.ask("INVITE")
    assert msg.status == 200 and b"o=- 1 3 " in msg.body
    c.ack(body=SDP)
    server.expect("^answer ")
    # and one without Contact
    assert c.ask("INVITE", body=SDP, contact=False).status == 200
    c.ack()
    c.bye()
    server.expect("^end .* 0 BYE")


def test_reinvite_refused_changes_nothing(server, peer):
    c = Call(peer, "norefer")
    c.setup()
    msg = c.ask("INVITE", body=SDP)
    assert msg.status == 488 and "304" in msg.get("warning")
    c.ack_refusal(msg)
    assert c.ask("UPDATE", body=SDP).status == 488
    assert c.ask("OPTIONS").status == 200
    c.bye()


def test_reinvite_before_the_ack_is_for_later(server, peer):
    c = Call(peer)
    c.learn(c.ask("INVITE", body=SDP))
    msg = c.ask("INVITE", body=SDP)
    assert msg.status == 491
    c.ack_refusal(msg)
    c.ack(seq=1)
    c.bye()


def test_second_reinvite_before_the_first_is_answered(server, peer):
    c = Call(peer, "slow")
    c.setup()
    c.send("INVITE", body=SDP)
    first = c.seq
    msg = c.ask("INVITE", body=SDP)
    assert msg.status == 500 and 0 <= int(msg.get("retry-after")) <= 10
    c.ack_refusal(msg)
    msg = c.final()
    assert msg.status == 200 and msg.cseq == f"{first} INVITE"
    c.ack(seq=first)
    c.bye()


def test_reinvite_cancelled_leaves_the_call(server, peer):
    c = Call(peer, "slow")
    c.setup()
    c.send("INVITE", body=SDP)
    server.expect("^reoffer")
    c.send("CANCEL", branch=c.branch)
    got = [c.final(), c.final()]
    assert {m.status for m in got} == {200, 487}
    c.ack_refusal(got[0])
    server.expect("^accept .* -2")      # the owner's answer came too late
    assert c.ask("INVITE", body=SDP, timeout=2).status == 200
    c.ack()
    c.bye()


def test_update(server, peer):
    c = Call(peer)
    c.setup()
    msg = c.ask("UPDATE", body=SDP)
    assert msg.status == 200 and msg.body.startswith(b"v=0")
    server.expect("^reoffer")
    msg = c.ask("UPDATE")
    assert msg.status == 200 and not msg.body
    c.bye()


def test_update_glare(server, peer):
    c = Call(peer, "slow")
    c.setup()
    c.send("UPDATE", body=SDP)
    msg = c.ask("UPDATE", body=SDP)
    assert msg.status == 500 and 0 <= int(msg.get("retry-after")) <= 10
    msg = c.ask("INVITE", body=SDP)
    assert msg.status == 500
    c.ack_refusal(msg)
    assert c.final().status == 200
    c.bye()


def test_update_before_the_first_answer(server, peer):
    c = Call(peer, "wait")
    c.send("INVITE", body=SDP)
    c.learn(peer.recv())
    msg = c.ask("UPDATE", body=SDP)
    assert msg.status == 500 and msg.get("retry-after")
    assert c.ask("UPDATE").status == 200
    c.send("CANCEL", seq=1, totag="")


def prack(c, msg, **kw):
    return c.ask("PRACK", f"RAck: {msg.get('rseq')} 1 INVITE", **kw)


def test_early_media_with_prack_and_update(server, peer):
    c = Call(peer, "earlywait")
    c.send("INVITE", "Require: 100rel", body=SDP)
    msg = peer.recv()
    assert msg.status == 183 and msg.body and msg.get("require") == "100rel"
    again = peer.recv(1.0)              # until PRACK
    assert again and again.get("rseq") == msg.get("rseq")
    c.learn(msg)
    wrong = c.ask("PRACK", "RAck: 1 1 INVITE")
    assert wrong.status == 481
    assert prack(c, msg).status == 200
    assert peer.recv(1.2) is None
    # now offer and answer are done, and UPDATE may begin again
    msg = c.ask("UPDATE", body=SDP)
    assert msg.status == 200 and msg.body
    c.send("CANCEL", seq=1, totag="")


def test_early_media_then_answer(server, peer):
    c = Call(peer, "early")
    c.send("INVITE", "Require: 100rel", body=SDP)
    msg = peer.recv()
    c.learn(msg)
    assert prack(c, msg).status == 200
    msg = c.final()
    assert msg.status == 200 and not msg.body   # it has been said
    c.ack(seq=1)
    server.expect("^confirmed")
    c.bye()


def test_answer_waits_for_prack(server, peer):
    c = Call(peer, "early")
    c.send("INVITE", "Require: 100rel", body=SDP)
    msg = peer.recv()
    c.learn(msg)
    time.sleep(0.4)                     # it has accepted meanwhile
    assert prack(c, msg).cseq.endswith("PRACK")
    final = c.final()
    assert final.status == 200 and final.cseq == "1 INVITE"
    c.ack(seq=1)
    c.bye()


def test_offer_in_183_answer_in_prack(server, peer):
    c = Call(peer, "early")
    c.send("INVITE", "Require: 100rel")
    msg = peer.recv()
    assert msg.status == 183 and msg.body
    c.learn(msg)
    assert prack(c, msg, body=SDP).status == 200
    server.expect("^answer")
    msg = c.final()
    assert msg.status == 200 and not msg.body
    c.ack(seq=1)
    server.expect("^confirmed")
    c.bye()


def test_offer_in_prack(server, peer):
    c = Call(peer, "earlywait")
    c.send("INVITE", "Require: 100rel", body=SDP)
    msg = peer.recv()
    c.learn(msg)
    msg = prack(c, msg, body=SDP)
    assert msg.status == 200 and b"o=- 1 2 " in msg.body
    c.send("CANCEL", seq=1, totag="")


def test_early_media_without_100rel(server, peer):
    c = Call(peer, "early")
    c.send("INVITE", "Supported: 100rel", body=SDP)
    msg = peer.recv()
    assert msg.status == 183 and msg.body and not msg.get("rseq")
    msg = c.final()
    assert msg.status == 200 and msg.body
    c.learn(msg)
    c.ack()
    c.bye()


def test_no_offer_in_an_unreliable_183(server, peer):
    c = Call(peer, "early")
    c.send("INVITE")
    server.expect(r"^progress \d+ -71")
    c.learn(c.final())
    c.ack(body=SDP)
    c.bye()


def test_info(server, peer):
    c = Call(peer)
    c.setup()
    assert c.ask("INFO", body="Signal=5\r\nDuration=160\r\n",
                 ctype="application/dtmf-relay").status == 200
    server.expect("^info .* application/dtmf-relay 24")
    msg = c.ask("INFO", body="x", ctype="text/plain")
    assert msg.status == 415 and "application/dtmf" in msg.get("accept")
    assert c.ask("INFO").status == 200
    msg = c.ask("INFO", "Info-Package: foo", body="x", ctype="a/b")
    assert msg.status == 469 and "recv-info" in msg.headers
    c.bye()


@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE", "REGISTER", "REFER",
                                    "PUBLISH"])
def test_methods_not_allowed(server, peer, method):
    before = server.counters()["sip_method"]
    more = ["Event: x"] if method in ("SUBSCRIBE", "PUBLISH") else []
    if method in ("SUBSCRIBE", "REFER"):
        more += ["Contact: <sip:a@127.0.0.1>"]
    if method == "REFER":
        more += ["Refer-To: <sip:b@127.0.0.1>"]
    msg = Call(peer).ask(method, *more)
    assert msg.status == 405 and "INVITE" in msg.get("allow")
    assert server.counters()["sip_method"] == before + 1
    c = Call(peer)
    c.setup()
    msg = c.ask(method, *more)
    assert msg.status == 405 and "INVITE" in msg.get("allow")
    c.bye()


def test_method_unknown(server, peer):
    msg = Call(peer).ask("FROBNICATE")
    assert msg.status == 501 and "INVITE" in msg.get("allow")
    c = Call(peer)
    c.setup()
    assert c.ask("FROBNICATE").status == 501
    c.bye()


@pytest.mark.parametrize("method", ["BYE", "INFO", "UPDATE", "PRACK", "NOTIFY",
                                    "INVITE", "OPTIONS"])
def test_no_such_dialog(server, peer, method):
    c = Call(peer)
    c.to_tag = "nobody"
    more = {"NOTIFY": ["Event: x", "Subscription-State: active"],
            "PRACK": ["RAck: 1 1 INVITE"]}.get(method, [])
    assert c.ask(method, *more).status == 481


def test_extension_unknown(server, peer):
    c = Call(peer)
    msg = c.ask("INVITE", "Require: 100rel, foo, bar", body=SDP)
    assert msg.status == 420
    assert set(re.split(r",\s*", msg.get("unsupported"))) == {"foo", "bar"}
    assert Call(peer).ask("OPTIONS", "Require: foo").status == 420
    c = Call(peer)
    c.setup()
    assert c.ask("UPDATE", "Require: foo").status == 420
    c.bye()


@pytest.mark.parametrize("ctype,headers", [
    ("text/plain", []), ("application/sdp", ["Content-Encoding: gzip"]),
    ("multipart/mixed", [])])
def test_body_of_another_type(server, peer, ctype, headers):
    msg = Call(peer).ask("INVITE", *headers, body="v=0\r\n", ctype=ctype)
    assert msg.status == 415
    assert "application/sdp" in msg.get("accept")
    assert msg.get("accept-encoding") == "identity"


def test_sdp_in_multipart(server, peer):
    body = (f"--x\r\nContent-Type: application/isup\r\n\r\nabc\r\n--x\r\n"
            f"Content-Type: application/sdp\r\n\r\n{SDP}\r\n--x--\r\n")
    c = Call(peer)
    msg = c.ask("INVITE", body=body, ctype="multipart/mixed;boundary=x")
    assert msg.status == 200
    assert f"offer={len(SDP)} " in server.expect("^invite")
    c.learn(msg)
    c.ack()
    c.bye()


def test_max_forwards_zero(server, peer):
    c = Call(peer)
    text = c.request("INVITE", body=SDP).replace("Forwards: 70", "Forwards: 0")
    peer.send(text)
    assert c.final().status == 483


def test_merged_request(server, peer):
    c = Call(peer)
    first = c.ask("INVITE", body=SDP)
    assert first.status == 200
    msg = c.ask("INVITE", body=SDP, seq=1)
    assert msg.status == 482
    c.learn(first)
    c.ack()
    c.bye()


def test_invite_again_after_the_end_is_a_new_call(server, peer):
    c = Call(peer)
    c.setup()
    tag = c.to_tag
    c.bye()
    c.to_tag, c.target = "", c.uri
    msg = c.ask("INVITE", body=SDP)
    assert msg.status == 200 and msg.to_tag != tag
    c.learn(msg)
    c.ack()
    c.bye()


def test_retransmissions_get_the_same_answer(server, peer):
    c = Call(peer)
    text = c.send("OPTIONS")
    first = c.final()
    peer.send(text)
    assert c.final().to_tag == first.to_tag
    c = Call(peer, "busy")
    text = c.send("INVITE", body=SDP)
    first = c.final()
    peer.send(text)
    again = c.final()
    assert (again.status, again.to_tag) == (486, first.to_tag)
    c.ack_refusal(first)


def test_old_cseq_is_out_of_order(server, peer):
    c = Call(peer)
    c.setup()
    c.ask("INFO")
    assert c.ask("INFO", seq=1).status == 500
    c.bye()


def test_requests_follow_the_flow_not_the_contact(server, peer):
    """The Contact names a host that does not exist: we never look."""
    c = Call(peer, "bye")
    c.contact = "<sip:me@does-not-exist.invalid:9>"
    c.setup()
    bye = peer.recv()
    assert bye.method == "BYE"
    assert "does-not-exist.invalid" in bye.start
    c.answer(bye, 200)


def test_flow_moves_with_accepted_requests(server, peer):
    c = Call(peer)
    c.setup()
    moved = Peer(server)
    c.peer = moved
    assert c.ask("INFO").status == 200
    server.tell("hangup")
    bye = moved.recv()
    assert bye.method == "BYE"
    c.answer(bye, 200)
    moved.close()


def test_peer_without_rport_listens_on_its_via(server, peer):
    """Such as gateways that send from another port than they listen on."""
    sender = Peer(server)
    c = Call(peer, "bye")
    for send in ("INVITE", "ACK"):
        text = c.request(send, body=SDP if send == "INVITE" else "")
        sender.send(text.replace(";rport", ""))
        if send == "INVITE":
            msg = c.final()
            assert msg.status == 200
            c.learn(msg)
    bye = peer.recv()
    assert bye and bye.method == "BYE"
    c.answer(bye, 200)
    sender.close()


def test_record_route_is_followed(server, peer):
    c = Call(peer, "bye")
    rr = [f"Record-Route: <sip:p2@{peer.host}:{peer.port};lr>",
          f"Record-Route: <sip:p1@{peer.host}:{peer.port};lr>"]
    msg = c.ask("INVITE", *rr, body=SDP)
    assert "p2@" in msg.get("record-route") and "p1@" in msg.get("record-route")
    c.learn(msg)
    c.ack()
    bye = peer.recv()
    assert bye.method == "BYE"
    routes = re.findall(r"p\d", bye.get("route"))
    assert routes == ["p2", "p1"]
    c.answer(bye, 200)


def test_target_moves_with_a_new_contact(server, peer):
    c = Call(peer)
    c.setup()
    c.contact = f"<sip:elsewhere@{peer.host}:{peer.port}>"
    assert c.ask("INVITE", body=SDP).status == 200
    c.ack()
    server.tell("hangup")
    bye = peer.recv()
    assert bye.start.startswith("BYE sip:elsewhere@")
    c.answer(bye, 200)


def test_offer_of_ours(server, peer):
    c = Call(peer, "offer")
    c.setup()
    req = peer.recv()
    assert req.method == "INVITE" and req.body.startswith(b"v=0")
    assert req.to_tag == c.tag
    assert "100rel" not in req.get("supported")     # we send no PRACK
    c.answer(req, 200, f"Contact: {c.contact}", body=SDP)
    ack = peer.recv()
    assert ack.method == "ACK" and ack.cseq.split()[0] == req.cseq.split()[0]
    server.expect("^answer ")
    # a 2xx again is acknowledged again
    c.answer(req, 200, f"Contact: {c.contact}", body=SDP)
    assert peer.recv().method == "ACK"
    c.bye()


def test_offer_of_ours_refused(server, peer):
    c = Call(peer, "offer")
    c.setup()
    req = peer.recv()
    c.answer(req, 488)
    assert peer.recv().method == "ACK"
    server.expect("^refused .* 488")
    assert c.ask("OPTIONS").status == 200
    c.bye()


def test_offer_of_ours_meets_glare(server, peer):
    c = Call(peer, "offer")
    c.setup()
    req = peer.recv()
    # theirs while ours is open
    msg = c.ask("INVITE", body=SDP)
    assert msg.status == 491
    c.ack_refusal(msg)
    assert c.ask("UPDATE", body=SDP).status == 491
    c.answer(req, 491)
    assert peer.recv().method == "ACK"
    begun = time.monotonic()
    again = peer.recv(3)
    assert again.method == "INVITE"
    assert time.monotonic() - begun < 2.3
    assert int(again.cseq.split()[0]) == int(req.cseq.split()[0]) + 1
    c.answer(again, 200, f"Contact: {c.contact}", body=SDP)
    assert peer.recv().method == "ACK"
    server.expect("^answer ")
    c.bye()


def test_offer_of_ours_waits_for_their_reinvite(server, peer):
    c = Call(peer, "slow")
    c.setup()
    c.send("INVITE", body=SDP)
    server.expect("^reoffer")
    server.tell("offer")
    msg = c.final()
    assert msg.status == 200
    c.ack()
    req = peer.recv(2)
    while req.status:                   # the 200 again
        req = peer.recv(2)
    assert req.method == "INVITE"
    c.answer(req, 200, f"Contact: {c.contact}", body=SDP)
    assert peer.recv().method == "ACK"
    c.bye()


def test_offer_of_ours_ends_a_dead_dialog(server, peer):
    c = Call(peer, "offer")
    c.setup()
    req = peer.recv()
    c.answer(req, 481)
    assert peer.recv().method == "ACK"
    server.expect("^end .* 4 ")
    time.sleep(0.1)
    assert server.counters()["sessions"] == 0


def test_bye_during_our_offer(server, peer):
    c = Call(peer, "offer")
    c.setup()
    req = peer.recv()
    c.bye()
    server.expect("^end .* 0 BYE")
    c.answer(req, 487)
    got = [m.method for m in (peer.recv(), peer.recv(0.5)) if m]
    assert "ACK" in got


def test_hang_up_before_the_ack_waits_for_it(server, peer):
    c = Call(peer, "byenow")
    c.learn(c.ask("INVITE", body=SDP))
    server.expect("^end .* 5 ")
    assert peer.recv(0.3) is None       # no BYE yet
    c.ack()
    bye = peer.recv()
    assert bye.method == "BYE"
    c.answer(bye, 200)
    time.sleep(0.1)
    assert server.counters()["sessions"] == 0


def test_bye_from_both_sides_at_once(server, peer):
    c = Call(peer)
    c.setup()
    server.tell("hangup")
    bye = peer.recv()
    assert bye.method == "BYE"
    c.bye()
    c.answer(bye, 200)
    time.sleep(0.1)
    assert server.counters()["sessions"] == 0


def test_bye_before_the_answer(server, peer):
    c = Call(peer, "wait")
    c.send("INVITE", body=SDP)
    c.learn(peer.recv())
    c.send("BYE")
    got = {c.final().status, c.final().status}
    assert got == {200, 487}
    server.expect("^end .* 0 BYE")
    assert server.counters()["sessions"] == 0


def test_connection_lost(server):
    p = Peer(server, "tcp")
    c = Call(p)
    c.setup()
    server.expect("^confirmed")
    p.close()
    time.sleep(0.1)
    server.tell("hangup")
    server.expect("^end .* 5 ")
    time.sleep(0.3)
    assert server.counters()["sessions"] == 0


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
    time.sleep(0.1)
    assert server.counters()["sessions"] == 0
