"""peers: the same load against what Debian offers, side by side in one run.

Janus AudioBridge takes part with plain-RTP participants (each hears all but himself, like
ours). GStreamer has no conference of its own: an audiomixer that sends everybody the one
sum of all, the speaker's own voice included, is the least that a program built of it does.
"""
import contextlib
import shutil
import statistics
import subprocess

import peer_gst
import peer_janus
from rig import Load, ToolError, figures, settle, tool
from show import Log, Table

COST = "cpu_us_per_leg_second"
# name: load, goal of Janus's cost as a multiple of ours
CASES = {
    "opus-50": (Load(50, codec="opus", every=2), 8),
    "g711-100": (Load(100), None),
    "g711-80x5": (Load(400, rooms=80), None),
}
QUICK = ("opus-50",)
PEERS = {
    "janus": ("janus", peer_janus.Janus),
    "gstreamer": ("gst-launch-1.0", peer_gst.Gst),
}


def told(peer, load):
    """A run of the load client against a peer that learns of its legs from us."""
    run = subprocess.Popen([tool("load/confload"), "-s", "127.0.0.1:9", "-x", "-P", str(peer.pid),
                            *load.args(), "-w", "3"],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
    try:
        legs = [run.stdout.readline().split() for _ in range(load.legs)]
        # leg I IP PORT PT: the leg's room is I % rooms, as confload has it
        ports = peer.join([(int(w[1]), int(w[3]), int(w[4])) for w in legs], load)
        run.stdin.write("".join(f"{i} 127.0.0.1 {port} {pt}\n" for i, port, pt in ports))
        out, err = run.communicate(timeout=90)
        run.stdout, run.stderr = out, err
        return figures(run, "confload")
    finally:
        if run.returncode is None:
            run.kill()
            run.wait()


def peer_once(make, load):
    with contextlib.closing(make()) as peer:
        return told(peer, load)


def row(name, k, who, r, load, ours, table):
    got = r["received"] / (load.legs * load.seconds * 50)
    table.row(name if k == 0 else "", who, k + 1, r[COST], r[COST] / ours, r["threads"], got,
              r["seconds_bad"] / max(1, r.get("seconds_heard", 0)) if "seconds_bad" in r else None)


def measure(rig, server, name, subjects, rounds, table, log):
    """{who: [cost]}"""
    load = CASES[name][0]
    costs = {}
    for k in range(rounds):
        settle()
        ours = rig.load(server, load)
        row(name, k, "confab", ours, load, ours[COST], table)
        log.write("round", case=name, round=k, who="confab", **ours)
        costs.setdefault("confab", []).append(ours[COST])
        for who, make in subjects.items():
            settle()
            try:
                r = peer_once(make, load)
            except ToolError as e:
                print(f"{who}: {e}")
                continue
            row("", 0, who, r, load, ours[COST], table)
            log.write("round", case=name, round=k, who=who, **r)
            costs.setdefault(who, []).append(r[COST])
    return costs


def judge(name, costs, missing, log):
    goal = CASES[name][1]
    for who in PEERS:
        wish = f">= {goal}" if goal and who == "janus" else None
        if who in costs:
            ratio = statistics.median(costs[who]) / statistics.median(costs["confab"])
            log.verdict(f"peers-{name}-{who}", ratio, "x our cost per leg", wish,
                        not wish or ratio >= goal)
        else:
            log.verdict(f"peers-{name}-{who}", None, "x our cost per leg", wish, not wish,
                        "not installed" if who in missing else "it did not run")


def peers(rig, opt):
    log = Log("peers")
    missing = [who for who, (program, _) in PEERS.items() if not shutil.which(program)]
    for who in missing:
        print(f"{who} is missing: {PEERS[who][0]} is not installed (see docs/bench.md)")
    subjects = {who: make for who, (_, make) in PEERS.items() if who not in missing}
    server = rig.server()
    rounds = opt.rounds or (1 if opt.quick else 2)
    table = Table(("case", "<12s"), ("who", "<10s"), ("round", ">5d"), ("us per leg", ">10.0f"),
                  ("x ours", ">7.1f"), ("threads", ">8d"), ("packets got", ">12.1%"),
                  ("sound not right", ">16.0%"))
    for name in QUICK if opt.quick else CASES:
        try:
            costs = measure(rig, server, name, subjects, rounds, table, log)
        except ToolError as e:
            log.verdict(f"peers-{name}", None, "x our cost per leg", CASES[name][1] and
                        f">= {CASES[name][1]}", False, str(e))
            continue
        judge(name, costs, missing, log)
    rig.stop(server)
    return log.end()
