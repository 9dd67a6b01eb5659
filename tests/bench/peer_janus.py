"""Janus with its AudioBridge, for plain-RTP participants; spoken to over HTTP."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request

from rig import ToolError, free_port

LIB = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/janus"))), pathlib.Path("/usr/lib/janus"))
RTP_PORTS = "20000-29999"
PLUGIN = "janus.plugin.audiobridge"
RATE = {"opus": 48000, "pcmu": 16000, "pcma": 16000}    # of rooms: as ours have it


def only(folder, keep):
    """All modules of a folder but one, for Janus to leave out."""
    return ",".join(p.name for p in folder.glob("*.so") if p.name != keep)


class Janus:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="confab-janus-"))
        self.port = free_port()
        self.n = 0
        self._configure()
        self.log = open(self.dir / "log", "wb")
        self.proc = subprocess.Popen(["janus", "-F", self.dir, "-C", self.dir / "janus.jcfg"],
                                     stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.pid = self.proc.pid
        self._wait()

    def _configure(self):
        (self.dir / "janus.jcfg").write_text(f"""
general: {{
    configs_folder = "{self.dir}"
    plugins_folder = "{LIB}/plugins"
    transports_folder = "{LIB}/transports"
    events_folder = "{LIB}/none"
    loggers_folder = "{LIB}/none"
    debug_level = 2
    interface = "127.0.0.1"
    session_timeout = 0
}}
plugins: {{ disable = "{only(LIB / 'plugins', 'libjanus_audiobridge.so')}" }}
transports: {{ disable = "{only(LIB / 'transports', 'libjanus_http.so')}" }}
""")
        (self.dir / "janus.transport.http.jcfg").write_text(f"""
general: {{ http = true, port = {self.port}, ip = "127.0.0.1", https = false }}
admin: {{ admin_http = false, admin_https = false }}
""")
        (self.dir / f"{PLUGIN}.jcfg").write_text(f"""
general: {{ local_ip = "127.0.0.1", rtp_port_range = "{RTP_PORTS}" }}
""")

    def _wait(self):
        end = time.monotonic() + 20
        while True:
            try:
                self.session = self.ask("", janus="create")["data"]["id"]
                return
            except OSError:
                if self.proc.poll() is not None or time.monotonic() > end:
                    raise ToolError("janus: " + (self.dir / "log").read_text()[-500:]) from None
                time.sleep(0.1)

    def ask(self, path, **body):
        body["transaction"] = "bench"
        req = urllib.request.Request(f"http://127.0.0.1:{self.port}/janus{path}",
                                     json.dumps(body).encode())
        with urllib.request.urlopen(req, timeout=10) as answer:
            out = json.load(answer)
        if out["janus"] == "error":
            raise ToolError(f"janus: {out['error']}")
        return out

    def events(self):
        url = f"http://127.0.0.1:{self.port}/janus/{self.session}?maxev=10"
        with urllib.request.urlopen(url, timeout=40) as answer:
            out = json.load(answer)
        return out if isinstance(out, list) else [out]

    def attach(self):
        return self.ask(f"/{self.session}", janus="attach", plugin=PLUGIN)["data"]["id"]

    def say(self, handle, **body):
        return self.ask(f"/{self.session}/{handle}", janus="message", body=body)

    def join(self, legs, load):
        """legs: [(number, port, payload type)]. [(number, port there, type that comes)]"""
        codec = load.codec.lower()
        admin = self.attach()
        for room in range(load.rooms):
            self.say(admin, request="create", room=1000 + room, sampling_rate=RATE[codec],
                     allow_rtp_participants=True, audiolevel_ext=False, record=False)
        waiting = {}
        for i, port, pt in legs:
            handle = self.attach()
            waiting[handle] = (i, pt)
            self.say(handle, request="join", room=1000 + i % load.rooms, display=str(i),
                     codec=codec, muted=False,
                     rtp={"ip": "127.0.0.1", "port": port, "payload_type": pt})
        return self._joined(waiting)

    def _joined(self, waiting):
        out, end = [], time.monotonic() + 30
        while waiting and time.monotonic() < end:
            for ev in self.events():
                data = ev.get("plugindata", {}).get("data", {})
                if "error" in data:
                    raise ToolError(f"janus: {data['error']}")
                if data.get("audiobridge") == "joined" and "rtp" in data:
                    i, pt = waiting.pop(ev["sender"])
                    out.append((i, data["rtp"]["port"], pt))
        if waiting:
            raise ToolError(f"janus: {len(waiting)} legs did not get in")
        return out

    def close(self):
        self.proc.kill()
        self.proc.wait()
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)
