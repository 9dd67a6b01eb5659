"""How calls begin, change and end: CANCEL, BYE during a prompt, hold, codec change,
delayed offer, UPDATE, session timers, callers that vanish."""
import threading

import pytest

import rtp
import sipmsg
import tones

ROOMS = {"1000": {"pin": "1234"},
         "1001": {"join_tone": False, "leave_tone": False},
         "1002": {"join_tone": False, "leave_tone": False}}
OPTIONS = {"media.rtp_timeout": 2, "sip.min_se": 90, "sip.session_expires": 1800}


def pair(server, phone, room="1001", **kw):
    """Two callers in a room, both heard by the other."""
    a = phone(name="a", **kw).call(server.uri(room))
    b = phone(name="b").call(server.uri(room))
    a.stream.tone(700)
    b.stream.tone(1100)
    a.stream.wait_only([1100])
    b.stream.wait_only([700])
    return a, b


def test_bye_during_a_prompt(server, phone):
    call = phone().call(server.uri("1000"))
    call.stream.wait_speech()
    assert call.bye().status == 200
    row = server.db.leg(call)
    assert (row["end_reason"], row["admitted_at"], row["refused"]) == ("bye", None, None)


def test_cancel_at_once(server, phone):
    """CANCEL races our 200: either 487, or an answered call that BYE ends."""
    call = phone().new(*server.uri("1000"))
    call.invite()
    assert call.cancel().status in (200, 481)
    final = call.wait_final()
    assert final.status in (200, 487)
    if final.status == 200:
        assert call.bye().status == 200
    row = server.db.leg(call)
    assert row["end_reason"] == ("bye" if final.status == 200 else "cancel")
    assert row["sip_status"] == final.status


@pytest.mark.slow
def test_no_ack_ends_the_call(server, phone):
    call = phone().new(*server.uri("1001"))
    call.auto = False
    call.invite()
    assert call.wait_final().status == 200
    call.stream.start()
    call.wait_bye(50)
    row = server.db.leg(call)
    assert (row["end_reason"], row["sip_status"]) == ("no_ack", 200)
    repeats = [r for r in call.responses if r.status == 200]
    assert len(repeats) > 5, "the 200 was not repeated"
    assert not call.stream.packets, "RTP was sent to one who never sent an ACK"


def test_hold_and_resume(server, phone):
    a, b = pair(server, phone)
    res = a.hold()
    assert res.status == 200 and a.sdp.direction in ("recvonly", "inactive")
    b.stream.wait_tone(700, there=False)
    mark = server.mark()
    # longer than the RTP time-out, which does not count on hold
    b.stream.wait_packets(150)
    assert not a.ended
    assert "no RTP" not in server.log()[mark:]
    res = a.resume()
    assert res.status == 200 and a.sdp.direction == "sendrecv"
    b.stream.wait_only([700])
    a.stream.wait_only([1100])
    a.bye()
    assert server.db.leg(a)["end_reason"] == "bye"


def test_hold_the_old_way(server, phone):
    """c=0.0.0.0 (RFC 2543): nothing may be sent to it."""
    a, b = pair(server, phone)
    assert a.reinvite(ip="0.0.0.0").status == 200
    mark = a.stream.mark()
    b.stream.wait_packets(25)
    late = a.stream.mark()
    b.stream.wait_packets(25)
    assert a.stream.mark() == late, f"{late - mark} packets came after the answer"
    assert a.reinvite().status == 200
    a.stream.wait_only([1100])


def test_inactive_then_back(server, phone):
    a, b = pair(server, phone)
    assert a.reinvite("inactive").status == 200 and a.sdp.direction == "inactive"
    b.stream.wait_tone(700, there=False)
    assert a.reinvite("sendrecv").status == 200
    b.stream.wait_only([700])


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@pytest.mark.parametrize("codec", ["PCMA", "L16/16000"])
def test_codec_change(server, phone, method, codec):
    from codec import find
    a, b = pair(server, phone)
    mark = b.stream.mark()
    assert a.reinvite(codecs=[find(codec)], method=method).status == 200
    b.stream.wait_packets(25)
    a.stream.wait_only([1100])
    b.stream.wait_only([700])
    assert a.stream.codec.name == find(codec).name
    pcm, rate = b.stream.sound(mark)
    assert tones.longest_gap(pcm, 700, rate) <= 150
    a.bye()
    assert server.db.leg(a)["codec"] == find(codec).name


def test_address_change(server, phone):
    """The peer moves to another port by re-INVITE; the old one gets nothing more."""
    a, b = pair(server, phone)
    old = a.stream
    new = a.stream = rtp.Stream(a.phone.ip)
    new.ptime, new.codec, new.pt, new.map = old.ptime, old.codec, old.pt, dict(old.map)
    new.remote = old.remote
    new.tone(1900)
    assert a.reinvite().status == 200
    old.pause()
    new.start()
    b.stream.wait_only([1900])
    new.wait_only([1100])
    still = old.mark()
    new.wait_packets(25)
    assert old.mark() == still
    old.close()


def test_delayed_offer(server, phone):
    a = phone(name="late").new(*server.uri("1001"))
    a.invite(sdp=False)
    res = a.wait_final()
    assert res.status == 200 and b"m=audio" in res.body
    a.stream.start()
    b = phone().call(server.uri("1001"))
    a.stream.tone(700)
    b.stream.tone(1100)
    a.stream.wait_only([1100])
    b.stream.wait_only([700])


def test_reinvite_without_offer(server, phone):
    a, b = pair(server, phone)
    a.invite(sdp=False)
    res = a.wait_final()
    assert res.status == 200
    offer = sipmsg.sdp_parse(res.body)
    assert offer.direction == "sendrecv"
    a.stream.wait_only([1100])
    b.stream.wait_only([700])


def test_refresh_by_the_same_offer_changes_nothing(server, phone):
    a, b = pair(server, phone)
    mark = b.stream.mark()
    first = a.sdp.text
    assert a.reinvite().status == 200
    assert a.sdp.port == sipmsg.sdp_parse(first.encode()).port
    b.stream.wait_packets(50)
    pcm, rate = b.stream.sound(mark)
    assert tones.longest_gap(pcm, 700, rate) <= 20
    b.stream.check(mark)


def test_vanished_caller(server, phone):
    a, b = pair(server, phone)
    a.vanish()
    row = server.db.leg(a, 60)
    assert row["end_reason"] == "timeout"
    assert 1.5 < (row["ended"] - row["admitted_at"]).total_seconds()
    b.stream.wait_tone(700, there=False)
    assert not b.ended


def test_caller_without_media(server, phone):
    """A caller that sends no RTP at all is ended like one that stopped."""
    call = phone().new(*server.uri("1001"))
    call.invite()
    assert call.wait_final().status == 200
    call.wait_bye(20)
    assert server.db.leg(call)["end_reason"] == "timeout"


@pytest.mark.parametrize("ptime", [10, 30, 40, 60, 120])
def test_any_ptime(server, phone, ptime):
    a, b = pair(server, phone, ptime=ptime)
    mark = b.stream.mark()
    b.stream.wait_packets(100)
    pcm, rate = b.stream.sound(mark)
    assert tones.longest_gap(pcm, 700, rate) <= 20
    sizes = {len(p.payload) for p in a.stream.packets[-10:]}
    assert sizes == {ptime * 8}, "ptime of the offer was not followed"


def test_rtcp_reports(server, phone):
    """SR with our SSRC and a report on the peer's, about every 5 s (RFC 3550)."""
    a, b = pair(server, phone)
    with a.stream.lock:
        assert a.stream.lock.wait_for(lambda: a.stream.rtcp, 10), "no RTCP in 10 s"
    data = a.stream.rtcp[0][1]
    assert data[1] == 200, "the first packet of a compound is no SR"
    assert data[4:8] == a.stream.packets[-1].ssrc.to_bytes(4, "big")
    assert data[0] & 0x1F == 1 and data[28:32] == a.stream.ssrc.to_bytes(4, "big")
    assert 202 in {p[1] for p in compound(data)}, "no SDES"


def compound(data):
    """The packets of an RTCP compound."""
    while len(data) >= 4:
        n = 4 * (int.from_bytes(data[2:4], "big") + 1)
        yield data[:n]
        data = data[n:]


def test_rtcp_mux(server, phone):
    call = phone().new(*server.uri("1001"))
    call.invite(body=call.offer(extra=["a=rtcp-mux"]))
    res = call.wait_final()
    assert res.status == 200 and b"a=rtcp-mux" in res.body
    call.stream.start()
    with call.stream.lock:
        assert call.stream.lock.wait_for(lambda: call.stream.junk, 10), "no RTCP on RTP's port"
    assert not call.stream.rtcp


def test_media_from_a_stranger_is_dropped(server, phone):
    """Once media flows, somebody else's packets to the same port are not heard."""
    a, b = pair(server, phone)
    c = phone(name="stranger")
    thief = c.new(*server.uri("1002")).stream
    thief.codec, thief.remote = a.stream.codec, a.stream.remote
    thief.tone(1900)
    mark = b.stream.mark()
    thief.start()
    b.stream.wait_packets(100)
    pcm, rate = b.stream.sound(mark)
    assert tones.level(pcm, 1900, rate) < -60
    assert tones.longest_gap(pcm, 700, rate) <= 20


def test_behind_nat_media_is_latched(server, phone):
    """The SDP names an address that nothing comes from; RTP flows back to where
    it really comes from."""
    call = phone().new(*server.uri("1001"))
    call.invite(body=call.offer(ip="10.255.255.1"))
    assert call.wait_final().status == 200
    call.stream.start()
    call.stream.wait_packets(50)


def test_session_timer_is_agreed_on(server, phone):
    call = phone().new(*server.uri("1001"))
    call.invite(headers=[("Supported", "timer"), ("Session-Expires", "600;refresher=uac")])
    res = call.wait_final()
    assert res.status == 200
    assert res["session-expires"].replace(" ", "") == "600;refresher=uac"
    assert "timer" in (res.get("require") or "")
    refresh = call.request("UPDATE", [("Supported", "timer"),
                                      ("Session-Expires", "600;refresher=uac")])
    assert refresh.status == 200 and refresh["session-expires"].startswith("600")


def test_session_timer_too_small(server, phone):
    call = phone().new(*server.uri("1001"))
    call.invite(headers=[("Supported", "timer"), ("Session-Expires", "60")])
    res = call.wait_final()
    assert res.status == 422 and int(res["min-se"]) == 90


def test_two_requests_cross(server, phone):
    """A second re-INVITE while one is open gets 500 or 491, and the call goes on."""
    a, b = pair(server, phone)
    threads = [threading.Thread(target=a.phone.send, args=(a.make("INVITE", body=a.offer()),
                                                           a.addr)) for _ in "12"]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    finals = [r.status for r in (a.wait_final(a.cseq), a.wait_final(a.cseq - 1))]
    assert set(finals) <= {200, 491, 500} and finals.count(200) >= 1
    a.stream.wait_only([1100])
    b.stream.wait_only([700])


def test_merged_and_stray_requests(server, phone):
    target = server.uri("1001")
    p = phone()
    for method in ("BYE", "INFO", "UPDATE"):
        res = p.request(method, target, to=f"<{target[0]}>;tag=nosuch")
        assert res.status == 481, method
