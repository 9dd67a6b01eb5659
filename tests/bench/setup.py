"""setup: calls a second, answered and hung up at once, until somebody repeats himself."""
import json
import subprocess

from rig import FIRST_ROOM, tool
from show import Log, Table

GOAL = 800
RATES = (200, 400, 600, 800, 900, 1000, 1200, 1400, 1600, 2000, 2500, 3000)


def setup(rig, opt):
    log = Log("setup")
    server = rig.server()
    run = subprocess.run([tool("load/confcalls"), "-s", f"127.0.0.1:{server.port}", "-n",
                          str(FIRST_ROOM), "-P", str(server.proc.pid), "-d",
                          "2" if opt.quick else "6",
                          *map(str, RATES[3:6] if opt.quick else RATES)],
                         capture_output=True, text=True, timeout=300)
    rows = [json.loads(ln) for ln in run.stdout.splitlines()]
    table = Table(("calls/s", ">8d"), ("calls", ">7d"), ("well", ">7d"), ("again", ">6d"),
                  ("answer p50 ms", ">14.1f"), ("p99", ">8.1f"), ("CPU ms a call", ">14.3f"))
    for r in rows:
        log.write("rate", **r)
        table.row(r["rate"], r["calls"], r["well"], r["retransmissions"] + r["repeated_answers"],
                  r["setup_p50_ms"], r["setup_p99_ms"], r["cpu_ms_per_call"])
    calls = sum(r["well"] for r in rows)
    kept = server.db.wait("SELECT count(*) AS n FROM leg WHERE ended IS NOT NULL "
                          "HAVING count(*) >= %s", calls, timeout=60)[0]["n"]
    print(f"records in the database: {kept} of {calls} calls")
    good = [r for r in rows if r["good"]]
    best = max((r["rate"] for r in good), default=0)
    log.verdict("setup", best, "calls a second without a repetition", f">= {GOAL}",
                best >= GOAL, run.stderr.strip())
    if good:
        log.verdict("setup-cpu", good[-1]["cpu_ms_per_call"], "ms of CPU a call, all threads",
                    None, True)
    rig.stop(server)
    return log.end()
