"""capacity, floor: what a leg costs the server, against the least that it can cost."""
import dataclasses
import json
import statistics
import subprocess

from rig import LATE_MS, Load, ToolError, settle, tool
from show import Log, Table

COST = "cpu_us_per_leg_second"

# name: load, goal as a multiple of the floor
CASES = {
    "g711-10": (Load(10), None),
    "g711-100": (Load(100), None),
    "g711-400": (Load(400), 1.25),
    "g711-1000": (Load(1000, every=2), None),
    "g711-400-noise": (Load(400, noise_db=70), None),
    "g711-100-talking": (Load(100, talkers=100), 1.4),
    "g711-80x5": (Load(400, rooms=80), 1.35),
    "opus-100": (Load(100, codec="opus", every=2), None),
    "opus-400": (Load(400, codec="opus", every=8), 1.6),
    # eight of the twenty are mixed: no leg can hear them all, so none listens
    "opus-20-talking": (Load(20, talkers=20, codec="opus", every=0), None),
    "opus-10-turns": (Load(10, talkers=10, codec="opus", turn_ms=4000, seconds=9), 2.0),
    "g722-100": (Load(100, codec="G722"), None),
    "mixed-100": (Load(100, codec="opus,G722,PCMU,PCMA", every=2), None),
}
ALL_MIXED = ("g711-100-talking",)               # on a server that mixes all who talk
QUICK = ("g711-100", "g711-80x5", "opus-100")
FLAT = ("g711-100", "g711-400", "g711-1000")    # above 50 legs
FLAT_GOAL = 15
BARE_GOAL = 1.1
TONES_SHARE = 200                               # one in so many may be moved in time
LOUDEST = 8                                     # talkers that are mixed


def note(server, floor):
    """What is to be known of a round besides its cost."""
    late = max(r["client_late_p99_ms"] for r in (server, floor))
    notes = [server["error"]] if server["error"] else []
    if late > LATE_MS:
        notes.append(f"the client was late, p99 {late:.0f} ms")
    for name in ("failed", "silent", "lost", "ts_gaps", "strange", "seconds_bad", "tones_bad"):
        if server.get(name):
            notes.append(f"{name} {server[name]:.0f}")
    return ", ".join(notes)


def median(rows, who, key=COST):
    return statistics.median(r[who][key] for r in rows)


def one_round(rig, server, load, k):
    """Floor and server, in an order that changes."""
    out = {}
    for who in ("floor", "server") if k % 2 == 0 else ("server", "floor"):
        settle()
        out[who] = rig.floor(load) if who == "floor" else rig.load(server, load)
    return out


def measure(rig, server, name, rounds, quick, table, log):
    load = CASES[name][0]
    if quick:
        load = dataclasses.replace(load, seconds=3)
    rows = []
    for k in range(rounds):
        r = one_round(rig, server, load, k)
        rows.append(r)
        log.write("round", case=name, round=k, **r)
        a, b = r["floor"][COST], r["server"][COST]
        table.row(name if k == 0 else "", k + 1, a, b, b / a, r["server"]["gap_max_ms"],
                  r["server"]["client_cores"], note(r["server"], r["floor"]))
    return rows


def bare(codec):
    """us of a decode and of an encode of 20 ms, without any server around."""
    run = subprocess.run([tool("bench/bench_codecs"), codec], capture_output=True, text=True,
                         check=True)
    return json.loads(run.stdout)


def judge_bare(name, rows, log):
    """N decodes, and an encode for each of the loudest and for the rest, beside the floor."""
    load = CASES[name][0]
    cost = bare(load.codec)
    encodes = min(load.talkers, LOUDEST) + 1
    codec = 50 * (load.legs * cost["decode_us"] + encodes * cost["encode_us"]) / load.legs
    ratio = median(rows, "server") / (codec + median(rows, "floor"))
    log.verdict(name, ratio, f"x ({load.legs} decodes + {encodes} encodes + floor = "
                f"{codec + median(rows, 'floor'):.0f} us)", f"<= {BARE_GOAL}",
                ratio <= BARE_GOAL and sound(rows), trouble(rows))


def went_well(r):
    """All calls and all packets there, and the sound right but for a second in a hundred, and a
    talker in two hundred: where others use the machine a jitter buffer may have had to move."""
    s = r["server"]
    return s["ok"] or not (s["failed"] or s["silent"] or s["lost"] or s["ts_gaps"] or
                           s["strange"] or s["reordered"] or
                           100 * s.get("seconds_bad", 0) > s.get("seconds_heard", 0) or
                           TONES_SHARE * s.get("tones_bad", 0) > s.get("tones_heard", 0))


def sound(rows):
    return all(went_well(r) for r in rows)


def trouble(rows):
    """Said with a verdict: a figure for calls that did not go well is none."""
    bad = sum(not went_well(r) for r in rows)
    late = sum(r["server"]["client_late_p99_ms"] > LATE_MS for r in rows)
    out = [f"calls suffered in {bad} of {len(rows)} rounds"] if bad else []
    if late:
        out.append(f"the client was the bottleneck in {late}")
    return ", ".join(out)


def judge(name, rows, log):
    goal = CASES[name][1]
    ratio = median(rows, "server") / median(rows, "floor")
    log.verdict(name, ratio, f"x floor, {median(rows, 'server'):.0f} us per leg and second",
                f"<= {goal}" if goal else None, sound(rows) and (not goal or ratio <= goal),
                trouble(rows))


def judge_flat(done, log):
    costs = [median(done[n], "server") for n in FLAT if n in done]
    if len(costs) < 2:
        return
    spread = 100 * (max(costs) / min(costs) - 1)
    log.verdict("g711-flat", spread, "% more for the dearest size than for the cheapest",
                f"<= {FLAT_GOAL}", spread <= FLAT_GOAL)


def capacity(rig, opt):
    log = Log("capacity")
    names = opt.case or (QUICK if opt.quick else CASES)
    rounds = opt.rounds or (1 if opt.quick else 3)
    server, all_mixed = rig.server(), None
    done = {}
    table = Table(("case", "<18s"), ("round", ">5d"), ("floor us", ">9.0f"),
                  ("server us", ">9.0f"), ("ratio", ">6.2f"), ("gap ms", ">7.1f"),
                  ("client cores", ">12.2f"), ("", "s"))
    for name in names:
        if name in ALL_MIXED and not all_mixed:
            all_mixed = rig.server(media__talkers=0)
        try:
            done[name] = measure(rig, all_mixed if name in ALL_MIXED else server, name, rounds,
                                 opt.quick, table, log)
        except ToolError as e:
            log.verdict(name, None, "x floor", f"<= {CASES[name][1]}" if CASES[name][1] else None,
                        False, str(e))
            continue
        if name == "opus-20-talking":
            judge_bare(name, done[name], log)
        else:
            judge(name, done[name], log)
    judge_flat(done, log)
    rig.stop(server)
    if all_mixed:
        rig.stop(all_mixed)
    return log.end()


def floor(rig, opt):
    """The yardstick alone."""
    log = Log("floor")
    table = Table(("legs", ">5d"), ("us per leg and second", ">21.0f"), ("of rounds", "s"))
    for legs in (100,) if opt.quick else (10, 100, 400, 1000):
        load = Load(legs, seconds=3)
        rows = [rig.floor(load) for _ in range(opt.rounds or (1 if opt.quick else 5))]
        costs = sorted(r[COST] for r in rows)
        for r in rows:
            log.write("run", **r)
        table.row(legs, statistics.median(costs), " ".join(f"{c:.0f}" for c in costs))
        lost = sum(r["lost"] + r["silent"] for r in rows)
        log.verdict(f"floor-{legs}", statistics.median(costs), "us per leg and second",
                    "none, it is the yardstick", lost == 0,
                    f"{lost:.0f} packets lost" if lost else "")
    return log.end()
