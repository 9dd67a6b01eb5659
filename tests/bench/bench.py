#!/usr/bin/python3
"""script/bench: what a leg costs, against the least that it can cost.

Server and floor (tests/bench/floor.c) run in the same run, interleaved, each
several times; medians are compared, as these machines drift. CPU is that of the
server's process, user and system, from /proc; the generator's never counts.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "e2e"))

from server import Cluster, Server, build, free_port    # noqa: E402

FIRST_ROOM = 3000
CASES = {               # name: legs, rooms, talkers a room, codec, goal x floor
    "g711-100": (100, 1, 3, "PCMU", 1.25),
    "g711-20x5": (100, 20, 3, "PCMU", 1.35),
    "g711-100-talking": (100, 1, 100, "PCMU", 1.4),
    "l16-20x5": (100, 20, 3, "L16/16000", None),
}


def confload(address, pid, seconds, *args):
    run = subprocess.run([build() / "tests/load/confload", "-s", address, "-P", str(pid),
                          "-d", str(seconds), *map(str, args)],
                         capture_output=True, text=True)
    last = [ln for ln in run.stdout.splitlines() if ln.startswith("{")]
    assert last, run.stderr
    seen = json.loads(last[-1])
    seen["ok"] = run.returncode == 0
    return seen


def floor_once(legs, seconds, codec):
    """One run of the bare echo; its figures."""
    port = 16384 + free_port() % 4000     # below those that the kernel hands out
    proc = subprocess.Popen([build() / "tests/bench/floor", "127.0.0.1", str(port), str(legs)],
                            stdout=subprocess.PIPE, text=True)
    try:
        assert proc.stdout.readline().strip() == "floor: ready"
        return confload(f"127.0.0.1:{port}", proc.pid, seconds, "-l", legs, "-e", "-c", codec,
                        "-w", 2)
    finally:
        proc.kill()
        proc.wait()


class Subject:
    """A confabd with all rooms of the bench."""

    def __init__(self, cluster, folder):
        self.server = Server(folder, cluster.database(), 24000, 8000, {
            "log.level": "info", "sip.invite_rate": 0, "media.realtime": "yes",
            "media.workers": 0, "media.legs_max": 2000, "log.stats_interval": 1})
        for i in range(100):
            self.server.db.room(str(FIRST_ROOM + i), join_tone=False, leave_tone=False)
        self.server.start()

    def once(self, legs, rooms, talkers, seconds, codec):
        return confload(f"127.0.0.1:{self.server.port}", self.server.proc.pid, seconds,
                        "-l", legs, "-r", rooms, "-t", talkers, "-n", FIRST_ROOM, "-c", codec)


def record(name, rows, verdict):
    """One JSON object a line into var/bench/."""
    folder = TOP / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.jsonl", "a", encoding="ascii") as f:
        f.write(json.dumps({"at": time.strftime("%FT%TZ", time.gmtime()), "name": name,
                            "verdict": verdict, "runs": rows}) + "\n")


def bench_floor(opt, _):
    rows = [floor_once(opt.legs, opt.seconds, "PCMU") for _ in range(opt.rounds)]
    cost = statistics.median(r["cpu_us_per_leg_second"] for r in rows)
    record("floor", rows, cost)
    print(f"floor: {cost:.0f} us per leg and second, {opt.legs} legs "
          f"(goal: none, it is the yardstick) PASS")
    return True


def bench_case(name, opt, cluster_maker):
    legs, rooms, talkers, codec, goal = CASES[name]
    subject = Subject(cluster_maker(), pathlib.Path(tempfile.mkdtemp(prefix="confab-bench-")))
    rows = []
    print(f"{name}: {legs} legs, {rooms} rooms, {talkers} talkers a room, {codec}, "
          f"{opt.seconds} s a run")
    print(f"{'round':>5} {'floor us':>9} {'server us':>9} {'ratio':>6} {'lost':>5} "
          f"{'bad s':>5} {'gap ms':>7}")
    try:
        for i in range(opt.rounds):
            low = floor_once(legs, opt.seconds, codec)
            high = subject.once(legs, rooms, talkers, opt.seconds, codec)
            rows.append({"floor": low, "server": high})
            a, b = low["cpu_us_per_leg_second"], high["cpu_us_per_leg_second"]
            print(f"{i + 1:5} {a:9.0f} {b:9.0f} {b / a:6.2f} {high['lost']:5.0f} "
                  f"{high['seconds_bad']:5.0f} {high['gap_max_ms']:7.1f}")
    finally:
        subject.server.stop()
    a, b = (statistics.median(r[k]["cpu_us_per_leg_second"] for r in rows)
            for k in ("floor", "server"))
    good = all(r["server"]["ok"] for r in rows)
    passed = good and (goal is None or b / a <= goal)
    verdict = "PASS" if passed else "FAIL"
    record(name, rows, verdict)
    wish = f"goal: <= {goal}" if goal else "goal: none"
    why = "" if good else ", packets or sound were lost"
    print(f"{name}: {b / a:.2f} x floor, {b:.0f} us per leg and second "
          f"({wish}{why}) {verdict}")
    return passed


def main():
    names = ["floor", *CASES]
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"of {', '.join(names)}; default: all")
    parser.add_argument("--seconds", type=int, default=10, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--legs", type=int, default=100, help="of the floor alone")
    opt = parser.parse_args()
    unknown = set(opt.name) - set(names)
    if unknown:
        parser.error(f"no bench named {', '.join(sorted(unknown))}")
    clusters = []

    def cluster():
        if not clusters:
            folder = tempfile.mkdtemp(prefix="confab-bench-pg-")
            pathlib.Path(folder).chmod(0o755)
            clusters.append(Cluster(pathlib.Path(folder)))
        return clusters[0]

    try:
        results = [bench_floor(opt, cluster) if n == "floor" else bench_case(n, opt, cluster)
                   for n in opt.name or names]
    finally:
        for c in clusters:
            c.stop()
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
