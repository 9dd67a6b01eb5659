"""Bad input of every kind, while a call is in progress: that call's tone has no gap,
the server answers afterwards, and the log does not flood."""
import os
import random
import re
import socket
import time

import pytest

import tones
from ua import Phone

pytestmark = pytest.mark.xdist_group("hostile")
ROOMS = {"1000": {"join_tone": False, "leave_tone": False},
         "1001": {"join_tone": False, "leave_tone": False}}
OPTIONS = {"log.level": "info"}
SEED = 20261125


@pytest.fixture(scope="module")
def standing(server):
    """A talker and a listener, in a call for as long as all these tests take."""
    talker = Phone(name="talker").call(server.uri("1000"))
    ear = Phone(name="ear").call(server.uri("1000"))
    talker.stream.tone(700)
    ear.stream.wait_only([700])
    yield talker, ear
    for call in (talker, ear):
        call.bye()


@pytest.fixture
def quiet(server, phone, standing):
    """The standing call; its tone must have been whole all through the test."""
    talker, ear = standing
    ear.stream.wait_only([700])
    mark, log_mark = ear.stream.mark(), server.mark()
    began = time.monotonic()
    yield talker, ear
    ear.stream.wait_packets(25)
    pcm, rate = ear.stream.sound(mark)
    holes = [g for g in tones.gaps(pcm, 700, rate) if g[1] > 20]
    assert not holes, f"the call in progress was disturbed: {holes}"
    ear.stream.check(mark)
    assert not talker.ended and not ear.ended
    seconds = time.monotonic() - began
    warnings = [ln for ln in server.log()[log_mark:].splitlines()
                if re.search(r"\b(warn|error)\b", ln)]
    assert len(warnings) <= 10 + 3 * seconds, f"{len(warnings)} lines: {warnings[:20]}"
    res = phone().request("OPTIONS", server.uri("1000"))
    assert res.status == 200


def message(phone, server):
    """The bytes of a good INVITE, to be spoilt."""
    call = phone().new(*server.uri("1001"))
    call.invite_msg = call.make("INVITE", body=call.offer())
    return call, call.invite_msg.print()


def test_10000_random_datagrams_on_the_sip_port(server, phone, quiet):
    rnd = random.Random(SEED)
    addr = ("127.0.0.1", server.port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for i in range(10000):
            s.sendto(rnd.randbytes(rnd.randrange(1, 1400)), addr)
            if i % 100 == 0:
                time.sleep(0.01)        # what the kernel drops tests nothing


def test_10000_random_datagrams_on_the_rtp_ports(server, phone, quiet):
    rnd = random.Random(SEED)
    talker, ear = quiet
    ports = [call.stream.remote[1] for call in quiet]
    targets = [("127.0.0.1", p + d) for p in ports for d in (0, 1)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for i in range(10000):
            s.sendto(rnd.randbytes(rnd.randrange(0, 1400)), rnd.choice(targets))
            if i % 100 == 0:
                time.sleep(0.01)


def test_random_datagrams_from_the_peer_itself(server, phone, quiet):
    """Noise from the very address that media comes from: RTP-like, RTCP-like, none."""
    rnd = random.Random(SEED)
    talker, ear = quiet
    victim = phone(name="victim").call(server.uri("1001"))
    for i in range(3000):
        head = rnd.choice([b"", b"\x80\x00", b"\x80\x65", b"\xbf\xff", b"\x80\xc8", b"\x00\x01"])
        victim.stream.raw(head + rnd.randbytes(rnd.randrange(0, 300)), rtcp=i % 2 == 0)
        if i % 50 == 0:
            time.sleep(0.01)
    victim.bye()
    row = server.db.leg(victim)
    assert row["bad"] + row["rx_packets"] > 0


MUTILATIONS = {
    "half": lambda m: m[:len(m) // 2],
    "no body": lambda m: m.split(b"\r\n\r\n")[0] + b"\r\n\r\n",
    "length too long": lambda m: re.sub(rb"Content-Length: \d+", b"Content-Length: 99999", m),
    "length negative": lambda m: re.sub(rb"Content-Length: \d+", b"Content-Length: -1", m),
    "no Via": lambda m: re.sub(rb"Via: .*\r\n", b"", m),
    "no From": lambda m: re.sub(rb"From: .*\r\n", b"", m),
    "no To": lambda m: re.sub(rb"To: .*\r\n", b"", m),
    "no Call-ID": lambda m: re.sub(rb"Call-ID: .*\r\n", b"", m),
    "no CSeq": lambda m: re.sub(rb"CSeq: .*\r\n", b"", m),
    "CSeq of another method": lambda m: re.sub(rb"CSeq: (\d+) .*\r\n", rb"CSeq: \1 BYE\r\n", m),
    "no Contact": lambda m: re.sub(rb"Contact: .*\r\n", b"", m),
    "Contact tel": lambda m: re.sub(rb"Contact: .*\r\n", b"Contact: <tel:+1>\r\n", m),
    "Contact http": lambda m: re.sub(rb"Contact: .*\r\n", b"Contact: <http://x>\r\n", m),
    "Contact star": lambda m: re.sub(rb"Contact: .*\r\n", b"Contact: *\r\n", m),
    "Contact word": lambda m: re.sub(rb"Contact: .*\r\n", b"Contact: foo\r\n", m),
    "Contact urn": lambda m: re.sub(rb"Contact: .*\r\n", b"Contact: <urn:x>\r\n", m),
    "two Contacts": lambda m: re.sub(rb"(Contact: .*\r\n)", rb"\1Contact: <sip:b@127.0.0.1>\r\n", m),
    "Record-Route odd": lambda m: m.replace(b"Via:", b"Record-Route: <http://x>\r\nVia:", 1),
    "Record-Route lrx": lambda m: m.replace(b"Via:", b"Record-Route: <sip:;lrx>\r\nVia:", 1),
    "NUL bytes": lambda m: m.replace(b"Max-Forwards: 70", b"Max-Forwards: 7\x000"),
    "no SIP version": lambda m: m.replace(b" SIP/2.0\r\n", b"\r\n", 1),
    "SIP/3.0": lambda m: m.replace(b" SIP/2.0\r\n", b" SIP/3.0\r\n", 1),
    "loop": lambda m: m.replace(b"Max-Forwards: 70", b"Max-Forwards: 0"),
    "100 Vias": lambda m: m.replace(
        b"Via:", b"Via: SIP/2.0/UDP h;branch=z9hG4bKq\r\n" * 100 + b"Via:", 1),
    "6000 header lines": lambda m: m.replace(b"Via:", b"X: y\r\n" * 6000 + b"Via:", 1),
    "long Call-ID": lambda m: re.sub(rb"Call-ID: .*\r\n", b"Call-ID: " + b"x" * 5000 + b"\r\n", m),
    "format characters": lambda m: m.replace(b"User-Agent: ", b"User-Agent: %s%s%n%n%x"),
    "not UTF-8": lambda m: m.replace(b"User-Agent: ", b"User-Agent: \xff\xfe\xc0"),
}
MAY_BE_ANSWERED = {"half", "format characters", "not UTF-8", "no body", "loop", "length too long",
                   "Record-Route lrx"}


@pytest.mark.parametrize("name", MUTILATIONS)
def test_mutilated_invite(server, phone, quiet, name):
    call, data = message(phone, server)
    bad = MUTILATIONS[name](data)
    assert bad != data
    call.phone.send(bad, call.addr)
    answered = None
    try:
        answered = call.phone.wait(
            lambda: next((r for r in call.responses + call.phone.loose if r.status >= 200), None),
            1.0)
    except AssertionError:
        pass
    if answered is not None and name not in MAY_BE_ANSWERED:
        assert answered.status >= 400, answered.start


def tcp(server, data, pieces=1, pause=0.0):
    """Sends over TCP in pieces; returns what comes back until close or 2 s."""
    out = b""
    with socket.create_connection(("127.0.0.1", server.port), 5) as s:
        s.settimeout(2)
        step = max(1, len(data) // pieces)
        try:
            for i in range(0, len(data), step):
                s.sendall(data[i:i + step])
                if pause:
                    time.sleep(pause)
            while True:
                got = s.recv(65536)
                if not got:
                    break
                out += got
        except (socket.timeout, OSError):
            pass
    return out


LIST = {
    "Accept": "application/sdp", "Contact": "<sip:a@b>", "Record-Route": "<sip:a@b;lr>",
    "Via": "SIP/2.0/TCP h;branch=z9hG4bKx", "Warning": "399 h \"x\"", "Call-Info": "<http://x>",
    "Accept-Language": "en", "Error-Info": "<sip:x>",
}


@pytest.mark.parametrize("name", LIST)
def test_400_kB_list_over_tcp(server, phone, quiet, name):
    """Recursive parsers overflow the stack on these (reference/sofia.md 2.2)."""
    _, data = message(phone, server)
    many = ", ".join([LIST[name]] * (400_000 // len(LIST[name])))
    head = f"{name}: {many}\r\n".encode()
    tcp(server, data.replace(b"Via:", head + b"Via:", 1).replace(b"/UDP", b"/TCP"))


def test_oversize_and_endless_over_tcp(server, phone, quiet):
    _, data = message(phone, server)
    huge = re.sub(rb"Content-Length: \d+", b"Content-Length: 100000000", data)
    tcp(server, huge + b"x" * 3_000_000)
    tcp(server, b"INVITE sip:x SIP/2.0\r\n" + b"A: b\r\n" * 500_000)
    tcp(server, b"x" * 1_000_000)
    tcp(server, b"\r\n" * 200_000)
    tcp(server, b"GET / HTTP/1.0\r\n\r\n")
    tcp(server, os.urandom(100_000))


def test_slow_and_split_over_tcp_is_understood(server, phone, quiet):
    p = phone(transport="tcp")
    call = p.new(*server.uri("1001"))
    data = call.make("INVITE", body=call.offer()).print()
    out = tcp(server, data, pieces=40, pause=0.005)
    assert b"SIP/2.0 200" in out


def test_hundred_idle_connections(server, phone, quiet):
    conns = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(100)]
    for c in conns[:50]:
        c.sendall(b"INVITE sip:1000@x SIP/2.0\r\nVia: SIP/2.0/TCP")
    assert phone().request("OPTIONS", server.uri("1000")).status == 200
    for c in conns:
        c.close()


def test_one_source_cannot_flood_with_calls(new_server, phone):
    """More new calls a second than sip.invite_rate get 503, far more get nothing;
    what belongs to calls that are there is still served."""
    server = new_server({"1001": {}}, {"sip.invite_rate": 5, "log.stats_interval": 1})
    p = phone()
    calls = [p.new(*server.uri("1001")) for _ in range(40)]
    for c in calls:
        c.invite()
    assert phone().request("OPTIONS", server.uri("1001")).status == 200
    finals = [r.status for c in calls for r in c.responses if r.status >= 200]
    assert 5 <= finals.count(200) <= 7 and finals.count(503) >= 5 and len(finals) <= 40
    assert set(finals) == {200, 503}
    for c in calls:
        if c.up:
            assert c.bye().status == 200
    server.wait_log("counter: sip_overload=")


def test_changes_that_are_refused_do_not_fill_the_log(new_server, phone):
    """50 re-INVITEs without a codec of ours in a second: each is refused, and the
    log has a line a second; over the rate within a call there is 500."""
    server = new_server(ROOMS, {"sip.request_rate": 0, "log.level": "info"})
    call = phone(codecs=("PCMU",)).call(server.uri("1000"))
    body = call.offer().replace(b"PCMU/8000", b"NOPE/8000").replace(b" 0 ", b" 99 ")
    body = body.replace(b"rtpmap:0 ", b"rtpmap:99 ")
    began = time.monotonic()
    for _ in range(50):
        call.invite(body=body)
        assert call.wait_final().status == 488
    seconds = time.monotonic() - began
    lines = server.log().count("change refused")
    assert 1 <= lines <= seconds + 1, f"{lines} lines in {seconds:.1f} s"
    assert call.bye().status == 200


def test_requests_within_a_call_have_a_rate(new_server, phone):
    """The default one: a person's keys are far below it."""
    server = new_server(ROOMS)
    call = phone().call(server.uri("1000"))
    got = [call.request("OPTIONS").status for _ in range(100)]
    assert got[:40] == [200] * 40
    assert set(got) <= {200, 500}
    time.sleep(1)
    assert call.info("5").status == 200
    assert call.bye().status == 200
