"""confabd under test: a process, its log, its database."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import psycopg2
import psycopg2.extras

from sipmsg import host

TOP = pathlib.Path(__file__).resolve().parents[2]


def build():
    """The build folder under test."""
    if "CONFAB_BUILD" in os.environ:
        return pathlib.Path(os.environ["CONFAB_BUILD"])
    return TOP / "build" / "test"


def free_port():
    """A port that is free for UDP and TCP, IPv4 and IPv6."""
    while True:
        with socket.socket(socket.AF_INET6) as t, \
                socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as u:
            t.bind(("::", 0))
            try:
                u.bind(("::", t.getsockname()[1]))
                return t.getsockname()[1]
            except OSError:
                continue


class Cluster:
    """A private PostgreSQL, as script/server makes one."""

    def __init__(self, folder):
        self.dir = folder
        self.n = 0
        self.start()
        url = subprocess.run([TOP / "script/pg", "url", folder], check=True,
                             capture_output=True, text=True).stdout.strip()
        self.base = url
        self.query("CREATE DATABASE fresh", url)
        run = subprocess.run([build() / "confabd", "--migrate", "--sql", TOP / "sql"],
                             env=dict(os.environ, CONFAB_DATABASE=self.url("fresh")),
                             capture_output=True, text=True)
        assert run.returncode == 0, run.stderr

    def start(self):
        subprocess.run([TOP / "script/pg", "start", self.dir], check=True,
                       stdout=subprocess.DEVNULL)

    def stop(self):
        subprocess.run([TOP / "script/pg", "stop", self.dir], check=True)

    def url(self, name):
        return re.sub(r"dbname=\S+", f"dbname={name}", self.base)

    def query(self, sql, url):
        con = psycopg2.connect(url)
        con.autocommit = True
        con.cursor().execute(sql)
        con.close()

    def database(self):
        """A new database with the schema and no rooms; its URL."""
        self.n += 1
        name = f"t{self.n}"
        self.query(f"CREATE DATABASE {name} TEMPLATE fresh", self.base)
        return self.url(name)


class Database:
    """One server's database, as an operator looks at it."""

    def __init__(self, url):
        self.url = url
        self.con = None

    def rows(self, sql, *args):
        for again in (True, False):
            try:
                if self.con is None:
                    self.con = psycopg2.connect(self.url)
                    self.con.autocommit = True
                with self.con.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as c:
                    c.execute(sql, args)
                    return c.fetchall() if c.description else []
            except psycopg2.OperationalError:
                self.con = None         # the cluster was stopped in between
                if not again:
                    raise

    def wait(self, sql, *args, timeout=20, n=1):
        """Waits until the query gives n rows or more."""
        end = time.monotonic() + timeout
        while True:
            rows = self.rows(sql, *args)
            if len(rows) >= n:
                return rows
            assert time.monotonic() < end, f"{len(rows)} of {n} rows in {timeout} s: {sql} {args}"
            time.sleep(0.05)

    def leg(self, call, timeout=20):
        """The finished record of a call."""
        return self.wait("SELECT * FROM leg WHERE call_id = %s AND ended IS NOT NULL",
                         call.id, timeout=timeout)[0]

    def room(self, number, **columns):
        """Makes a room: pin, moderator_pin, max_members, ..."""
        args = {"number": number, **columns}
        names = ", ".join(f"{k} => %s" for k in args)
        self.rows(f"SELECT confab_room_add({names})", *args.values())

    def close(self):
        if self.con:
            self.con.close()
            self.con = None


class Server:
    """One confabd. folder keeps its journal and log from start to start."""

    DEFAULTS = {
        "log.level": "debug", "log.stats_interval": 0, "server.drain": 1,
        "rooms.tries_pause": 100, "server.control": "", "media.workers": 2,
        "media.realtime": "yes",
        "media.legs_max": 200,
        # tests measure tones, and look for the last trace of a voice: without
        # what is done to speech, but where just that is looked at
        "media.comfort_noise": "no", "media.agc": "no", "media.echo": "off",
        "recordings.dir": "",
        # one is read in a fifth of the time; tests of languages say which
        "sounds.languages": "en",
    }

    def __init__(self, folder, url, rtp_min, rtp_count=400, options=None, config=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.dir, self.db = folder, Database(url)
        self.port = free_port()
        self.options = {
            **self.DEFAULTS, "sip.port": self.port, "sip.bind": "127.0.0.1,::1",
            "media.port_min": rtp_min, "media.port_max": rtp_min + rtp_count - 1,
            "database.journal": folder / "journal", **(options or {})}
        self.config = config
        self.log_path = folder / "log"
        self.log_path.touch()
        self.proc = None
        self.may_fail = False           # a test that kills it says so

    @property
    def binary(self):
        return build() / "confabd"

    def args(self, *more):
        out = [str(self.binary)]
        if self.config:
            out += ["-c", str(self.config)]
        for key, value in self.options.items():
            out += ["-o", f"{key}={value}"]
        return out + list(more)

    def spawn(self):
        """Starts it and does not wait."""
        env = dict(os.environ, CONFAB_DATABASE=self.db.url)
        with open(self.log_path, "ab") as log:
            self.proc = subprocess.Popen(self.args(), stdin=subprocess.DEVNULL,
                                         stdout=log, stderr=log, env=env)

    def start(self, timeout=60):
        mark = self.mark()
        self.spawn()
        self.wait_log("confabd: ready", mark, timeout)
        return self

    def signal(self, sig):
        self.proc.send_signal(sig)

    def wait_exit(self, timeout=30):
        try:
            return self.proc.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"confabd does not end in {timeout} s") from None

    def stop(self):
        """Ends it, and holds it to a clean end."""
        if self.proc and self.proc.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.wait_exit(60)
            finally:
                if self.proc.poll() is None:
                    self.proc.kill()
                    self.proc.wait()
        self.db.close()
        if self.proc and not self.may_fail:
            assert self.proc.returncode == 0, f"confabd: exit {self.proc.returncode}"
        bad = re.search(r"(AddressSanitizer|LeakSanitizer|runtime error:|Assertion).*",
                        self.log())
        assert not bad, bad.group(0)

    def kill(self):
        """kill -9"""
        self.may_fail = True
        self.proc.kill()
        self.proc.wait()

    # ---- the log ----

    def log(self):
        """What it has said; nothing before it was started."""
        if not self.log_path.exists():
            return ""
        return self.log_path.read_text(errors="replace")

    def mark(self):
        return self.log_path.stat().st_size

    def wait_log(self, pattern, since=0, timeout=20):
        """Waits for a line; returns the match."""
        end = time.monotonic() + timeout
        while True:
            with open(self.log_path, "rb") as f:
                f.seek(since)
                text = f.read().decode(errors="replace")
            m = re.search(pattern, text, re.M)
            if m:
                return m
            assert self.proc is None or self.proc.poll() is None, \
                f"confabd ended with {self.proc.returncode}:\n{text[-3000:]}"
            assert time.monotonic() < end, f"no {pattern!r} in the log in {timeout} s"
            time.sleep(0.02)

    def wait_members(self, number, n, since=0, timeout=20):
        """Waits until that room has had n members, counting from a mark."""
        return self.wait_log(rf"room {number}: leg \d+ (joins as \w+|leaves), members={n}$",
                             since, timeout)

    # ---- how to reach it ----

    def uri(self, user, params="", ip="127.0.0.1"):
        """(URI, address) to call."""
        return f"sip:{user}@{host(ip)}:{self.port}{params}", (ip, self.port)

    def cpu(self):
        """Seconds of CPU that the process has used, user and system."""
        stat = pathlib.Path(f"/proc/{self.proc.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
