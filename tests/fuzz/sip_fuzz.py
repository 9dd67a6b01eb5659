#!/usr/bin/env python3
"""Sends broken SIP to uas_test: sip_fuzz.py [COUNT [SEED]]

Sound messages of every kind (in and out of dialogs, requests and responses) are
broken in one to ten places and sent by UDP and, in pieces, by TCP. Every 500 the
server must answer, and in the end leave without a leak. What it was sent last
is kept in sip_fuzz.crash when it dies.
"""
import os
import random
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "sip"))
from sipx import SDP, Call, Peer, Server  # noqa: E402

MULTIPART = ("--b\r\nContent-Type: application/sdp\r\n\r\n" + SDP +
             "\r\n--b\r\nContent-Type: application/isup;version=x\r\n"
             "Content-Disposition: signal;handling=optional\r\n\r\nxy\r\n"
             "--b--\r\n")
HEADERS = """\
Session-Expires: 1800;refresher=uac
Min-SE: 90
Supported: timer, 100rel, replaces, path, gruu
Require: 100rel
Allow: INVITE, ACK, CANCEL, BYE, UPDATE
Accept: application/sdp;level=1, text/html
Accept-Language: da, en-gb;q=0.8
Accept-Encoding: gzip;q=1.0, identity; q=0.5
Alert-Info: <http://e.x/s.wav>
Call-Info: <http://e.x/a.jpg>;purpose=icon,<http://e.x/>;purpose=info
In-Reply-To: 70710@s, 17320@s
Date: Sat, 13 Nov 2010 23:29:00 GMT
Priority: emergency
Reason: SIP;cause=580;text="x", Q.850;cause=16
Record-Route: <sip:p1@127.0.0.1;lr>, <sip:p2@127.0.0.1:8999;lr>
Route: <sip:127.0.0.1;lr>
Referred-By: <sip:r@x>;cid="20398823.2UWQFN309shb3@r.example"
Replaces: abc@h;to-tag=1;from-tag=2;early-only
Join: abc@h;to-tag=1;from-tag=2
Request-Disposition: proxy, recurse, parallel
Accept-Contact: *;mobility="fixed";require
Reject-Contact: *;actor="msg-taker"
P-Asserted-Identity: "C" <sip:c@x>, <tel:+1>
Privacy: id;critical
Path: <sip:p@x;lr>
History-Info: <sip:x@y>;index=1
Timestamp: 54.2 0.1
Organization: o
Subject: s
User-Agent: a/b (c) d
Warning: 307 isi.edu "Session 'x' not understood"
MIME-Version: 1.0
Content-Language: fr
Content-Encoding: identity
Content-Disposition: session;handling=required
Retry-After: 18 (c) ;duration=36
RAck: 1 1 INVITE
RSeq: 1
Event: presence;id=1
Subscription-State: active;expires=60
Refer-To: <sip:y@z?Replaces=a%40h%3Bto-tag%3D1&Require=x>
Proxy-Authorization: Digest username="b", realm="r", nonce="A==", uri="sip:x"
Info-Package: x
X-Foo: bar""".split("\n")
TOKENS = [b"\r\n", b"\r\n ", b"\r\n\r\n", b"\n", b"\0", b",", b";", b"<", b">",
          b'"', b"\\", b"%", b"%00", b"%0d%0a", b"@", b":", b"=", b"*", b"(",
          b")", b"[::1]", b"[", b"]", b"sip:", b"sips:", b"tel:", b"urn:",
          b"4294967295", b"4294967296", b"-1", b"18446744073709551616",
          b"2147483648", b"0", b"65536", b"\xff", b"\xe2\x82\xac", b"SIP/2.0",
          b"INVITE", b"tag=", b"branch=", b"A" * 300, b"A" * 5000, b" ", b"\t",
          b"?", b"&", b"--b", b"--b--", b"boundary=", b"m:", b"v:", b"l: 0",
          b"Content-Length: -1\r\n", b"Content-Length: 99999\r\n", b"{",
          b";maddr=255.255.255.255", b";received=1.2.3.4", b";rport=0", b"'"]
METHODS = ("INVITE OPTIONS REGISTER SUBSCRIBE NOTIFY PUBLISH REFER MESSAGE INFO "
           "UPDATE PRACK BYE CANCEL ACK FOO").split()
USERS = "ok ring early earlywait wait busy bye byenow offer slow norefer".split()


class Fuzzer:
    def __init__(self, seed):
        self.rnd = random.Random(seed)
        # as random in the server's own choices; ours are all of the seed
        random.seed(seed)
        self.server = Server("minse=2", "se=4")
        self.udp = Peer(self.server)
        self.udp.sock.setblocking(False)
        self.tcp = None
        self.calls = []
        self.sent = []

    def sound(self):
        """A sound message: a new one, one in a dialog, or a response."""
        rnd = self.rnd
        kind = rnd.random()
        if kind < 0.15:
            return self.response()
        if kind < 0.4 and self.calls:
            call = rnd.choice(self.calls)
            method = rnd.choice(METHODS)
        else:
            call = Call(self.udp, rnd.choice(USERS))
            method = rnd.choice(("INVITE", "INVITE", rnd.choice(METHODS)))
        more = rnd.sample(HEADERS, rnd.choice((0, 0, 1, 3, 40)))
        body, ctype = rnd.choice(((SDP, "application/sdp"), ("", ""),
                                  (MULTIPART, "multipart/mixed;boundary=b"),
                                  ("Signal=1", "application/dtmf-relay")))
        text = call.request(method, *more, body=body, ctype=ctype)
        if method == "INVITE" and call not in self.calls:
            self.calls = self.calls[-20:] + [call]
        return text.encode()

    def response(self):
        call = self.rnd.choice(self.calls) if self.calls else Call(self.udp)
        status = self.rnd.choice((100, 180, 200, 202, 302, 401, 481, 491, 503))
        more = self.rnd.sample(HEADERS, 3)
        return ("\r\n".join(
            [f"SIP/2.0 {status} X",
             f"Via: SIP/2.0/UDP {self.udp.target};branch=z9hG4bKx",
             f"From: <sip:a@b>;tag={call.to_tag}",
             f"To: <sip:a@b>;tag={call.tag}", f"Call-ID: {call.id}",
             f"CSeq: {call.seq} INVITE", "Contact: <sip:q@w>", *more,
             f"Content-Length: {len(SDP)}"]) + "\r\n\r\n" + SDP).encode()

    def lines(self, b):
        return b.split(b"\r\n")

    def break_once(self, b):
        rnd = self.rnd
        i = rnd.randrange(len(b))
        how = rnd.randrange(9)
        if how == 0:
            return b[:i] + bytes([rnd.randrange(256)]) + b[i + 1:]
        if how == 1:
            return b[:i] + b[i + rnd.choice((1, 2, 5, 20, 100)):]
        if how == 2:
            return b[:i] + rnd.choice(TOKENS) + b[i:]
        if how == 3:
            return b[:i] + rnd.choice(TOKENS) * rnd.choice((2, 10, 50)) + b[i:]
        if how == 8:
            nums = list(re.finditer(rb"\d+", b))
            if not nums:
                return b
            m = rnd.choice(nums)
            return b[:m.start()] + rnd.choice(TOKENS[27:34]) + b[m.end():]
        lines = self.lines(b)
        k = rnd.randrange(len(lines))
        if how == 4:
            lines.insert(rnd.randrange(len(lines) + 1), lines[k])
        elif how == 5:
            lines[k] = lines[k][:rnd.randrange(len(lines[k]) + 1)]
        elif how == 6:
            lines.pop(k)
        elif b":" in lines[k]:
            name = lines[k].split(b":", 1)[0]
            value = rnd.choice(HEADERS).split(":", 1)[1].encode()
            lines[k] = name + b":" + value
        return b"\r\n".join(lines)

    def broken(self):
        b = self.sound()
        if self.rnd.random() < 0.08:
            return b
        for _ in range(self.rnd.choice((1, 1, 1, 2, 2, 3, 5, 10))):
            b = self.break_once(b) or b"x"
        return b[:65000]

    def send(self, b):
        try:
            if self.rnd.random() > 0.12:
                self.udp.send(b)
                return
            if not self.tcp or self.rnd.random() < 0.15:
                if self.tcp:
                    self.tcp.close()
                self.tcp = Peer(self.server, "tcp")
            b = b.replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP")
            k = self.rnd.randrange(1, len(b) + 1)
            self.tcp.send(b[:k])
            if self.rnd.random() < 0.8:
                self.tcp.send(b[k:])
        except OSError:
            self.tcp = None

    def listen(self):
        """Answers what asks for one, so that dialogs get far."""
        while True:
            msg = self.udp.recv(0)
            if not msg:
                return
            for c in self.calls:
                if c.id != msg.get("call-id"):
                    continue
                if msg.status == 200 and "INVITE" in msg.cseq:
                    c.learn(msg)
                    if self.rnd.random() < 0.8:
                        c.ack()
                elif msg.method in ("INVITE", "BYE", "UPDATE"):
                    c.answer(msg, self.rnd.choice((200, 491, 481)), body=SDP)

    def check(self):
        p = Peer(self.server)
        for _ in range(20):
            p.send(Call(p).request("OPTIONS"))
            if p.recv(1):
                p.close()
                return
            if not self.server.alive():
                break
        with open("sip_fuzz.crash", "wb") as f:
            for b in self.sent:
                f.write(b"===== %d\n" % len(b) + b + b"\n")
        self.server.stop()
        raise SystemExit("no answer")

    def run(self, count):
        for i in range(1, count + 1):
            b = self.broken()
            self.sent = self.sent[-600:] + [b]
            self.send(b)
            if i % 10 == 0:
                self.listen()
                self.server.poll()
                self.server.lines.clear()
                time.sleep(0.001)
            if i % 500 == 0:
                self.check()
        time.sleep(1.1)                 # some are counted once a second
        counters = self.server.counters()
        self.server.stop()
        return counters


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    got = Fuzzer(seed).run(count)
    print(f"{count} messages, seed {seed}:",
          {k: v for k, v in got.items() if v})
    assert got["sip_bad_request"] and got["sip_garbage"] and got["sip_invite"]


if __name__ == "__main__":
    main()
