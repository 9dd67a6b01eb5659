"""What should never be sent. After each attack the server is there, and a call
that was up before all of it still is."""
import os
import random
import re
import socket
import time

import pytest

from sipx import SDP, Call, Peer, Server


class Victim:
    def __init__(self):
        self.server = Server()
        self.peer = Peer(self.server)
        self.call = Call(self.peer)
        self.call.setup()
        self.server.expect("^confirmed")

    def ask(self, call, method):
        """As a real peer does: again, until there is an answer."""
        text = call.request(method)
        for _ in range(40):
            self.peer.send(text)
            try:
                return call.final(0.5).status
            except AssertionError:
                assert self.server.alive()
        return 408

    def check(self):
        """All is well."""
        assert self.ask(Call(self.peer), "OPTIONS") == 200
        assert self.ask(self.call, "INFO") == 200


@pytest.fixture(scope="module")
def victim():
    v = Victim()
    yield v
    assert v.ask(v.call, "BYE") == 200
    v.server.expect("^end 1 0 BYE")
    text = v.server.stop()
    said = {}
    for line in text.splitlines():
        m = re.match(r"\S+T(\d+):(\d+):([\d.]+)Z warn sip: .*"
                     r"(source=|garbage from udp/)([^:\s]+)", line)
        if m:
            at = int(m[1]) * 3600 + int(m[2]) * 60 + float(m[3])
            said.setdefault((m[4], m[5]), []).append((at, line))
    assert said
    for source, lines in said.items():
        for (was, _), (at, line) in zip(lines, lines[1:]):
            assert (at - was) % 86400 > 0.99, f"too soon: {line}"


@pytest.fixture
def attack(victim):
    """A peer to attack from; checks afterwards."""
    p = Peer(victim.server)
    yield p
    p.close()
    victim.check()


@pytest.fixture(scope="module", autouse=True)
def slowloris(victim):
    """Connections that never finish a message, from the start on."""
    s = [Peer(victim.server, "tcp") for _ in range(100)]
    for p in s:
        p.send("INVITE sip:ok@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP")
    yield time.monotonic(), s
    for p in s:
        p.close()


CONTACTS = ["*", "<tel:+1>", "<http://x/>", "foo", "<urn:x>", "<sip:>",
            "<sip:a@>", "<sip:a@b>, <sip:c@d>", "<sip:a@" + "x" * 300 + ">",
            "<sip:a@b?Replaces=x>, *", ""]


@pytest.mark.parametrize("contact", CONTACTS)
def test_contact_that_nothing_can_be_sent_to(victim, attack, contact):
    before = victim.server.counters()["sip_bad_request"]
    c = Call(attack, "bye")
    c.contact = contact
    msg = c.ask("INVITE", body=SDP)
    assert msg.status == 400
    c.ack_refusal(msg)
    time.sleep(1.1)                     # nta's own count is read once a second
    assert victim.server.counters()["sip_bad_request"] > before
    # nor within a dialog
    c = Call(attack)
    c.setup()
    c.contact = contact
    for method in ("INVITE", "UPDATE"):
        msg = c.ask(method, body=SDP)
        assert msg.status == (200 if not contact else 400) or not contact
        if method == "INVITE":
            c.ack_refusal(msg)
    c.bye()


@pytest.mark.parametrize("route", [
    "<tel:+1;lr>", "<http://x>", "<urn:x>", "<sip:;lr>", "x", "<sip:h;lrx>",
    ", ".join(["<sip:p;lr>"] * 21)])
def test_bad_record_route(victim, attack, route):
    c = Call(attack, "bye")
    msg = c.ask("INVITE", f"Record-Route: {route}", body=SDP)
    if "lrx" in route:                  # sound, if strange
        assert msg.status == 200
        c.learn(msg)
        c.ack()
        assert attack.recv().method == "BYE"
    else:
        assert msg.status == 400
        c.ack_refusal(msg)


@pytest.mark.parametrize("port,param", [
    (0, ""), (99999, ""), (5060, ";maddr=255.255.255.255"),
    (5060, ";maddr=224.0.0.1"), (5060, ";maddr=[::ffff:0:0]"),
    (0, ";maddr=0.0.0.0"), (70000, ";maddr=x")])
@pytest.mark.parametrize("user", ["ok", "busy", "wait"])
def test_answer_that_cannot_be_sent(victim, attack, port, param, user):
    """INVITE and ACK back to back: nta aborts without our guard."""
    c = Call(attack, user)
    text = []
    for method, branch in (("INVITE", None), ("ACK", "same")):
        t = c.request(method, branch=c.branch if branch else None,
                      body=SDP if method == "INVITE" else "")
        via = f"Via: SIP/2.0/UDP 127.0.0.1:{attack.port};rport;"
        text.append(t.replace(
            via, f"Via: SIP/2.0/UDP 127.0.0.1:{port}{param};"))
    for t in text + text[1:]:
        attack.send(t)
    cancel = text[0].replace("INVITE", "CANCEL")
    attack.send(cancel)
    attack.send(text[1])
    time.sleep(0.05)


def test_names_in_via_are_not_looked_up(victim, attack):
    """maddr=NAME would stop all of the server for the resolver's patience."""
    begun = time.monotonic()
    for i in range(5):
        c = Call(attack)
        c.send("OPTIONS", via=f";maddr=nobody{i}.confab.test")
        # the refusal goes to where it came from
        assert c.final().status == 400
    victim.check()
    assert time.monotonic() - begun < 2


def long_list(item, size):
    return ",".join([item] * (size // (len(item) + 1)))


LISTS = [("Accept", "a/b"), ("Contact", "<sip:a@b>"),
         ("Via", "SIP/2.0/TCP h;branch=z9hG4bKx"),
         ("Record-Route", "<sip:a;lr>"), ("Warning", '399 h "x"'),
         ("Call-Info", "<http://x>"), ("Accept-Language", "en"),
         ("Error-Info", "<http://x>"), ("Route", "<sip:a;lr>"),
         ("Supported", "x"), ("Allow", "X")]


@pytest.mark.parametrize("name,item", LISTS)
def test_long_lists(victim, name, item):
    """400 kB over TCP, and what just fits: recursive parsers need stack."""
    before = victim.server.counters()["sip_too_large"]
    for size in (400000, 31000):
        p = Peer(victim.server, "tcp")
        c = Call(p)
        try:
            c.send("OPTIONS", f"{name}: {long_list(item, size)}")
        except OSError:
            pass                        # closed on us in the middle
        msg = p.recv(20)
        p.close()
        if size == 400000:              # closed on, or answered first
            assert msg is None or msg.status in (400, 413)
        else:
            assert msg.status in (200, 400)
    if name == "Accept":
        assert victim.server.counters()["sip_too_large"] > before
    victim.check()


def test_long_lists_by_datagram(victim, attack):
    for name, item in LISTS:
        c = Call(attack)
        c.send("OPTIONS", f"{name}: {long_list(item, 60000)}")
        msg = attack.recv(10)
        assert msg is not None and msg.status in (400, 413), name
        victim.check()


def test_many_headers(victim, attack):
    for size in (30000, 60000):
        c = Call(attack)
        c.send("OPTIONS", *["X-Y: z"] * (size // 8))
        assert c.final(10).status == (200 if size == 30000 else 413)


def test_garbage(victim, attack):
    before = victim.server.counters()["sip_garbage"]
    for junk in (b"\0", b"\0" * 100, b"x", b"\r\n\r\n\r\n", b"\xff" * 1000,
                 b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"SIP/2.0\r\n\r\n",
                 b"SIP/2.0 200 OK\r\n\r\n", b"INVITE\r\n\r\n",
                 b"INVITE sip:x SIP/2.0\r\n\r\n", b"\0\1\0\0" + b"\x21" * 16,
                 b"\1\1" + b"\0" * 30, b"\xf8" + b"\0" * 50,
                 b"OPTIONS sip:x SIP/3.0\r\nVia: x\r\n\r\n",
                 b"OPTIONS sip:a%zz@x SIP/2.0\r\n\r\n", b"hello, world\r\n\r\n"):
        attack.send(junk)
    time.sleep(1.2)
    assert victim.server.counters()["sip_garbage"] > before


@pytest.mark.parametrize("seed", [1])
def test_ten_thousand_random_datagrams(victim, attack, seed):
    rnd = random.Random(seed)
    begun = time.monotonic()
    for i in range(10000):
        n = rnd.choice((1, 2, 20, 100, 500, 1400))
        attack.send(rnd.randbytes(n))
        if i % 100 == 0:
            time.sleep(0.002)
    victim.check()
    assert time.monotonic() - begun < 30
    time.sleep(1.1)
    assert victim.server.counters()["sip_garbage"] > 5000


def test_half_messages(victim, attack):
    """Every length of a datagram that was cut, and of a stream that ends."""
    whole = Call(attack).request("OPTIONS", "Subject: x", body=SDP)
    for n in range(1, len(whole), 7):
        attack.send(whole[:n])
    for n in range(1, len(whole), 29):
        p = Peer(victim.server, "tcp")
        p.send(Call(p).request("OPTIONS", "Subject: x", body=SDP)[:n])
        p.close()
    p = Peer(victim.server, "tcp")      # a byte at a time is fine
    c = Call(p)
    for b in c.request("OPTIONS", body=SDP):
        p.send(b)
    assert c.final().status == 200
    p.close()


def test_wrong_content_length(victim, attack):
    c = Call(attack)
    assert c.ask("INVITE", body=SDP, length=len(SDP) + 10).status == 400
    for n in ("-1", "4294967296", "99999999999999999999", "x", ""):
        text = Call(attack).request("INVITE", body=SDP)
        attack.send(text.replace(f"Content-Length: {len(SDP)}",
                                 f"Content-Length: {n}"))
    p = Peer(victim.server, "tcp")
    p.send(Call(p).request("INVITE", body=SDP, length=10 ** 9))
    p.send("x" * 1000)
    msg = p.recv(1)
    assert msg is None or msg.status in (400, 413)
    p.close()
    p = Peer(victim.server, "tcp")      # two messages, the first one short
    p.send(Call(p).request("OPTIONS", body=SDP, length=5))
    assert p.recv().status == 200
    p.close()
    p = Peer(victim.server, "tcp")      # RFC 3261 18.3: mandatory on streams
    text = Call(p).request("OPTIONS")
    p.send(text.replace("Content-Length: 0\r\n", ""))
    msg = p.recv(1)
    assert msg is None or msg.status == 400
    p.close()


@pytest.mark.parametrize("length", [
    2 ** 32 - 1, 2 ** 32 - 100, 2 ** 32, 3 * 10 ** 9, 2 ** 31, 10 ** 6, 33000])
def test_size_limit_holds_for_the_second_message(victim, length):
    """Two messages in one segment: Sofia forgets the limit for the second."""
    p = Peer(victim.server, "tcp")
    c = Call(p)
    p.send(c.request("OPTIONS") + c.request("OPTIONS", body="xx",
                                            length=length))
    assert c.final().status == 200
    msg = p.recv(2)
    assert msg is None or msg.status in (400, 413)
    p.close()
    victim.check()


def test_long_list_in_the_second_message(victim):
    p = Peer(victim.server, "tcp")
    c = Call(p)
    try:
        p.send(c.request("OPTIONS") + c.request(
            "OPTIONS", f"Accept: {long_list('a/b', 400000)}"))
    except OSError:
        pass
    while True:
        msg = p.recv(5)
        if msg is None:
            break
        assert msg.status in (200, 400, 413) and msg.cseq != "2 OPTIONS"
    p.close()
    victim.check()


def test_bodies_and_what_follows_them(victim):
    """A body in two pieces, the second one with the next messages."""
    p = Peer(victim.server, "tcp")
    c = Call(p)
    one = c.request("OPTIONS", body=SDP)
    two = c.request("OPTIONS", body=SDP)
    p.send(one[:-10])
    time.sleep(0.05)
    p.send(one[-10:] + two + two[:-5].replace("2 OPTIONS", "3 OPTIONS"))
    time.sleep(0.05)
    p.send(two[-5:])
    got = [c.final().cseq for _ in range(3)]
    assert got == ["1 OPTIONS", "2 OPTIONS", "3 OPTIONS"]
    # what is bad takes what follows it along; nothing is left in memory
    for _ in range(20):
        q = Peer(victim.server, "tcp")
        bad = Call(q).request("OPTIONS", "Content-Length: x", body=SDP)
        q.send(bad.replace("CSeq: 1 O", "CSeq: 1 P")[:-10])
        time.sleep(0.01)
        try:
            q.send(bad[-10:] + two * 20)
        except OSError:
            pass
        q.close()
    p.close()
    victim.check()


def test_sip_on_the_wrong_transport(victim, attack):
    text = Call(attack).request("OPTIONS")
    attack.send(text.replace("SIP/2.0/UDP", "SIP/2.0/TCP"))
    attack.send(text.replace("SIP/2.0/UDP", "SIP/2.0/WS"))
    attack.send(text.replace("SIP/2.0 ", "SIP/7.0 "))
    time.sleep(0.1)


def test_responses_out_of_nowhere(victim, attack):
    for cseq in ("INVITE", "BYE", "ACK", "UPDATE", "CANCEL"):
        for status in (100, 200, 401, 481, 999):
            attack.send(
                f"SIP/2.0 {status} X\r\nVia: SIP/2.0/UDP 127.0.0.1:"
                f"{victim.server.port};branch=z9hG4bKabc\r\n"
                f"From: <sip:a@b>;tag={victim.call.to_tag}\r\n"
                f"To: <sip:c@d>;tag={victim.call.tag}\r\n"
                f"Call-ID: {victim.call.id}\r\nCSeq: 1 {cseq}\r\n"
                "Content-Length: 0\r\n\r\n")


def test_in_dialog_requests_of_strangers(victim, attack):
    """The Call-ID alone does not let anybody into a call."""
    c = Call(attack)
    c.id = victim.call.id
    c.seq = 1000
    for tag, totag in (("x", victim.call.to_tag), (victim.call.tag, "x"),
                       ("x", "")):
        c.tag = tag
        assert c.ask("BYE", totag=totag).status == 481


def test_invites_whose_sender_is_gone(victim):
    for user in ("ok", "ring", "wait", "earlywait", "bye"):
        p = Peer(victim.server, "tcp")
        Call(p, user).send("INVITE", "Require: 100rel", body=SDP)
        p.close()
    time.sleep(0.6)
    victim.check()


def test_stun_and_sigcomp_are_not_for_us(victim, attack):
    stun = b"\0\1\0\x08" + os.urandom(16) + b"\0\3\0\4\0\0\0\6"
    for n in range(1, len(stun)):
        attack.send(stun[:n])
    for kind in range(256):
        attack.send(bytes([kind & 1, kind]) + os.urandom(40))
        attack.send(bytes([0xf8 | kind & 7]) + os.urandom(40))


def test_call_state_of_half_a_thousand_callers(victim):
    """Callers that begin and say nothing more do not stop others."""
    p = Peer(victim.server)
    for _ in range(500):
        Call(p, "wait").send("INVITE", body=SDP)
    victim.check()
    assert victim.server.counters()["sessions"] > 400
    p.close()


def test_slow_connections_are_closed(victim, slowloris):
    """Half a message for over 10 s."""
    begun, peers = slowloris
    time.sleep(max(0.0, begun + 14 - time.monotonic()))
    for p in peers:
        p.sock.settimeout(5)
        try:
            data = p.sock.recv(4096)
        except ConnectionError:
            data = b""
        assert data == b"" or b" 400 " in data
    victim.check()


def test_a_source_floods(victim):
    """Scanners: 3000 REGISTERs and as many INVITEs to nobody."""
    p = Peer(victim.server)
    p.sock.setblocking(False)
    for i in range(3000):
        p.send(Call(p).request("REGISTER"))
        p.send(Call(p, "nobody-here").request("INVITE", body=SDP))
        try:
            while True:
                p.sock.recv(65536)
        except (BlockingIOError, socket.error):
            pass
        if i % 20 == 0:
            time.sleep(0.002)
    p.close()
    victim.check()
    assert victim.server.counters()["sip_method"] > 1000


def test_connections_are_bounded(victim):
    """1000 of all, a quarter of them from one address; what has closed counts no more."""
    before = victim.server.counters()["sip_connection"]
    for _ in range(2):
        peers = [Peer(victim.server, "tcp") for _ in range(400)]
        time.sleep(1.1)
        closed = 0
        for p in peers:
            p.sock.setblocking(False)
            try:
                closed += p.sock.recv(1) == b""
            except BlockingIOError:
                pass
            except ConnectionError:
                closed += 1
        assert 100 <= closed <= 300, closed
        victim.check()
        for p in peers:
            p.close()
        time.sleep(0.2)
    assert victim.server.counters()["sip_connection"] >= before + 200
