"""What every bench stands on: a server, a floor, load clients; all on loopback."""
import dataclasses
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "e2e"))

from server import Cluster, Server, build, free_port    # noqa: E402

FIRST_ROOM, ROOMS = 3000, 100
RTP_MIN, RTP_LEGS = 20000, 3000         # two ports a leg, below the kernel's own
FLOOR_PORTS = range(5000, 15000)
FLOOR_TRIES = 20
CODECS = "opus,G722,PCMU,PCMA,L16/48000,L16/16000"
CALLS_A_SECOND = 400                    # while a load builds up
SETTLE_S = 8                            # jitter buffers know their streams: what they cut
                                        # until then is no fault, but rest in a sum of tones
FLOOR_SECONDS = 3                       # it varies less than a server
PRIORITY = 9                            # of the client: below the server's media threads
LATE_MS = 3                             # a client whose p99 is worse was no yardstick


@dataclasses.dataclass
class Load:
    """What one run is about."""
    legs: int
    rooms: int = 1
    talkers: int = 3
    codec: str = "PCMU"
    seconds: int = 4
    turn_ms: int = 0            # talkers take turns
    noise_db: int = 0           # of listeners, below full scale; 0: they are silent
    every: int = 1              # a leg listens to one second in so many; 0: to none

    def args(self):
        out = ["-l", self.legs, "-r", self.rooms, "-t", self.talkers, "-c", self.codec,
               "-d", self.seconds, "-E", self.every, "-R", PRIORITY]
        if self.turn_ms:
            out += ["-T", self.turn_ms]
        if self.noise_db:
            out += ["-q", self.noise_db]
        return [str(a) for a in out]


class ToolError(Exception):
    """A run that came to nothing, with what the client said."""


def figures(run, what):
    """The JSON of a finished load client."""
    last = [ln for ln in run.stdout.splitlines() if ln.startswith("{")]
    if not last:
        raise ToolError(f"{what}: {run.stderr.strip() or run.stdout.strip()}")
    out = json.loads(last[-1])
    out["ok"] = run.returncode == 0
    out["error"] = run.stderr.strip()
    return out


def tool(name):
    return build() / "tests" / name


def confload(address, pid, load, *more, timeout=120):
    run = subprocess.run([tool("load/confload"), "-s", address, "-P", str(pid),
                          *load.args(), *map(str, more)],
                         capture_output=True, text=True, timeout=timeout)
    return figures(run, "confload")


class Rig:
    """Makes what a bench asks for, once, and ends it all."""

    def __init__(self, options=()):
        """options: of every server, over all else; "section.key=value"."""
        self.options = dict(o.split("=", 1) for o in options)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="confab-bench-"))
        self.folder.chmod(0o755)        # user postgres must get in
        self._cluster = None
        self.servers = []

    @property
    def cluster(self):
        if self._cluster is None:
            pg = self.folder / "pg"
            pg.mkdir(mode=0o755)
            self._cluster = Cluster(pg)
        return self._cluster

    def server(self, rooms=ROOMS, **options):
        """A server as it comes but for limits, with rooms that make no sound of theirs: no
        tones, and no prompts to tell callers how many they are."""
        n = len(self.servers)
        s = Server(self.folder / f"server{n}", self.cluster.database(), RTP_MIN, 2 * RTP_LEGS, {
            "log.level": "info", "log.stats_interval": 1, "sip.invite_rate": 0,
            "media.busy_limit_percent": 0,
            "sip.bind": "127.0.0.1", "media.realtime": "yes", "media.workers": 0,
            "media.legs_max": RTP_LEGS, "media.codecs": CODECS, "sounds.dir": self.folder,
            **{k.replace("__", "."): v for k, v in options.items()}, **self.options})
        while RTP_MIN <= s.port < RTP_MIN + 2 * RTP_LEGS:
            s.port = s.options["sip.port"] = free_port()
        s.db.rows("SELECT confab_room_add(number => n::text, join_tone => false, "
                  "leave_tone => false, announce_user_count => false, "
                  "announce_only_user => false) FROM generate_series(%s, %s) n",
                  FIRST_ROOM, FIRST_ROOM + rooms - 1)
        self.servers.append(s)
        return s.start()

    def load(self, server, load, *more):
        return confload(f"127.0.0.1:{server.port}", server.proc.pid, load, "-n", FIRST_ROOM,
                        "-a", CALLS_A_SECOND, "-w", SETTLE_S, *more)

    def floor(self, load, *more):
        """The bare echo under the same load."""
        load = dataclasses.replace(load, seconds=min(load.seconds, FLOOR_SECONDS))
        for _ in range(FLOOR_TRIES):
            port = random.choice(FLOOR_PORTS)
            proc = subprocess.Popen([tool("bench/floor"), "127.0.0.1", str(port),
                                     str(load.legs)], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)
            try:
                if proc.stdout.readline().strip() == "floor: ready":
                    return confload(f"127.0.0.1:{port}", proc.pid, load, "-e", "-w", 0.5, *more)
                why = proc.stderr.read()        # a port is in use, mostly
            finally:
                proc.kill()
                proc.wait()
        raise ToolError(f"the floor does not start: {why}")

    def stop(self, server):
        if server in self.servers:
            self.servers.remove(server)
            server.stop()

    def close(self):
        for s in list(self.servers):
            self.stop(s)
        if self._cluster:
            self._cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def settle():
    """Lets what ran before end: the machine has few cores."""
    time.sleep(0.5)
