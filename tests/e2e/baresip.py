"""baresip, driven through its ctrl_tcp module: plays a file, records one."""
import json
import queue
import socket
import subprocess
import threading
import time

CONFIG = """\
sip_listen {ip}:0
call_local_timeout 120
call_max_calls 4
audio_player aubridge,nil
audio_source aufile,{play}
audio_alert aubridge,nil
ausrc_srate {rate}
auplay_srate {rate}
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
snd_path {dir}
rtp_ports 12000-13998
rtcp_mux no
jitter_buffer_delay 2-5
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module opus.so
module l16.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{ctrl}
"""
ACCOUNT = "<sip:baresip@{host}>;regint=0;audio_codecs={codecs};dtmfmode={dtmf}\n"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Baresip:
    """One baresip process; play is a WAV file at rate."""

    def __init__(self, folder, play, rate=8000, codecs="PCMU/8000/1",
                 ip="127.0.0.1", dtmf="rtpevent"):
        self.dir = folder
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        host = f"[{ip}]" if ":" in ip else ip
        (folder / "config").write_text(CONFIG.format(
            ip=host, play=play, rate=rate, dir=folder, ctrl=port))
        (folder / "accounts").write_text(ACCOUNT.format(
            host=host, codecs=codecs, dtmf=dtmf))
        (folder / "contacts").write_text("")
        self.log = open(folder / "log", "wb")
        self.proc = subprocess.Popen(["baresip", "-f", str(folder)], stdout=self.log,
                                     stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.events = queue.Queue()
        self.seen = []
        self.sock = self._connect(port)
        threading.Thread(target=self._read, daemon=True).start()

    def _connect(self, port, timeout=20):
        end = time.monotonic() + timeout
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), 5)
            except OSError:
                assert self.proc.poll() is None, (self.dir / "log").read_text()
                assert time.monotonic() < end, "baresip does not listen"
                time.sleep(0.02)

    def _read(self):
        """Netstrings: `LEN:JSON,`."""
        self.sock.settimeout(None)
        buf = b""
        while True:
            try:
                data = self.sock.recv(65536)
            except OSError:
                return
            if not data:
                return
            buf += data
            while b":" in buf:
                n, _, rest = buf.partition(b":")
                if len(rest) <= int(n):
                    break
                self.events.put(json.loads(rest[:int(n)]))
                buf = rest[int(n) + 1:]

    def command(self, name, params=""):
        text = json.dumps({"command": name, "params": params, "token": "t"}).encode()
        self.sock.sendall(b"%d:%s," % (len(text), text))

    def wait(self, kind, timeout=20):
        """Waits for an event of that type, e.g. "CALL_ESTABLISHED"."""
        end = time.monotonic() + timeout
        while True:
            try:
                ev = self.events.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"baresip: no {kind} in {timeout} s; "
                                     f"saw {self.seen}") from None
            self.seen.append(ev.get("type", ev))
            if ev.get("type") == kind:
                return ev

    def dial(self, uri):
        self.command("dial", uri)
        return self.wait("CALL_ESTABLISHED")

    def hangup(self):
        self.command("hangup")

    def key(self, digit):
        """Presses a key in the call, and lets it go."""
        self.command("sndcode", digit)

    def recording(self):
        """The WAV file of what was heard."""
        return next(self.dir.glob("*-dec.wav"))

    def close(self):
        if self.proc.poll() is None:
            self.proc.terminate()
            try:
                self.proc.wait(10)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
        self.sock.close()
        self.log.close()
