"""Offers and answers: early, late, reliable, ours, and at the same time."""
import time

from sipx import SDP, Call, Peer, Server


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


def test_offer_of_ours_ends_a_dead_dialog():
    server = Server()           # without the calls that others left up
    peer = Peer(server)
    c = Call(peer, "offer")
    c.setup()
    req = peer.recv()
    c.answer(req, 481)
    assert peer.recv().method == "ACK"
    server.expect("^end .* 4 ")
    server.wait_empty()
    server.stop()
    peer.close()


def test_bye_during_our_offer(server, peer):
    c = Call(peer, "offer")
    c.setup()
    req = peer.recv()
    c.bye()
    server.expect("^end .* 0 BYE")
    c.answer(req, 487)
    got = [m.method for m in (peer.recv(), peer.recv(0.5)) if m]
    assert "ACK" in got
