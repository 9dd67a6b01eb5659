"""RTP as the tests' own phone speaks it: paced sending, recording, checking.

One thread sends for all streams on an absolute grid, one receives for all.
What arrives is kept as it is, packet by packet; sound is made of it afterwards.
"""
import heapq
import os
import random
import selectors
import socket
import struct
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field

import numpy as np

import tones


@dataclass(frozen=True)
class Packet:
    at: float               # time.monotonic() of arrival
    pt: int
    marker: bool
    seq: int
    ts: int
    ssrc: int
    payload: bytes
    csrcs: tuple = ()
    ext: dict = field(default_factory=dict)     # RFC 8285: id -> bytes


def elements(data):
    """The elements of a header extension, its four bytes included."""
    two = data[0] == 0x10
    if data[:2] != b"\xbe\xde" and not two:
        return {}
    out, i = {}, 4
    while i < len(data):
        if data[i] == 0:
            i += 1
        elif two:
            n = data[i + 1]
            out[data[i]], i = data[i + 2:i + 2 + n], i + 2 + n
        else:
            n = (data[i] & 15) + 1
            out[data[i] >> 4], i = data[i + 1:i + 1 + n], i + 1 + n
    return out


def parse(data, at):
    """A Packet, or None if data is no RTP."""
    if len(data) < 12 or data[0] >> 6 != 2 or 72 <= data[1] & 0x7F <= 76:
        return None
    seq, ts, ssrc = struct.unpack("!HII", data[2:12])
    n, ext = data[0] & 0x0F, {}
    start = 12 + 4 * n
    if data[0] & 0x10:
        if len(data) < start + 4:
            return None
        end = start + 4 + 4 * struct.unpack("!H", data[start + 2:start + 4])[0]
        ext, start = elements(data[start:end]), end
    end = len(data) - (data[-1] if data[0] & 0x20 else 0)
    return Packet(at, data[1] & 0x7F, bool(data[1] & 0x80), seq, ts, ssrc,
                  data[start:end], struct.unpack(f"!{n}I", data[12:12 + 4 * n]), ext)


def _hurry():
    """Real-time priority for this thread, where that is allowed: a phone's sound
    card does not wait for a busy machine either."""
    try:
        os.sched_setscheduler(threading.get_native_id(), os.SCHED_FIFO, os.sched_param(20))
    except OSError:
        pass


class Threads:
    """The sender and the receiver of all streams of this process."""

    def __init__(self):
        self.lock = threading.Condition()
        self.heap = []              # (due, tie, stream)
        self.tie = 0
        self.late_max = 0.0         # our own lateness: bad figures are ours then
        self.errors = []            # what went wrong in a handler: a bug of ours
        self.selector = selectors.DefaultSelector()
        self.wake_r, self.wake_w = socket.socketpair()
        sys.setswitchinterval(0.001)
        self.selector.register(self.wake_r, selectors.EVENT_READ, None)
        threading.Thread(target=self._send, daemon=True).start()
        threading.Thread(target=self._receive, daemon=True).start()

    def add_sender(self, stream, due):
        with self.lock:
            self.tie += 1
            heapq.heappush(self.heap, (due, self.tie, stream))
            self.lock.notify()

    def add_receiver(self, sock, handler):
        self.selector.register(sock, selectors.EVENT_READ, handler)
        self.wake_w.send(b"x")

    def del_receiver(self, sock):
        try:
            self.selector.unregister(sock)
        except (KeyError, ValueError):
            pass

    def _send(self):
        _hurry()
        while True:
            with self.lock:
                while not self.heap:
                    self.lock.wait()
                due, _, stream = self.heap[0]
                wait = due - time.monotonic()
                if wait > 0:
                    self.lock.wait(wait)
                    continue
                heapq.heappop(self.heap)
            self.late_max = max(self.late_max, -wait)
            again = stream._tick(due)
            if again is not None:
                self.add_sender(stream, again)

    def _receive(self):
        _hurry()
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    self.wake_r.recv(64)
                    continue
                try:
                    # it may be another socket by now, with the number of the one
                    # that was ready, and nothing in it
                    data, addr = key.fileobj.recvfrom(65536, socket.MSG_DONTWAIT)
                except OSError:
                    continue
                try:
                    key.data(data, addr, time.monotonic())
                except Exception:               # the thread serves all others too
                    self.errors.append(traceback.format_exc())


_threads = None


def threads():
    global _threads
    if _threads is None:
        _threads = Threads()
    return _threads


def udp_pair(ip, ports=(61000, 65000)):
    """Two sockets on an even port and the next, on a free place of ip; above the
    ports that the kernel hands out."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    for _ in range(200):
        port = random.randrange(*ports, 2)
        a, b = (socket.socket(family, socket.SOCK_DGRAM) for _ in "ab")
        try:
            a.bind((ip, port))
            b.bind((ip, port + 1))
            a.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            return a, b
        except OSError:
            a.close()
            b.close()
    raise OSError("no free pair of ports")


class Stream:
    """One RTP session: a socket pair, what we send, what we got."""

    def __init__(self, ip):
        self.sock, self.rtcp_sock = udp_pair(ip)
        self.ip, self.port = ip, self.sock.getsockname()[1]
        self.codec = None           # what we send
        self.pt = 0
        self.event_pt = None
        self.map = {}               # pt -> Codec, of what we may get
        self.ptime = 20
        self.pace = 1               # times real time
        self.burst = 0              # ms; sends so much at once
        self.level_id = None        # tells how loud each packet is (RFC 6464)
        self.remote = None
        self.source = None          # function(n, rate) -> n samples; None: silence
        self.ssrc = random.getrandbits(32)
        self.seq = random.getrandbits(16)
        self.ts = random.getrandbits(32)
        self.packets, self.rtcp, self.junk = [], [], 0
        self.sent = 0
        self.sending = False
        self.queue = []             # things to send before the source goes on
        self.lock = threading.Condition()
        threads().add_receiver(self.sock, self._on_rtp)
        threads().add_receiver(self.rtcp_sock, self._on_rtcp)

    # ---- sending ----

    def start(self):
        """Begins to send, or goes on with changed parameters."""
        if not self.sending and self.remote and self.codec:
            self.sending = True
            threads().add_sender(self, time.monotonic())

    def pause(self):
        self.sending = False

    def close(self):
        self.sending = False
        for s in (self.sock, self.rtcp_sock):
            threads().del_receiver(s)
            s.close()

    def tone(self, freq, level=-16.0):
        """From now on this tone is what we say; None for silence."""
        if freq is None:
            self.source = None
            return
        at = 0

        def source(n, rate):
            nonlocal at
            t = (at + np.arange(n)) / rate
            at += n
            return np.round(tones.FULL * 10 ** (level / 20) *
                            np.sin(2 * np.pi * freq * t)).astype(np.int16)
        self.source = source

    def say(self, pcm):
        """From now on this is what we say, over and over."""
        at = 0

        def source(n, _rate):
            nonlocal at
            got = np.take(pcm, range(at, at + n), mode="wrap")
            at += n
            return got
        self.source = source

    def echo(self, delay_ms, level=-10.0, noise=8.0):
        """From now on we say what we hear, so much later and quieter, over the
        noise of a line: a phone on a table."""
        rand = np.random.default_rng(1)
        heard, got, at = np.zeros(0, np.int16), self.mark(), 0
        for p in self.packets[got - 1:got]:     # where its sound would begin
            at = -len(self.map[p.pt].decode(p.payload))

        def source(n, rate):
            nonlocal heard, got, at
            packets = self.packets[got:]
            got += len(packets)
            for p in packets:
                if p.pt in self.map:
                    heard = np.concatenate((heard, self.map[p.pt].decode(p.payload)))
            if at <= 0:
                at = len(heard) - n
            late = at - rate * delay_ms // 1000
            at += n
            x = np.array([heard[i] if 0 <= i < len(heard) else 0
                          for i in range(late, late + n)])
            return np.round(x * 10 ** (level / 20) + rand.normal(0, noise, n)
                            ).astype(np.int16)
        self.source = source

    def _samples(self, n):
        rate = self.codec.clock
        if self.queue and self.queue[0][0] == "pcm":
            pcm = self.queue[0][1]
            part, rest = pcm[:n], pcm[n:]
            if len(rest):
                self.queue[0] = ("pcm", rest)
            else:
                self.queue.pop(0)
            return np.pad(part, (0, n - len(part)))
        return self.source(n, rate) if self.source else np.zeros(n, np.int16)

    def _tick(self, due):
        with self.lock:
            if not self.sending:
                return None
            for _ in range(max(1, self.burst // self.ptime)):
                self._one()
            if not self.queue:
                self.lock.notify_all()
            return due + max(self.ptime, self.burst) / 1000 / self.pace

    def _one(self):
        n = self.codec.clock * self.ptime // 1000
        if self.queue and self.queue[0][0] == "event":
            for packet in self.queue[0][1].pop(0):
                self._put(*packet)
            if not self.queue[0][1]:
                self.queue.pop(0)
        else:
            pcm = self._samples(n)
            self._put(self.pt, False, self.ts, self.codec.encode(pcm),
                      self._level(pcm))
        self.ts = (self.ts + n) & 0xFFFFFFFF

    def _level(self, pcm):
        """The header extension of a packet: one element of a byte, or none."""
        if self.level_id is None:
            return b""
        return struct.pack("!HHBBH", 0xbede, 1, self.level_id << 4,
                           0x80 | round(min(127, max(0, -tones.rms(pcm)))), 0)

    def _put(self, pt, marker, ts, payload, ext=b""):
        head = struct.pack("!BBHII", 0x90 if ext else 0x80, pt | (0x80 if marker else 0),
                           self.seq, ts, self.ssrc) + ext
        self.seq = (self.seq + 1) & 0xFFFF
        self.raw(head + payload)
        self.sent += 1

    def raw(self, data, rtcp=False):
        """Sends bytes as they are to the peer's RTP (or RTCP) port."""
        ip, port = self.remote
        try:
            self.sock.sendto(data, (ip, port + 1 if rtcp else port))
        except OSError:
            pass                    # the peer's port is closed: its business

    # ---- keys ----

    def press(self, keys, ms=100, pause_ms=80, marker=True, ends=3, starts=True,
              repeat=1):
        """Queues RFC 4733 events and waits until they are sent.

        marker: set it on the first packet; ends: how many of the three end
        packets are sent; starts: send anything but ends; repeat: how often each
        packet is sent."""
        assert self.event_pt is not None, "telephone-event was not agreed on"
        with self.lock:
            step = self.codec.clock * self.ptime // 1000
            ts = (self.ts + step * self._queued_ticks()) & 0xFFFFFFFF
            for key in keys:
                ticks, ts = self._event(key, ts, step, ms, marker, ends, starts, repeat)
                gap = np.zeros(self.codec.clock * pause_ms // 1000, np.int16)
                self.queue += [("event", ticks), ("pcm", gap)]
                ts = (ts + -(-len(gap) // step) * step) & 0xFFFFFFFF
        self.drain()

    def _queued_ticks(self):
        step = self.codec.clock * self.ptime // 1000
        return sum(len(q) if kind == "event" else -(-len(q) // step)
                   for kind, q in self.queue)

    def _event(self, key, ts, step, ms, marker, ends, starts, repeat):
        code = "0123456789*#ABCD".index(key.upper())
        n = max(ms // self.ptime, 1)
        ticks = []
        for i in range(n):
            p = (self.event_pt, marker and i == 0, ts,
                 struct.pack("!BBH", code, 10, step * (i + 1)))
            ticks.append([p] * repeat if starts else [])
        end = (self.event_pt, False, ts, struct.pack("!BBH", code, 0x80 | 10, step * n))
        for _ in range(ends):
            ticks.append([end] * repeat)
        return ticks, (ts + step * len(ticks)) & 0xFFFFFFFF

    def press_inband(self, keys, ms=100, pause_ms=100):
        """Plays DTMF as sound and waits until it is sent."""
        rate = self.codec.clock
        with self.lock:
            for key in keys:
                self.queue += [("pcm", tones.dtmf(key, ms, rate)),
                               ("pcm", np.zeros(rate * pause_ms // 1000, np.int16))]
        self.drain()

    def drain(self):
        """Waits until all that is queued has been sent."""
        with self.lock:
            assert self.lock.wait_for(lambda: not self.queue, 60), "nothing is sent"

    # ---- receiving ----

    def _on_rtp(self, data, addr, at):
        p = parse(data, at)
        with self.lock:
            if p is None:
                self.junk += 1
            else:
                self.packets.append(p)
            self.lock.notify_all()

    def _on_rtcp(self, data, addr, at):
        with self.lock:
            self.rtcp.append((at, data))
            self.lock.notify_all()

    def mark(self):
        """A place in what we got, for since= below."""
        return len(self.packets)

    def wait_packets(self, n, since=None, timeout=20):
        """Waits for n more packets since a mark (or from now on)."""
        since = self.mark() if since is None else since
        with self.lock:
            assert self.lock.wait_for(lambda: len(self.packets) >= since + n, timeout), \
                f"{len(self.packets) - since} of {n} RTP packets came in {timeout} s"
        return since

    def listen(self, seconds):
        """Waits for so much sound, and returns it (samples, rate)."""
        since = self.mark()
        self.wait_packets(1, since)
        p = self.packets[since]
        codec = self.map[p.pt]
        per = len(p.payload) // codec.sample_bytes
        self.wait_packets(int(seconds * codec.clock / per), since, seconds + 20)
        return self.sound(since)

    def sound(self, since=0, until=None):
        """What came since a mark, put in its place by time stamp: (pcm, rate).
        What never came is silence (and a gap)."""
        got = [p for p in self.packets[since:until] if p.pt in self.map]
        if not got:
            return np.zeros(0, np.int16), 8000
        codec = self.map[got[0].pt]
        pieces = [((p.ts - got[0].ts + 2**31) % 2**32 - 2**31, self.map[p.pt].decode(p.payload))
                  for p in got if self.map[p.pt].clock == codec.clock]
        first = min(at for at, _ in pieces)
        out = np.zeros(max(at - first + len(x) for at, x in pieces), np.int16)
        for at, x in pieces:
            out[at - first:at - first + len(x)] = x
        return out, codec.clock

    def last(self, ms):
        """The last ms of what came, or None if that is not there yet."""
        pcm, rate = self.sound(max(0, self.mark() - 2 - ms // 10))
        n = rate * ms // 1000
        return (pcm[-n:], rate) if len(pcm) >= n else None

    def _wait_sound(self, good, what, timeout, ms):
        """Waits until good(pcm, rate) is true of the last ms."""
        end = time.monotonic() + timeout
        pcm = None
        while time.monotonic() < end:
            self.wait_packets(2, timeout=timeout)
            got = self.last(ms)
            if got and good(*got):
                return got
            pcm = got or pcm
        raise AssertionError(
            f"no {what} in {timeout} s" + (
                f"; {tones.rms(pcm[0]):.1f} dB, mostly {tones.dominant(*pcm):.0f} Hz"
                if pcm else "; not enough came"))

    def wait_tone(self, freq, there=True, timeout=20, ms=200, floor=-40.0):
        """Waits until freq is heard (or is not) in the last ms of what came."""
        self._wait_sound(lambda pcm, rate: (tones.level(pcm, freq, rate) > floor) == there,
                         f"{freq} Hz" if there else f"silence at {freq} Hz", timeout, ms)

    def wait_only(self, freqs, timeout=30, ms=800, floor=-40.0):
        """Waits until these tones and nothing else are heard: prompts are over
        (there are pauses of half a second in them). No tones: waits for silence."""
        def good(pcm, rate):
            levels = [tones.level(pcm, f, rate) for f in freqs]
            limit = min(levels) - 22 if levels else -60
            return all(db > floor for db in levels) and \
                tones.rest(pcm, freqs, rate) < limit
        self._wait_sound(good, f"sound of {freqs} alone" if freqs else "silence",
                         timeout, ms)

    def wait_speech(self, timeout=20, ms=200, floor=-40.0):
        """Waits until anything is heard."""
        self._wait_sound(lambda pcm, rate: tones.rms(pcm) > floor, "sound", timeout, ms)

    def check(self, since=0, until=None):
        """Asserts an unbroken stream: one SSRC, every sequence number once and
        in order, each time stamp where the last packet's sound ended."""
        got = self.packets[since:until]
        assert got, "no RTP came"
        for a, b in zip(got, got[1:]):
            assert a.ssrc == b.ssrc, f"SSRC changed at seq {b.seq}"
            assert (b.seq - a.seq) & 0xFFFF == 1, f"seq {a.seq} then {b.seq}"
            if a.pt in self.map and a.pt == b.pt:
                n = len(a.payload) // self.map[a.pt].sample_bytes
                assert (b.ts - a.ts) & 0xFFFFFFFF == n, \
                    f"ts {a.ts} + {n} then {b.ts} at seq {b.seq}"
        return len(got)

    def arrival_gap(self, since=0, until=None):
        """Longest time between two packets, in ms."""
        at = [p.at for p in self.packets[since:until]]
        return max((b - a) * 1000 for a, b in zip(at, at[1:])) if len(at) > 1 else 0.0
