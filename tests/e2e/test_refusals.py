"""Requests that are understood and not granted: each gets the answer that the RFC
names, and a record if it was a call."""
import pytest

ROOMS = {"1000": {"pin": "1234"}}

SRTP = """v=0\r
o=- 1 1 IN IP4 127.0.0.1\r
s=-\r
c=IN IP4 127.0.0.1\r
t=0 0\r
m=audio 4000 RTP/SAVP 0\r
"""
SPEEX_ONLY = SRTP.replace("RTP/SAVP 0", "RTP/AVP 111") + "a=rtpmap:111 speex/16000\r\n"
VIDEO_ONLY = SRTP.replace("m=audio 4000 RTP/SAVP 0", "m=video 4000 RTP/AVP 31")


def final(call, timeout=20):
    res = call.wait_final(timeout=timeout)
    return res.status


@pytest.mark.parametrize("body, refused", [
    (SPEEX_ONLY, "no_codec"), (VIDEO_ONLY, "no_codec"), (SRTP, "no_codec"),
], ids=["speex only", "video only", "srtp only"])
def test_488_no_usable_media(server, phone, body, refused):
    call = phone().new(*server.uri("1000", ";pin=1234"))
    call.invite(body=body.encode())
    assert final(call) == 488
    row = server.db.leg(call)
    assert (row["sip_status"], row["refused"], row["end_reason"], row["answered"]) == \
        (488, refused, "refused", None)


def test_a_description_that_is_none(server, phone):
    call = phone().new(*server.uri("1000", ";pin=1234"))
    call.invite(body=b"this is not SDP\r\n")
    assert final(call) in (400, 488)
    assert server.db.leg(call)["refused"] == "bad_sdp"


def test_415_body_of_another_kind(server, phone):
    call = phone().new(*server.uri("1000"))
    call.invite(headers=[("Content-Type", "text/plain")], body=b"hello")
    res = call.wait_final()
    assert res.status == 415 and "application/sdp" in res["accept"]


def test_415_compressed_body(server, phone):
    call = phone().new(*server.uri("1000"))
    call.invite(headers=[("Content-Encoding", "gzip")])
    res = call.wait_final()
    assert res.status == 415


def test_420_extension_not_known(server, phone):
    call = phone().new(*server.uri("1000"))
    call.invite(headers=[("Require", "nothing-like-that, timer")])
    res = call.wait_final()
    assert res.status == 420 and res["unsupported"].strip() == "nothing-like-that"


@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE", "REGISTER", "PUBLISH", "REFER"])
def test_405_method_not_offered_here(server, phone, method):
    res = phone().request(method, server.uri("1000"))
    assert res.status in (405, 489)
    if res.status == 405:
        allow = {m.strip() for m in res["allow"].split(",")}
        assert {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE"} <= allow
        assert method not in allow


def test_501_method_that_nobody_knows(server, phone):
    res = phone().request("FROBNICATE", server.uri("1000"))
    assert res.status in (405, 501)


def test_416_scheme_that_is_not_sip(server, phone):
    _, addr = server.uri("1000")
    res = phone().request("INVITE", ("tel:+4912345", addr))
    assert res.status in (416, 404, 400)


def test_options(server, phone):
    res = phone().request("OPTIONS", server.uri("1000"))
    assert res.status == 200
    assert "INVITE" in res["allow"] and "application/sdp" in res["accept"]
    assert "timer" in res["supported"]


def test_unknown_room_by_prompt(server, phone):
    call = phone().call(server.uri("7777"))
    call.stream.wait_speech()
    call.bye()
    row = server.db.leg(call)
    assert (row["dialled"], row["tries"], row["admitted_at"]) == ("7777", 1, None)


def test_unknown_room_by_404(new_server, phone):
    server = new_server({"1000": {}}, {"rooms.unknown": "404"})
    call = phone().new(*server.uri("7777"))
    call.invite()
    assert final(call) == 404
    row = server.db.leg(call)
    assert (row["sip_status"], row["refused"]) == (404, "no_such_room")


def test_info_of_a_kind_not_known(server, phone):
    call = phone().call(server.uri("1000"))
    res = call.request("INFO", [("Content-Type", "application/x-nothing")], b"x")
    assert res.status == 415
    res = call.request("INFO", [("Content-Type", "application/dtmf-relay")], b"Signal=Z\r\n")
    assert res.status == 400


def test_refused_change_leaves_the_call_as_it_was(server, phone):
    call = phone().call(server.uri("1000"))
    call.invite(body=SPEEX_ONLY.encode())
    assert call.wait_final().status == 488
    call.stream.wait_packets(25)
    call.stream.press("1234#")
    server.db.wait("SELECT 1 FROM leg WHERE call_id = %s AND admitted_at IS NOT NULL",
                   call.id)


def test_two_audio_streams_one_is_taken(server, phone):
    call = phone().new(*server.uri("1000", ";pin=1234"))
    body = call.offer() + b"m=audio 4002 RTP/AVP 0\r\nm=video 4004 RTP/AVP 31\r\n"
    call.invite(body=body)
    res = call.wait_final()
    assert res.status == 200
    ports = [line.split()[1] for line in res.body.decode().split("\r\n")
             if line.startswith("m=")]
    assert len(ports) == 3 and ports[0] != "0" and ports[1:] == ["0", "0"]


def test_too_many_legs(new_server, phone):
    server = new_server({"1000": {}}, {"media.legs_max": 2})
    for _ in "12":
        phone().call(server.uri("1000"))
    call = phone().new(*server.uri("1000"))
    call.invite()
    res = call.wait_final()
    assert res.status == 503 and int(res["retry-after"].split()[0]) > 0
