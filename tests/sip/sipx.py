"""A SIP peer made of sockets, and the server that it talks to.

Nothing here knows the protocol's rules: tests write what they mean to send, and
look at what comes back as text.
"""
import os
import queue
import random
import re
import select
import socket
import subprocess
import threading
import time

SDP = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
       "t=0 0\r\nm=audio 4000 RTP/AVP 0\r\n")
UAS = os.environ.get("UAS_TEST", "tests/sip/uas_test")


def free_port(host="127.0.0.1"):
    """A port that is free for both UDP and TCP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.socket(family, socket.SOCK_DGRAM) as u, \
                socket.socket(family, socket.SOCK_STREAM) as t:
            u.bind((host, 0))
            port = u.getsockname()[1]
            try:
                t.bind((host, port))
            except OSError:
                continue
            return port


class Server:
    """uas_test, running."""

    def __init__(self, *args, host="127.0.0.1", port=None, wait=True):
        self.host = host
        self.port = port or free_port(host)
        env = dict(os.environ,
                   ASAN_OPTIONS="detect_leaks=1:exitcode=99")
        self.proc = subprocess.Popen(
            [UAS, f"bind={host}:{self.port}", *args], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        # both are read all the time: a full pipe would stop the server
        self.queue = queue.SimpleQueue()
        self.log = []
        self.threads = [
            threading.Thread(target=self._read, daemon=True, args=a)
            for a in ((self.proc.stdout, self.queue.put),
                      (self.proc.stderr, self.log.append))]
        for t in self.threads:
            t.start()
        self.lines = []
        if wait:
            self.expect("^ready", 20)

    @staticmethod
    def _read(pipe, put):
        for line in pipe:
            put(line.decode(errors="replace").rstrip("\n"))

    def poll(self, timeout=0.0):
        try:
            while True:
                self.lines.append(self.queue.get(timeout > 0, timeout))
                timeout = 0
        except queue.Empty:
            pass

    def expect(self, pattern, timeout=3.0):
        """The first line like pattern, which is taken out."""
        end = time.monotonic() + timeout
        while True:
            for i, line in enumerate(self.lines):
                if re.search(pattern, line):
                    return self.lines.pop(i)
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(
                    f"no {pattern!r} in ...{self.lines[-10:]}")
            self.poll(min(left, 0.2))

    def tell(self, line):
        self.proc.stdin.write(line.encode() + b"\n")
        self.proc.stdin.flush()

    def counters(self):
        self.tell("counters")
        self.expect(r"^\.$", 10)
        got = {}
        for line in list(self.lines):
            m = re.match(r"(\w+)=(\d+)$", line)
            if m:
                got[m[1]] = int(m[2])
                self.lines.remove(line)
        return got

    def wait_empty(self, timeout=5.0):
        """Until no session is left."""
        end = time.monotonic() + timeout
        while (left := self.counters()["sessions"]) and time.monotonic() < end:
            time.sleep(0.02)
        assert left == 0

    def alive(self):
        return self.proc.poll() is None

    def cpu_ms(self):
        with open(f"/proc/{self.proc.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf(
            "SC_CLK_TCK")

    def stop(self, rc=0):
        """Ends the server; it must leave cleanly, leaks included."""
        if self.alive():
            self.tell("quit")
        try:
            self.proc.wait(30)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
        for thread in self.threads:
            thread.join(5)
        for pipe in (self.proc.stdin, self.proc.stdout, self.proc.stderr):
            pipe.close()
        assert self.proc.returncode == rc, "\n".join(self.log[-60:])
        return "\n".join(self.log)


class Message:
    """A parsed SIP message: start line, headers by lower-case name, body."""

    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode(errors="replace").split("\r\n")
        self.start = first
        self.headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            self.headers.setdefault(name.strip().lower(), []).append(
                value.strip())

    @property
    def status(self):
        return int(self.start.split()[1]) if self.start.startswith(
            "SIP/2.0") else 0

    @property
    def method(self):
        return "" if self.status else self.start.split()[0]

    def get(self, name, default=""):
        return ", ".join(self.headers.get(name.lower(), [])) or default

    @property
    def to_tag(self):
        m = re.search(r";tag=([^;,\s]+)", self.get("to"))
        return m[1] if m else ""

    @property
    def cseq(self):
        return self.get("cseq")

    def __repr__(self):
        return f"<{self.start} | {self.cseq}>"


class Peer:
    """One socket towards the server."""

    def __init__(self, server, proto="udp"):
        self.server = server
        self.proto = proto
        v6 = ":" in server.host
        family = socket.AF_INET6 if v6 else socket.AF_INET
        if proto == "udp":
            self.sock = socket.socket(family, socket.SOCK_DGRAM)
            self.sock.bind((server.host, 0))
        else:
            self.sock = socket.create_connection(
                (server.host, server.port), timeout=5)
        self.port = self.sock.getsockname()[1]
        self.host = f"[{server.host}]" if v6 else server.host
        self.target = f"{self.host}:{server.port}"
        self.buf = b""

    def close(self):
        self.sock.close()

    def send(self, data):
        if isinstance(data, str):
            data = data.encode()
        if self.proto == "udp":
            self.sock.sendto(data, (self.server.host, self.server.port))
        else:
            self.sock.sendall(data)

    def _from_stream(self):
        self.buf = self.buf.lstrip(b"\r\n")
        head, sep, rest = self.buf.partition(b"\r\n\r\n")
        if not sep:
            return None
        m = re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", head)
        n = int(m[1]) if m else 0
        if len(rest) < n:
            return None
        self.buf = rest[n:]
        return Message(head + sep + rest[:n])

    def recv(self, timeout=3.0):
        """The next message, or None."""
        end = time.monotonic() + timeout
        while True:
            if self.proto == "tcp":
                msg = self._from_stream()
                if msg:
                    return msg
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                return None
            try:
                data = self.sock.recv(65536)
            except ConnectionError:
                continue
            if self.proto == "udp":
                if data.strip():
                    return Message(data)
            elif not data:
                return None
            else:
                self.buf += data


class Call:
    """The texts of one dialog, as a caller writes them."""

    def __init__(self, peer, user="ok", uri=None):
        self.peer = peer
        self.uri = uri or f"sip:{user}@{peer.target}"
        self.id = f"{random.getrandbits(64):x}@test"
        self.tag = f"{random.getrandbits(32):x}"
        self.to_tag = ""
        self.seq = 0
        self.branch = ""
        self.target = self.uri
        tr = ";transport=tcp" if peer.proto == "tcp" else ""
        self.contact = f"<sip:me@{peer.host}:{peer.port}{tr}>"
        self.from_name = ""

    def request(self, method, *headers, body="", seq=None, branch=None,
                ctype="application/sdp", contact=True, totag=None, uri=None,
                length=None, via=""):
        if seq is None:
            if method not in ("ACK", "CANCEL"):
                self.seq += 1
            seq = self.seq
        self.branch = branch or f"z9hG4bK{random.getrandbits(48):x}"
        tag = self.to_tag if totag is None else totag
        lines = [
            f"{method} {uri or self.target} SIP/2.0",
            f"Via: SIP/2.0/{self.peer.proto.upper()} "
            f"{self.peer.host}:{self.peer.port};rport;"
            f"branch={self.branch}{via}",
            "Max-Forwards: 70",
            f"From: {self.from_name}<sip:me@{self.peer.host}>;tag={self.tag}",
            f"To: <{self.uri}>" + (f";tag={tag}" if tag else ""),
            f"Call-ID: {self.id}",
            f"CSeq: {seq} {method}"]
        if contact and method in ("INVITE", "UPDATE"):
            lines.append(f"Contact: {self.contact}")
        lines += headers
        if body:
            lines.append(f"Content-Type: {ctype}")
        n = len(body.encode()) if length is None else length
        lines.append(f"Content-Length: {n}")
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def send(self, method, *headers, **kw):
        text = self.request(method, *headers, **kw)
        self.peer.send(text)
        return text

    def final(self, timeout=3.0):
        """The next final response in this call; all else is passed over."""
        end = time.monotonic() + timeout
        while True:
            msg = self.peer.recv(max(end - time.monotonic(), 0.01))
            assert msg is not None, "no final response"
            if msg.status >= 200 and msg.get("call-id") == self.id:
                return msg

    def learn(self, msg):
        self.to_tag = msg.to_tag
        m = re.search(r"<([^>]+)>", msg.get("contact"))
        if m:
            self.target = m[1]

    def ask(self, method, *headers, timeout=3.0, **kw):
        self.send(method, *headers, **kw)
        return self.final(timeout)

    def ack(self, body="", seq=None):
        self.send("ACK", body=body, seq=seq)

    def ack_refusal(self, msg):
        """ACK to a non-2xx: same branch, and the To tag of the response."""
        self.send("ACK", branch=self.branch, totag=msg.to_tag)

    def setup(self, *headers, body=SDP, **kw):
        """INVITE, 200, ACK."""
        msg = self.ask("INVITE", *headers, body=body, **kw)
        assert msg.status == 200, msg.start
        self.learn(msg)
        self.ack(body="" if body else SDP)
        return msg

    def bye(self):
        msg = self.ask("BYE")
        assert msg.status == 200, msg.start

    def answer(self, req, status, *headers, body=""):
        """Our response to a request of the server's."""
        phrase = {200: "OK", 491: "Pending"}.get(status, "Whatever")
        lines = [f"SIP/2.0 {status} {phrase}"]
        for name in ("via", "from", "to", "call-id", "cseq"):
            lines += [f"{name}: {v}" for v in req.headers[name]]
        lines += headers
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        self.peer.send("\r\n".join(lines) + "\r\n\r\n" + body)
