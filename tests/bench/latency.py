"""latency: what the server adds from RTP in to RTP out, for a tone burst at zero jitter."""
import subprocess

from rig import FIRST_ROOM, figures, tool
from show import Log, Table

P50_GOAL, P99_GOAL = 20, 30
ROOMS = 40                      # a pair of legs each, phases half a millisecond apart
CODECS = ("PCMU", "G722", "L16/16000")


def once(server, codec, seconds):
    run = subprocess.run([tool("load/conflag"), "-s", f"127.0.0.1:{server.port}", "-r",
                          str(ROOMS), "-d", str(seconds), "-c", codec, "-n", str(FIRST_ROOM)],
                         capture_output=True, text=True, timeout=120)
    return figures(run, "conflag") if run.stdout else None


def latency(rig, opt):
    log = Log("latency")
    server = rig.server()
    table = Table(("codec", "<12s"), ("bursts", ">7d"), ("heard", ">7d"), ("min ms", ">7.1f"),
                  ("p50", ">7.1f"), ("p99", ">7.1f"), ("max", ">7.1f"),
                  ("packets p50", ">12.1f"), ("p99", ">7.1f"), ("client late ms", ">15.2f"))
    for codec in CODECS[:1] if opt.quick else CODECS:
        r = once(server, codec, 5 if opt.quick else 20)
        if r is None:
            print(f"{codec}: this build has no such codec")
            continue
        log.write("run", **r)
        table.row(codec, r["bursts"], r["heard"], r["min_ms"], r["p50_ms"], r["p99_ms"],
                  r["max_ms"], r["packet_p50_ms"], r["packet_p99_ms"], r["client_late_max_ms"])
        goals = (P50_GOAL, P99_GOAL) if codec == "PCMU" else (None, None)
        for key, goal in zip(("p50", "p99"), goals):
            log.verdict(f"latency-{codec.lower().replace('/', '-')}-{key}", r[f"{key}_ms"], "ms",
                        f"<= {goal}" if goal else None,
                        r["ok"] and (not goal or r[f"{key}_ms"] <= goal),
                        "" if r["ok"] else "bursts were not heard")
    rig.stop(server)
    return log.end()
