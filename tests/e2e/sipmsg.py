"""SIP messages and session descriptions, as little of both as the tests need."""
import re
from dataclasses import dataclass, field

import codec

_COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact",
            "l": "content-length", "c": "content-type", "k": "supported",
            "x": "session-expires", "e": "content-encoding", "s": "subject"}


@dataclass
class Message:
    start: str
    headers: list = field(default_factory=list)     # [(name, value)], in order
    body: bytes = b""

    @property
    def is_response(self):
        return self.start.startswith("SIP/2.0 ")

    @property
    def status(self):
        return int(self.start.split()[1]) if self.is_response else 0

    @property
    def method(self):
        return self["cseq"].split()[1] if self.is_response else self.start.split()[0]

    @property
    def cseq(self):
        return int(self["cseq"].split()[0])

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def get(self, name, default=None):
        return next(iter(self.all(name)), default)

    def __getitem__(self, name):
        value = self.get(name)
        if value is None:
            raise KeyError(f"no {name} in {self.start}")
        return value

    def tag(self, name):
        m = re.search(r";\s*tag=([^;>\s]+)", self[name].split(">")[-1])
        return m.group(1) if m else None

    def print(self):
        head = [self.start] + [f"{n}: {v}" for n, v in self.headers
                               if n.lower() != "content-length"]
        head.append(f"Content-Length: {len(self.body)}")
        return ("\r\n".join(head) + "\r\n\r\n").encode() + self.body


def parse(data):
    """A Message from a whole datagram."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "replace")).split("\r\n")
    msg = Message(lines[0], [], body)
    for line in lines[1:]:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        msg.headers.append((_COMPACT.get(name, name), value.strip()))
    return msg


def take(buf):
    """The first whole message of a stream's bytes, and the rest; (None, buf) if
    there is none yet."""
    buf = buf.lstrip(b"\r\n")
    end = buf.find(b"\r\n\r\n")
    if end < 0:
        return None, buf
    n = re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", buf[:end])
    size = end + 4 + (int(n.group(1)) if n else 0)
    if len(buf) < size:
        return None, buf
    return parse(buf[:size]), buf[size:]


def host(ip):
    """An IP as it stands in a URI."""
    return f"[{ip}]" if ":" in ip else ip


def sdp_make(ip, port, codecs, event_pt=101, direction="sendrecv", ptime=20,
             version=1, extra=()):
    """A description with one audio stream; event_pt None: no telephone-event."""
    family = "IP6" if ":" in ip else "IP4"
    clocks = sorted({c.clock for c in codecs if c.clock in (8000, 48000, 16000)}) \
        if event_pt is not None else []
    events = [(event_pt + i, clock) for i, clock in enumerate(clocks)]
    pts = " ".join(str(p) for p in [c.pt for c in codecs] + [e[0] for e in events])
    lines = ["v=0", f"o=test 1 {version} IN {family} {ip}", "s=-", f"c=IN {family} {ip}",
             "t=0 0", f"m=audio {port} RTP/AVP {pts}"]
    lines += [f"a=rtpmap:{c.pt} {c.rtpmap}" for c in codecs]
    for pt, clock in events:
        lines += [f"a=rtpmap:{pt} telephone-event/{clock}", f"a=fmtp:{pt} 0-15"]
    lines += [f"a=ptime:{ptime}", f"a={direction}", *extra]
    return ("\r\n".join(lines) + "\r\n").encode()


@dataclass
class Sdp:
    ip: str
    port: int
    codecs: list            # [(pt, Codec)] that we know, in order
    events: dict            # clock -> pt of telephone-event
    direction: str
    ptime: int
    text: str


def sdp_parse(body):
    """What the first audio stream of a description says."""
    text = body.decode()
    lines = [ln for ln in text.replace("\r\n", "\n").split("\n") if ln]
    at = next(i for i, ln in enumerate(lines) if ln.startswith("m=audio"))
    end = next((i for i in range(at + 1, len(lines)) if lines[i].startswith("m=")),
               len(lines))
    media = lines[at:end]
    session = lines[:next(i for i, ln in enumerate(lines) if ln.startswith("m="))]

    def value(prefix, default=None):
        return next((ln[len(prefix):] for ln in media + session if ln.startswith(prefix)),
                    default)
    parts = media[0].split()
    maps = dict(re.findall(r"a=rtpmap:(\d+) (\S+)", "\n".join(media)))
    codecs, events = [], {}
    for pt in map(int, parts[3:]):
        spec = maps.get(str(pt))
        if spec and spec.lower().startswith("telephone-event/"):
            events[int(spec.split("/")[1])] = pt
            continue
        c = codec.find(spec) if spec else codec.STATIC.get(pt)
        if c:
            codecs.append((pt, c))
    direction = next((d for d in ("sendonly", "recvonly", "inactive", "sendrecv")
                      if f"a={d}" in media + session), "sendrecv")
    return Sdp(value("c=").split()[2].split("/")[0], int(parts[1].split("/")[0]), codecs,
               events, direction, int(value("a=ptime:", "20")), text)
