"""Calls that the server makes: answered, refused, taken back, challenged."""
import hashlib
import re
import socket
import time

import pytest

from sipx import SDP, Call, Message, Peer, Server


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


class Phone(Call):
    """Somebody who is called."""

    def __init__(self, server, peer, *auth):
        super().__init__(peer)
        self.server = server
        server.tell(" ".join(["dial", "4930123456", str(peer.port), peer.proto, *auth]))
        self.number = int(server.expect(r"^dial \d+ 0")[5:-2])
        self.invite = self.next("INVITE")
        self.tag = "t1"

    def next(self, method, timeout=3.0):
        msg = self.peer.recv(timeout)
        assert msg is not None and msg.method == method, msg
        return msg

    def say(self, status, *headers, body="", tag=None, req=None):
        """A response with our tag and Contact."""
        req = req or self.invite
        text = Message(f"{req.start}\r\n\r\n".encode())
        text.headers = {k: list(v) for k, v in req.headers.items()}
        if status > 100 and ";tag=" not in text.headers["to"][0]:
            text.headers["to"][0] += f";tag={tag or self.tag}"
        if status < 300:
            headers += (f"Contact: {self.contact}",)
        self.answer(text, status, *headers, body=body)

    def pick_up(self, *headers):
        self.say(200, *headers, body=SDP)
        ack = self.next("ACK")
        self.server.expect(f"^answer {self.number} ")
        self.server.expect(f"^confirmed {self.number}")
        # we are the one who was called: names the other way round
        self.learn_dialog(ack)
        return ack

    def learn_dialog(self, req):
        self.id = req.get("call-id")
        self.to_tag = re.search(r";tag=([^;]+)", req.get("from"))[1]
        self.from_uri = req.get("to")
        self.uri = re.search(r"<([^>]+)>", req.get("from"))[1]
        self.target = re.search(r"<([^>]+)>", self.invite.get("contact"))[1]


@pytest.fixture(params=["udp", "tcp"])
def peer(server, request):
    p = Peer(server, "udp")
    if request.param == "tcp":
        p.close()
        p = Listener(server)
    yield p
    p.close()


class Listener(Peer):
    """A phone that the server connects to."""

    def __init__(self, server):
        self.server, self.proto, self.host, self.buf = server, "tcp", "127.0.0.1", b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(5)
        self.port = self.listener.getsockname()[1]
        self.target = f"{self.host}:{server.port}"
        self.sock = None

    def recv(self, timeout=3.0):
        if self.sock is None:
            self.sock, _ = self.listener.accept()
        return super().recv(timeout)

    def close(self):
        self.listener.close()
        if self.sock:
            self.sock.close()


def sessions(server):
    """How many are left, once what is on its way has come."""
    end = time.monotonic() + 3
    while (n := server.counters()["sessions"]) and time.monotonic() < end:
        time.sleep(0.02)
    return n


def test_call_is_answered_and_ended_by_us(server, peer):
    ph = Phone(server, peer)
    inv = ph.invite
    assert inv.start == f"INVITE sip:4930123456@127.0.0.1:{peer.port} SIP/2.0"
    assert inv.get("from").startswith(f"\"A 'room'\" <sip:1000@127.0.0.1:{server.port}>;tag=")
    assert ";tag=" not in inv.get("to")
    assert f"sip:127.0.0.1:{server.port}" in inv.get("contact")
    assert inv.get("supported") == "timer" and inv.get("session-expires") == "1800"
    assert inv.body.startswith(b"v=0")
    ph.say(100)
    ph.say(180)
    server.expect(f"^progress {ph.number} 180")
    ack = ph.pick_up()
    assert ack.start.split()[1] == ph.contact.strip("<>")
    assert ack.cseq == inv.cseq.replace("INVITE", "ACK")
    server.tell("hangup")
    bye = ph.next("BYE")
    assert ";tag=t1" in bye.get("to")
    server.expect(f"^end {ph.number} 5 ")
    ph.answer(bye, 200)
    assert sessions(server) == 0


def test_a_repeated_200_is_acknowledged_again(server, peer):
    ph = Phone(server, peer)
    ph.pick_up()
    ph.say(200, body=SDP)
    ph.next("ACK")
    server.tell("hangup")
    ph.answer(ph.next("BYE"), 200)


def test_the_peer_hangs_up(server, peer):
    ph = Phone(server, peer)
    ph.pick_up()
    # from the callee: its own name in From
    bye = ph.request("BYE").replace(
        f"From: <sip:me@{peer.host}>;tag={ph.tag}", f"From: {ph.from_uri}")
    peer.send(bye)
    msg = peer.recv()
    assert msg.status == 200
    server.expect(f"^end {ph.number} 0 BYE")
    assert sessions(server) == 0


@pytest.mark.parametrize("status", [302, 404, 486, 500, 603])
def test_refusals_end_it(server, peer, status):
    ph = Phone(server, peer)
    ph.say(180)
    ph.say(status, *(["Contact: <sip:evil@192.0.2.1>"] if status == 302 else []))
    ph.next("ACK")
    server.expect(f"^end {ph.number} 6 ")
    server.expect(f"^status {ph.number} {status}")
    assert sessions(server) == 0


def test_cancel_while_it_rings(server, peer):
    ph = Phone(server, peer)
    ph.say(180)
    server.expect(f"^progress {ph.number} 180")
    server.tell("hangup")
    cancel = ph.next("CANCEL")
    server.expect(f"^end {ph.number} 5 ")
    ph.answer(cancel, 200)
    ph.say(487)
    ph.next("ACK")
    assert sessions(server) == 0


def test_cancel_waits_for_a_first_response(server, peer):
    """RFC 3261 9.1: nothing is cancelled before the peer has said anything."""
    ph = Phone(server, peer)
    server.tell("hangup")
    server.expect(f"^end {ph.number} 5 ")
    ph.say(180)
    while True:
        msg = peer.recv()
        assert msg.method in ("INVITE", "CANCEL")
        if msg.method == "CANCEL":
            break
    ph.answer(msg, 200)
    ph.say(487)
    ph.next("ACK")
    assert sessions(server) == 0


def test_answer_that_crosses_the_cancel_is_hung_up(server, peer):
    ph = Phone(server, peer)
    ph.say(180)
    server.expect(f"^progress {ph.number} 180")
    server.tell("hangup")
    cancel = ph.next("CANCEL")
    ph.say(200, body=SDP)
    ph.answer(cancel, 200)
    got = [ph.peer.recv(), ph.peer.recv()]
    assert [m.method for m in got] == ["ACK", "BYE"]
    ph.answer(got[1], 200)
    assert sessions(server) == 0


def test_the_first_of_two_forks_is_taken(server, peer):
    ph = Phone(server, peer)
    ph.say(180, tag="f1")
    ph.say(180, tag="f2")
    ph.say(200, body=SDP, tag="f2")
    ack = ph.next("ACK")
    assert ";tag=f2" in ack.get("to")
    server.expect(f"^confirmed {ph.number}")
    ph.say(200, body=SDP, tag="f1")
    got = [peer.recv(), peer.recv()]
    assert sorted(m.method for m in got) == ["ACK", "BYE"]
    assert all(";tag=f1" in m.get("to") for m in got)
    ph.answer(next(m for m in got if m.method == "BYE"), 200)
    server.tell("hangup")
    bye = ph.next("BYE")
    assert ";tag=f2" in bye.get("to")
    ph.answer(bye, 200)


@pytest.mark.parametrize("body", ["", None])
def test_200_that_is_no_good_is_hung_up(server, peer, body):
    """No description, or nowhere to send to."""
    ph = Phone(server, peer)
    if body is None:
        ph.contact = "<tel:123>"
    ph.say(200, body=SDP if body is None else body)
    got = [peer.recv(), peer.recv()]
    assert [m.method for m in got] == ["ACK", "BYE"]
    ph.answer(got[1], 200)
    server.expect(f"^end {ph.number} 6 ")
    assert sessions(server) == 0


def test_interval_too_small_is_raised(server, peer):
    ph = Phone(server, peer)
    ph.say(422, "Min-SE: 3600")
    ph.next("ACK")
    ph.invite = ph.next("INVITE")
    assert ph.invite.get("session-expires") == "3600"
    assert ph.invite.get("min-se") == "3600"
    ph.pick_up("Session-Expires: 3600;refresher=uac", "Require: timer")
    server.tell("hangup")
    ph.answer(ph.next("BYE"), 200)


def digest(msg, header, password, algorithm=hashlib.md5):
    """Is the response in a request right? (RFC 7616, written again.)"""
    got = dict(re.findall(r'(\w+)="?([^",]*)"?', msg.get(header)))

    def h(*parts):
        return algorithm(":".join(parts).encode()).hexdigest()
    ha1 = h(got["username"], got["realm"], password)
    ha2 = h(msg.method, got["uri"])
    middle = [got["nonce"]] + ([got["nc"], got["cnonce"], "auth"] if "qop" in got else [])
    assert got["response"] == h(ha1, *middle, ha2), got
    return got


@pytest.mark.parametrize("status,header", [(401, "Authorization"),
                                           (407, "Proxy-Authorization")])
@pytest.mark.parametrize("challenges,algorithm", [
    (['Digest realm="x", nonce="n1"'], hashlib.md5),
    (['Digest realm="x y", nonce="n1", qop="auth-int,auth", opaque="o", algorithm=MD5'],
     hashlib.md5),
    (['Digest realm="x", nonce="n1", qop="auth", algorithm=MD5',
      'Digest realm="x", nonce="n2", qop="auth", algorithm=SHA-256'], hashlib.sha256),
    (['Basic realm="x"', 'Digest realm="x", nonce="n2", algorithm=SHA-256, qop="auth"'],
     hashlib.sha256),
])
def test_challenges_are_answered(server, peer, status, header, challenges, algorithm):
    ph = Phone(server, peer, "alice", "secret")
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    assert not ph.invite.get(header)
    ph.say(status, *(f"{name}: {c}" for c in challenges))
    ph.next("ACK")
    first, ph.invite = ph.invite, ph.next("INVITE")
    assert int(ph.invite.cseq.split()[0]) == int(first.cseq.split()[0]) + 1
    assert ph.invite.get("call-id") == first.get("call-id")
    got = digest(ph.invite, header, "secret", algorithm)
    assert got["username"] == "alice"
    assert got["uri"] == ph.invite.start.split()[1]
    ack = ph.pick_up()
    assert ack.get(header) == ph.invite.get(header)     # RFC 3261 22.1
    server.tell("hangup")
    bye = ph.next("BYE")
    assert not bye.get(header)
    ph.say(status, f"{name}: {challenges[-1]}", req=bye)
    bye = ph.next("BYE")
    digest(bye, header, "secret", algorithm)
    ph.say(200, req=bye)
    assert sessions(server) == 0


@pytest.mark.parametrize("challenge", [
    'Digest realm="x", nonce="n1", algorithm=SHA-512',
    'Digest realm="x"',
    'Digest realm="x", nonce="n", qop="auth-int"',
    'Digest realm="' + "x" * 600 + '", nonce="n"',
    'Basic realm="x"',
    "Digest",
])
def test_challenges_that_we_cannot_answer_end_it(server, peer, challenge):
    ph = Phone(server, peer, "alice", "secret")
    ph.say(401, f"WWW-Authenticate: {challenge}")
    ph.next("ACK")
    server.expect(f"^status {ph.number} 401")
    assert sessions(server) == 0


def test_a_wrong_password_is_not_tried_for_ever(server, peer):
    ph = Phone(server, peer, "alice", "wrong")
    for n in range(4):
        ph.say(401, f'WWW-Authenticate: Digest realm="x", nonce="n{n}"')
        ph.next("ACK")
        if n < 3:
            ph.invite = ph.next("INVITE")
    server.expect(f"^status {ph.number} 401")
    assert sessions(server) == 0


def test_nobody_there(server):
    """A port that nobody listens on: TCP says so at once."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    server.tell(f"dial 123 {port} tcp")
    number = int(server.expect(r"^dial \d+ 0")[5:-2])
    server.expect(f"^status {number} 503", 10)
    assert sessions(server) == 0


@pytest.mark.parametrize("user", ["1;2", "1@2", "<1>", "ä", "1%23"])
def test_numbers_that_are_none(server, user):
    server.tell(f"dial {user} 5060 udp")
    server.expect(r"^dial \d+ -22")


def test_offer_of_theirs_in_the_call(server, peer):
    """A re-INVITE by the one who was called: hold, say."""
    ph = Phone(server, peer)
    ph.pick_up()
    text = ph.request("INVITE", body=SDP).replace(
        f"From: <sip:me@{peer.host}>;tag={ph.tag}", f"From: {ph.from_uri}")
    peer.send(text)
    while (msg := peer.recv()).status != 200:
        assert msg.status == 100
    server.expect(f"^reoffer {ph.number} ")
    peer.send(ph.request("ACK").replace(
        f"From: <sip:me@{peer.host}>;tag={ph.tag}", f"From: {ph.from_uri}"))
    server.tell("offer")
    inv = ph.next("INVITE")
    ph.say(200, body=SDP, req=inv)
    ph.next("ACK")
    server.expect(f"^answer {ph.number} ")
    server.tell("hangup")
    ph.answer(ph.next("BYE"), 200)
    assert sessions(server) == 0
