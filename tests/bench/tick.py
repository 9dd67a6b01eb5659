"""tick: how late the media thread's ticks begin, when it has much to do."""
import re

from rig import LATE_MS, Load, ToolError
from show import Log, Table

GOAL_MS = 2
GOAL_LOAD, LOADS = 0.5, (0.5, 0.9)
PROBE = 200                     # legs whose cost says how many make a load
LEGS_MAX = 2800
BINS, UNIT_US = 24, 16          # first bound of the histogram; each is twice the one before
LINE = re.compile(r"media: worker=0 ports=(\d+) .*busy_us=(\d+).*late_hist=([\d,]*)")


def ticks(server):
    """What the server says of worker 0 once a second: [(ports, busy us, histogram)]."""
    out = []
    for ports, busy, hist in LINE.findall(server.log()):
        hist = [int(n) for n in hist.split(",") if n]
        out.append((int(ports), int(busy), hist + [0] * (BINS - len(hist))))
    return out


def while_full(server, load):
    """First and last report with all legs there and their announcements over."""
    full = [t for t in ticks(server) if t[0] == load.legs]
    if len(full) < load.seconds:
        raise ToolError(f"{len(full)} reports with {load.legs} legs")
    return full[-load.seconds], full[-1]


def percentile(hist, share):
    """Upper bound of the bin that it lies in, us."""
    seen, all_of_them = 0, sum(hist)
    for i, n in enumerate(hist):
        seen += n
        if seen >= share * all_of_them:
            return UNIT_US << i
    return UNIT_US << len(hist)


def once(rig, load):
    """A run; share of the time that worker 0 was busy, its histogram, the client's figures."""
    server = rig.server(media__workers=1)
    seen = rig.load(server, load)
    first, last = while_full(server, load)
    hist = [b - a for a, b in zip(first[2], last[2])]
    realtime = "realtime=1" in server.log()
    rig.stop(server)
    return (last[1] - first[1]) / (sum(hist) * 1e4), hist, realtime, seen


def tick(rig, opt):
    log = Log("tick")
    share = once(rig, Load(PROBE, seconds=4))[0]
    table = Table(("load", ">5.0%"), ("legs", ">5d"), ("busy", ">6.1%"), ("ticks", ">6d"),
                  ("p50 us", ">7d"), ("p99", ">7d"), ("p99.9", ">7d"), ("worst", ">7d"),
                  ("client late p99 ms", ">18.0f"), ("", "s"))
    for want in LOADS[:1] if opt.quick else LOADS:
        n = min(int(PROBE * want / share), LEGS_MAX)
        load = Load(n, rooms=max(1, n // 50), seconds=6 if opt.quick else 25, every=8)
        busy, hist, realtime, seen = once(rig, load)
        bounds = [percentile(hist, q) for q in (0.5, 0.99, 0.999, 1)]
        notes = [] if realtime else ["no real-time priority"]
        if seen["client_late_p99_ms"] > LATE_MS:
            notes.append("the client was late")
        if n == LEGS_MAX:
            notes.append(f"no more than {n} legs")
        table.row(want, n, busy, sum(hist), *bounds, seen["client_late_p99_ms"],
                  ", ".join(notes))
        print("      late:", ", ".join(f"< {UNIT_US << i} us {c}"
                                       for i, c in enumerate(hist) if c))
        log.write("run", load=want, legs=n, busy=busy, hist=hist, realtime=realtime, client=seen)
        goal = f"<= {GOAL_MS}" if want == GOAL_LOAD else None
        # the histogram's bounds are powers of two: 2048 us is what 2 ms means
        passed = not goal or (realtime and bounds[2] <= GOAL_MS * 1024)
        log.verdict(f"tick-{want:.0%}", bounds[2] / 1e3, "ms late at most, 99.9 % of ticks",
                    goal, passed, ", ".join(notes))
    return log.end()
