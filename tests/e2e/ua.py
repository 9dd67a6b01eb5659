"""A SIP phone of our own, for scenarios that must be exact.

	phone = Phone(codecs=("PCMA",))
	call = phone.call(server.uri("1000", ";pin=1234"))
	call.stream.tone(700)
	...
	call.bye()

It does what a phone must (ACK, answers to requests in a dialog, RTP at a true
20 ms pace) and nothing by itself beyond that. What came is kept: phone.trace
has every message, call.stream every packet.
"""
import random
import socket
import threading
import time

import codec
import rtp
import sipmsg
from sipmsg import Message, host

MAGIC = "z9hG4bK"
ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE"


def token():
    return f"{random.getrandbits(48):x}"


class Phone:
    """A user agent on one address: a UDP socket, or one TCP connection."""

    def __init__(self, ip="127.0.0.1", transport="udp", name="alice",
                 codecs=("PCMU",), dtmf=True, ptime=20):
        self.ip, self.transport, self.name = ip, transport, name
        self.codecs = [codec.find(c) for c in codecs]
        self.event_pt = 101 if dtmf else None
        self.ptime = ptime
        self.cond = threading.Condition()
        self.calls = {}             # by Call-ID
        self.incoming = []          # calls that came in, not yet taken
        self.trace = []             # (time, "<" or ">", bytes)
        self.answered = {}          # via branch + method -> our response
        self.loose = []             # responses that belong to no call
        self.deaf = False           # answer nothing any more
        self.buf = b""
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
        self.sock = socket.socket(family, kind)
        self.sock.bind((ip, 0))
        self.port = self.sock.getsockname()[1]
        if transport == "udp":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            rtp.threads().add_receiver(self.sock, self._on_data)
        self.connected = transport == "udp"

    @property
    def contact(self):
        via = ";transport=tcp" if self.transport == "tcp" else ""
        return f"<sip:{self.name}@{host(self.ip)}:{self.port}{via}>"

    def close(self):
        for call in list(self.calls.values()):
            call.stream.close()
        rtp.threads().del_receiver(self.sock)
        self.sock.close()

    # ---- transport ----

    def send(self, data, addr):
        if isinstance(data, Message):
            data = data.print()
        if not self.connected:
            self.sock.connect(addr)
            self.connected = True
            rtp.threads().add_receiver(self.sock, self._on_data)
        self.trace.append((time.monotonic(), ">", data))
        if self.transport == "tcp":
            self.sock.sendall(data)
        else:
            self.sock.sendto(data, addr)

    def _on_data(self, data, addr, at):
        if self.transport == "udp":
            msg = sipmsg.parse(data)
            if msg.get("via"):          # a port may get what was meant for its last owner
                self._on_message(msg, data, addr[:2])
            return
        if not data:
            rtp.threads().del_receiver(self.sock)
            with self.cond:
                self.connected = None       # the peer closed
                self.cond.notify_all()
            return
        self.buf += data
        while True:
            msg, self.buf = sipmsg.take(self.buf)
            if msg is None:
                return
            self._on_message(msg, msg.print(), None)

    def _on_message(self, msg, data, addr):
        with self.cond:
            self.trace.append((time.monotonic(), "<", data))
            if self.deaf:
                return
            call = self.calls.get(msg.get("call-id"))
            if msg.is_response:
                # an answer to half a request may be half an answer
                whole = call and msg.get("cseq") and msg.get("to")
                (call.on_response if whole else self.loose.append)(msg)
            else:
                self._on_request(msg, addr, call)
            self.cond.notify_all()

    def _on_request(self, msg, addr, call):
        key = (msg["via"], msg.method)
        if key in self.answered:
            self.send(self.answered[key], addr)
        elif call:
            call.on_request(msg, addr)
        elif msg.method == "INVITE":
            call = Call(self, addr)
            call.take_invite(msg)
            self.calls[call.id] = call
            self.incoming.append(call)
        elif msg.method == "OPTIONS":
            self.respond(msg, 200, "OK", addr)
        elif msg.method != "ACK":
            self.respond(msg, 481, "No Such Call", addr)

    def respond(self, msg, status, reason, addr, tag=None, headers=(), body=b""):
        to = msg["to"] if msg.tag("to") or not tag else f"{msg['to']};tag={tag}"
        out = Message(f"SIP/2.0 {status} {reason}",
                      [("Via", v) for v in msg.all("via")] +
                      [("Record-Route", v) for v in msg.all("record-route")] +
                      [("From", msg["from"]), ("To", to), ("Call-ID", msg["call-id"]),
                       ("CSeq", msg["cseq"]), *headers], body)
        if status >= 200 and msg.method != "INVITE":
            self.answered[msg["via"], msg.method] = out
        self.send(out, addr)

    # ---- what a test calls ----

    def wait(self, what, timeout=20, saying=""):
        """Waits until what() is true, whatever comes; returns its value."""
        with self.cond:
            assert self.cond.wait_for(what, timeout), \
                saying or f"waited {timeout} s in vain"
            return what()

    def new(self, uri, addr, stream_ip=None):
        """A call that is not begun yet."""
        call = Call(self, addr, stream_ip)
        call.uri = call.target = uri
        self.calls[call.id] = call
        return call

    def call(self, target, headers=(), **kw):
        """Calls (uri, addr), waits for the answer and starts to send RTP."""
        call = self.new(*target)
        call.invite(headers=headers, **kw)
        res = call.wait_final()
        assert res.status == 200, f"INVITE: {res.start}"
        call.stream.start()
        return call

    def wait_call(self, timeout=20):
        """The next call that comes in."""
        self.wait(lambda: self.incoming, timeout, "no call came in")
        return self.incoming.pop(0)

    def request(self, method, target, headers=(), body=b"", timeout=20, **over):
        """A request outside of any dialog; returns the final response. over:
        header=value in place of ours, None to leave one out."""
        uri, addr = target
        via = f"SIP/2.0/{self.transport.upper()} {host(self.ip)}:{self.port}" \
            f";branch={MAGIC}{token()};rport"
        ours = {"Via": via, "Max-Forwards": "70",
                "From": f"<sip:{self.name}@{host(self.ip)}>;tag={token()}",
                "To": f"<{uri}>", "Call-ID": f"{token()}@test", "CSeq": f"1 {method}",
                "Contact": self.contact}
        ours.update({k.replace("_", "-").title().replace("Id", "ID"): v
                     for k, v in over.items()})
        ours = {k.replace("Cseq", "CSeq"): v for k, v in ours.items()}
        msg = Message(f"{method} {uri} SIP/2.0",
                      [(k, v) for k, v in ours.items() if v is not None] + list(headers),
                      body)
        seen = len(self.loose)
        self.send(msg, addr)
        done = lambda: next((r for r in self.loose[seen:] if r.status >= 200), None)
        return self.wait(done, timeout, f"no answer to {method}")


class Call:
    """One dialog and its RTP. Requests that come in it are answered here."""

    def __init__(self, phone, addr, stream_ip=None):
        self.phone, self.addr = phone, addr
        self.id = f"{token()}@test"
        self.local_tag, self.remote_tag = token(), None
        self.cseq = random.randrange(1, 1000)
        self.uri = self.target = None
        self.routes = []
        self.responses, self.requests = [], []
        self.up = False             # answered with 200
        self.ended = False          # BYE came or was answered
        self.auto = True            # ACK and answer by itself
        self.invite_msg = None      # our last INVITE, or the one that came
        self.acks = {}              # cseq -> our ACK
        self.stream = rtp.Stream(stream_ip or phone.ip)
        self.stream.ptime = phone.ptime
        self.codecs = list(phone.codecs)
        self.event_pt = phone.event_pt
        self.direction = "sendrecv"
        self.sdp_version = 0
        self.sdp = None             # the peer's last description
        self.outgoing = True

    def __repr__(self):
        return f"<Call {self.phone.name} {self.id}>"

    # ---- messages ----

    def _party(self, local):
        p = self.phone
        if self.outgoing:
            mine = f"<sip:{p.name}@{host(p.ip)}>;tag={self.local_tag}"
            theirs = f"<{self.uri}>" + (f";tag={self.remote_tag}" if self.remote_tag else "")
        else:
            mine = self.invite_msg["to"] + f";tag={self.local_tag}"
            theirs = self.invite_msg["from"]
        return mine if local else theirs

    def make(self, method, headers=(), body=b"", cseq=None, branch=None):
        """A request in this dialog (or its first INVITE)."""
        p = self.phone
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        via = f"SIP/2.0/{p.transport.upper()} {host(p.ip)}:{p.port}" \
            f";branch={branch or MAGIC + token()};rport"
        given = {n.lower() for n, _ in headers}
        ours = [("Via", via), ("Max-Forwards", "70"), ("From", self._party(True)),
                ("To", self._party(False)), ("Call-ID", self.id),
                ("CSeq", f"{cseq} {method}"), ("Contact", p.contact),
                ("Allow", ALLOW), ("User-Agent", "confab-test"),
                *(("Route", r) for r in self.routes)]
        if body and "content-type" not in given:
            ours.append(("Content-Type", "application/sdp"))
        return Message(f"{method} {self.target} SIP/2.0",
                       [h for h in ours if h[0].lower() not in given] + list(headers), body)

    def offer(self, direction=None, codecs=None, extra=(), ip=None):
        """Our description as it is now."""
        self.direction = direction or self.direction
        self.codecs = codecs or self.codecs
        self.sdp_version += 1
        s = self.stream
        s.map.update({c.pt: c for c in self.codecs})
        return sipmsg.sdp_make(ip or s.ip, s.port, self.codecs, self.event_pt,
                               self.direction, s.ptime, self.sdp_version, extra)

    def invite(self, headers=(), sdp=True, body=None):
        """Sends an INVITE or re-INVITE; sdp False: without an offer."""
        body = body if body is not None else self.offer() if sdp else b""
        self.invite_msg = self.make("INVITE", headers, body)
        self.phone.send(self.invite_msg, self.addr)
        return self.invite_msg.cseq

    def request(self, method, headers=(), body=b"", timeout=20):
        """A request in the dialog; returns the final response."""
        msg = self.make(method, headers, body)
        self.phone.send(msg, self.addr)
        return self.wait_final(msg.cseq, timeout)

    def wait_final(self, cseq=None, timeout=20):
        cseq = cseq or self.invite_msg.cseq
        find = lambda: next((r for r in self.responses
                             if r.cseq == cseq and r.status >= 200
                             and r.method != "CANCEL"), None)
        return self.phone.wait(find, timeout, f"no final response to CSeq {cseq}")

    def wait_provisional(self, timeout=20):
        return self.phone.wait(lambda: next((r for r in self.responses
                                             if r.status < 200), None), timeout)

    # ---- what phones do ----

    def bye(self, headers=()):
        self.stream.pause()
        res = self.request("BYE", headers)
        self.ended = True
        self.stream.close()
        return res

    def cancel(self):
        """Cancels the INVITE; returns the response to the CANCEL."""
        inv = self.invite_msg
        msg = Message(inv.start.replace("INVITE", "CANCEL", 1),
                      [(n, v.replace("INVITE", "CANCEL") if n == "CSeq" else v)
                       for n, v in inv.headers
                       if n in ("Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq")])
        self.phone.send(msg, self.addr)
        find = lambda: next((r for r in self.responses if r.method == "CANCEL"), None)
        return self.phone.wait(find, 20, "no response to CANCEL")

    def reinvite(self, direction=None, codecs=None, extra=(), ip=None, method="INVITE"):
        """Offers anew by INVITE or UPDATE, and takes the answer."""
        body = self.offer(direction, codecs, extra, ip)
        if method == "INVITE":
            self.invite(body=body)
            res = self.wait_final()
        else:
            res = self.request(method, body=body)
        return res

    def hold(self):
        res = self.reinvite("sendonly")
        self.stream.pause()
        return res

    def resume(self):
        res = self.reinvite("sendrecv")
        self.stream.start()
        return res

    def info(self, key, kind="application/dtmf-relay", ms=160):
        body = f"Signal={key}\r\nDuration={ms}\r\n" if "relay" in kind else key
        return self.request("INFO", [("Content-Type", kind)], body.encode())

    def vanish(self):
        """Power off: nothing is sent or answered any more."""
        self.phone.deaf = True
        self.stream.pause()

    def wait_bye(self, timeout=20):
        """Waits until the peer hangs up; returns its BYE."""
        find = lambda: next((r for r in self.requests if r.method == "BYE"), None)
        return self.phone.wait(find, timeout, "the peer did not hang up")

    # ---- what comes from the peer; the phone's lock is held ----

    def on_response(self, res):
        self.responses.append(res)
        if res.method == "INVITE" and res.status >= 200:
            self._on_invite_final(res)
        elif res.method == "UPDATE" and res.status == 200 and res.body:
            self._take_sdp(res.body)

    def _on_invite_final(self, res):
        if res.cseq in self.acks:               # a retransmission
            self.phone.send(self.acks[res.cseq], self.addr)
            return
        if res.status == 200:
            self.up = True
            self.remote_tag = res.tag("to")
            self.target = res["contact"].split("<")[-1].split(">")[0]
            self.routes = res.all("record-route")[::-1]
            body = b""
            if res.body:
                self._take_sdp(res.body)
                if not self.invite_msg.body:
                    body = self.answer()
            if not self.auto:
                return
            ack = self.make("ACK", body=body, cseq=res.cseq)
        else:
            ack = self._ack_failure(res)
        self.acks[res.cseq] = ack
        self.phone.send(ack, self.addr)

    def ack(self):
        """ACK by hand, where auto is off."""
        self.acks[self.invite_msg.cseq] = msg = self.make("ACK", cseq=self.invite_msg.cseq)
        self.phone.send(msg, self.addr)

    def _ack_failure(self, res):
        inv = self.invite_msg
        keep = [(n, v) for n, v in inv.headers
                if n in ("Via", "Max-Forwards", "From", "Call-ID")]
        return Message(inv.start.replace("INVITE", "ACK", 1),
                       keep + [("To", res["to"]), ("CSeq", f"{res.cseq} ACK")])

    def take_invite(self, msg):
        """An INVITE from outside begins this dialog."""
        self.outgoing = False
        self.id, self.invite_msg = msg["call-id"], msg
        self.remote_tag = msg.tag("from")
        self.target = msg["contact"].split("<")[-1].split(">")[0]
        self.routes = msg.all("record-route")
        self.requests.append(msg)

    def accept(self, status=200, reason="OK"):
        """Answers the INVITE that came in."""
        body = b""
        if status == 200:
            if self.invite_msg.body:
                self._take_sdp(self.invite_msg.body)
                body = self.answer()
            else:
                body = self.offer()
        self.up = status == 200
        self.phone.respond(self.invite_msg, status, reason, self.addr, self.local_tag,
                           self._content(body), body)
        if status == 200 and self.stream.remote:
            self.stream.start()

    def on_request(self, msg, addr):
        self.requests.append(msg)
        self.addr = addr or self.addr
        respond = lambda *a, **k: self.phone.respond(msg, *a[:2], self.addr,
                                                     self.local_tag, **k)
        if msg.method == "BYE":
            self.ended = True
            self.stream.pause()
            respond(200, "OK")
        elif msg.method in ("INVITE", "UPDATE"):
            if msg.body:
                self._take_sdp(msg.body)
            body = self.answer() if msg.body else \
                self.offer() if msg.method == "INVITE" else b""
            respond(200, "OK", headers=self._content(body), body=body)
        elif msg.method == "ACK":
            if msg.body:
                self._take_sdp(msg.body)
                self.stream.start()
        elif msg.method == "CANCEL":
            respond(200, "OK")
            self.phone.respond(self.invite_msg, 487, "Request Terminated", self.addr,
                               self.local_tag)
        else:
            respond(200, "OK")

    def _content(self, body):
        head = [("Contact", self.phone.contact), ("Allow", ALLOW)]
        return head + ([("Content-Type", "application/sdp")] if body else [])

    def answer(self):
        """Our answer to the peer's offer in self.sdp, with its payload types."""
        ours = {(c.name, c.clock) for c in self.codecs}
        chosen = [(pt, c) for pt, c in self.sdp.codecs if (c.name, c.clock) in ours]
        assert chosen, f"no codec in common: {self.sdp.text}"
        s = self.stream
        turn = {"sendonly": "recvonly", "recvonly": "sendonly"}
        direction = turn.get(self.sdp.direction, self.sdp.direction)
        mapped = [codec.Codec(c.name, c.clock, pt, c.encode, c.decode, c.sample_bytes)
                  for pt, c in chosen[:1]]
        s.map.update(chosen)
        self.sdp_version += 1
        event = self.sdp.events.get(mapped[0].clock) if self.event_pt else None
        return sipmsg.sdp_make(s.ip, s.port, mapped, event, direction, s.ptime,
                               self.sdp_version)

    def _take_sdp(self, body):
        """Sends from now on as the peer's description says."""
        self.sdp = sdp = sipmsg.sdp_parse(body)
        s = self.stream
        ours = {(c.name, c.clock) for c in self.codecs}
        usable = [(pt, c) for pt, c in sdp.codecs if (c.name, c.clock) in ours]
        with s.lock:
            if usable:
                s.pt, s.codec = usable[0]
                s.event_pt = sdp.events.get(s.codec.clock)
            s.remote = (sdp.ip, sdp.port)
