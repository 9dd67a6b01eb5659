"""Requests within a dialog: what is taken, where it goes, how it ends."""
import re
import time

import pytest

from sipx import SDP, Call, Peer


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


def test_hang_up_before_the_ack_waits_for_it(server, peer):
    c = Call(peer, "byenow")
    c.learn(c.ask("INVITE", body=SDP))
    server.expect("^end .* 5 ")
    assert peer.recv(0.3) is None       # no BYE yet
    c.ack()
    bye = peer.recv()
    assert bye.method == "BYE"
    c.answer(bye, 200)
    server.wait_empty()


def test_bye_from_both_sides_at_once(server, peer):
    c = Call(peer)
    c.setup()
    server.tell("hangup")
    bye = peer.recv()
    assert bye.method == "BYE"
    c.bye()
    c.answer(bye, 200)
    server.wait_empty()


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
