"""script/server as a stranger uses it, and every command that README shows."""
import json
import os
import pathlib
import re
import signal
import subprocess
import threading

import pytest

from server import TOP, Database, free_port

pytestmark = pytest.mark.plain_only


class Script:
    """A running script/server; what it prints is read as it comes."""

    def __init__(self, *args):
        env = {k: v for k, v in os.environ.items() if k != "CONFAB_DATABASE"}
        self.proc = subprocess.Popen(
            [TOP / "script/server", *map(str, args)], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env=env, start_new_session=True)
        self.lines = []
        self.cond = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.proc.stdout:
            with self.cond:
                self.lines.append(line.rstrip("\n"))
                self.cond.notify_all()
        with self.cond:
            self.lines.append("<end>")
            self.cond.notify_all()

    @property
    def text(self):
        return "\n".join(self.lines)

    def wait(self, pattern, timeout=300):
        with self.cond:
            assert self.cond.wait_for(
                lambda: re.search(pattern, self.text) or "<end>" in self.lines, timeout), \
                f"no {pattern!r} in {timeout} s:\n{self.text}"
            m = re.search(pattern, self.text)
        assert m, self.text
        return m

    def ctrl_c(self):
        """To the whole foreground process group, as a terminal does it."""
        os.killpg(self.proc.pid, signal.SIGINT)

    def close(self):
        if self.proc.poll() is None:
            self.ctrl_c()
            try:
                self.proc.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.proc.pid, signal.SIGKILL)


@pytest.fixture
def script(tmp_path):
    for p in (tmp_path, *tmp_path.parents):
        if str(p).startswith("/tmp/"):
            p.chmod(0o755)
    made = []

    def make(*args):
        made.append(Script(*args))
        return made[-1]
    yield make
    for s in made:
        s.close()


def url_of(s):
    return s.wait(r'psql "([^"]+)"').group(1)


def processes(var):
    """Command lines that still have to do with a --var folder."""
    found = []
    for p in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = p.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(var) in line and "pytest" not in line:
            found.append(line)
    return found


class Target:
    """Enough of a server for phones: where script/server listens."""

    def __init__(self, port):
        self.port = port

    def uri(self, user, params=""):
        return f"sip:{user}@127.0.0.1:{self.port}{params}", ("127.0.0.1", self.port)


@pytest.mark.slow
def test_start_dial_and_ctrl_c(script, phone, tmp_path):
    var, port = tmp_path / "var", free_port()
    s = script("--var", var, "--port", port, "--bind", "127.0.0.1")
    s.wait("confabd: ready")
    for shown in (rf"sip:1000@127\.0\.0\.1:{port}", "1234", "4321", "sip:join@", r"log: +\S+",
                  "leg and conference", 'psql "', "control: .*confabctl --socket .* status"):
        assert re.search(shown, s.text), f"{shown} is not said:\n{s.text}"
    target = Target(port)

    # what README says to dial
    asked = phone(name="asked").call(target.uri("1000"))
    asked.stream.wait_speech()
    asked.stream.press("1234#")
    phone(name="uri").call(target.uri("1000", ";pin=1234"))
    phone(name="star").call(target.uri("1000*1234"))
    s.wait("room 1000: .*members=3")
    open_room = phone(name="open").call(target.uri("1001"))
    s.wait("room 1001: .*members=1")
    waits = phone(name="waits").call(target.uri("1002", ";pin=1234"))
    waits.stream.wait_speech()
    join = phone(name="join").call(target.uri("join"))
    join.stream.wait_speech()
    join.stream.press("1001#")
    s.wait("room 1001: .*members=2")

    # what README says to ask the database
    db = Database(url_of(s))
    db.rows("SELECT confab_room_add('4711', 'Board', '73950', '20461')")
    db.rows("UPDATE room SET max_members = 20, wait_marked = true "
            "WHERE number = '4711'")
    open_room.bye()
    rows = db.wait("SELECT from_uri, admitted_by, end_reason, codec, rx_lost FROM leg "
                   "WHERE ended IS NOT NULL")
    assert rows[0]["end_reason"] == "bye"
    db.rows("SELECT started, ended, end_reason, members_max FROM conference")
    db.close()

    # what README says to ask and tell the server
    control = s.wait(r"control: +(\S+) --socket (\S+) status")
    shown = [c for c in commands() if c.startswith("confabctl")]
    assert len(shown) >= 8
    ctl = lambda *words: subprocess.run([control[1], "--socket", control[2], *words],
                                        capture_output=True, text=True, timeout=20)
    leg = json.loads(ctl("legs", "--json").stdout)["result"]["legs"][0]["leg"]
    for line in shown:
        words = re.split(r"\s{2,}", line)[0].replace(" 17", f" {leg}").split()[1:]
        if words[0] in ("events", "drain"):             # these have no end
            continue
        out = ctl(*words)
        if words[0] == "dial":                          # the demo has no trunk
            assert out.returncode == 1 and "[dialout] trunk is not set" in out.stderr
        else:
            assert out.returncode == 0 and out.stdout and not out.stderr, line

    s.ctrl_c()
    assert s.proc.wait(60) in (0, 130)
    assert join.wait_bye(5)
    assert processes(var) == []


@pytest.mark.slow
def test_start_again_keeps_the_rooms(script, tmp_path):
    var, port = tmp_path / "var", free_port()
    s = script("--var", var, "--port", port, "--bind", "127.0.0.1")
    s.wait("confabd: ready")
    db = Database(url_of(s))
    db.rows("DELETE FROM room WHERE number = '1001'")
    db.close()
    s.proc.send_signal(signal.SIGTERM)
    assert s.proc.wait(60) in (0, 143)
    assert processes(var) == []
    s = script("--var", var, "--port", port, "--bind", "127.0.0.1")
    s.wait("confabd: ready")
    db = Database(url_of(s))
    numbers = [r["number"] for r in db.rows("SELECT number FROM room")]
    db.close()
    assert "1000" in numbers and "1001" not in numbers, "demo rooms are for the first start"


@pytest.mark.slow
def test_two_side_by_side(script, phone, tmp_path):
    servers = []
    for name in ("one", "two"):
        port = free_port()
        servers.append((port, script("--var", tmp_path / name, "--port", port,
                                     "--bind", "127.0.0.1")))
    calls = []
    for port, s in servers:
        s.wait("confabd: ready")
        pair = [phone().call(Target(port).uri("1001")) for _ in "ab"]
        pair[0].stream.tone(700 if not calls else 1100)
        calls.append(pair)
    calls[0][1].stream.wait_only([700])
    calls[1][1].stream.wait_only([1100])


def test_wrong_options():
    for args in (["--port", "five"], ["--nonsense"]):
        run = subprocess.run([TOP / "script/server", *args], capture_output=True, text=True,
                             timeout=60)
        assert run.returncode == 1 and run.stderr


def commands():
    """Every confabd, script and SQL line that README shows indented."""
    text = (TOP / "README").read_text()
    return re.findall(r"^    ((?:confabd|confabctl|script/|SELECT|UPDATE|\./)[^\n]*)", text, re.M)


def test_readme_shows_the_two_commands():
    shown = commands()
    assert any(c.startswith("script/server") for c in shown)
    assert any(c.startswith("script/test") for c in shown)


@pytest.mark.parametrize("option", ["--check-config", "--sample-config", "--migrate"])
def test_readme_options_exist(option):
    from server import build
    assert option in (TOP / "README").read_text()
    run = subprocess.run([build() / "confabd", "--help"], capture_output=True, text=True)
    assert option in run.stdout + run.stderr
