"""memory: what a leg takes, and what 100,000 rooms that nobody is in take."""
import os
import pathlib
import time

from rig import Load, ToolError
from show import Log, Table

G711_GOAL, OPUS_GOAL = 48, 128          # KiB a leg
IDLE_ROOMS = 100_000
WAKEUPS_GOAL = 2                        # a second, more than without rooms


def of(pid):
    """What a process holds: RSS in KiB, threads, descriptors, timers, wake-ups so far."""
    proc = pathlib.Path(f"/proc/{pid}")
    links = []
    for fd in (proc / "fd").iterdir():
        try:
            links.append(os.readlink(fd))
        except OSError:
            pass                        # closed in between
    wakes = 0
    for task in (proc / "task").iterdir():
        status = dict(ln.split(":", 1) for ln in (task / "status").read_text().splitlines())
        wakes += int(status["voluntary_ctxt_switches"])
    pages = int((proc / "statm").read_text().split()[1])
    return {"rss_kib": pages * os.sysconf("SC_PAGESIZE") / 1024,
            "threads": len(list((proc / "task").iterdir())), "fds": len(links),
            "timers": sum("timerfd" in ln for ln in links) +
            (proc / "timers").read_text().count("ID:"), "wakes": wakes}


def per_leg(rig, codec, few, many, opt):
    """Figures with few and with many legs, each load in a server of its own: memory that
    was used once may stay."""
    out = []
    for legs in (few, many):
        server = rig.server()
        r = rig.load(server, Load(legs, rooms=10, codec=codec, seconds=3,
                                  every=16 if codec == "opus" else 4))
        out.append({"legs": legs, "rss_kib": r["rss_bytes"] / 1024, "threads": r["threads"],
                    "fds": r["fds"]})
        rig.stop(server)
    return out


def legs(rig, opt, log, table, name, codec, goal):
    few, many = (20, 120) if opt.quick else (100, 600)
    try:
        a, b = per_leg(rig, codec, few, many, opt)
    except ToolError as e:
        log.verdict(f"memory-{name}", None, "KiB a leg", f"<= {goal}", False, str(e))
        return
    n = b["legs"] - a["legs"]
    for row in (a, b):
        table.row(f"{row['legs']} legs, {codec}", row["rss_kib"], row["threads"], row["fds"],
                  None, None)
    log.write("legs", codec=codec, few=a, many=b)
    size = (b["rss_kib"] - a["rss_kib"]) / n
    log.verdict(f"memory-{name}", size, "KiB a leg", f"<= {goal}", size <= goal)
    log.verdict(f"threads-{name}", (b["threads"] - a["threads"]) / n, "threads a leg", "0",
                a["threads"] == b["threads"])
    fds = (b["fds"] - a["fds"]) / n
    log.verdict(f"fds-{name}", fds, "descriptors a leg", "2", fds <= 2)


def idle(rig, rooms, seconds):
    server = rig.server()
    if rooms:
        server.stop()                   # and start it with so many rooms
        server.db.rows("INSERT INTO room (number) SELECT (1000000 + n)::text "
                       "FROM generate_series(1, %s) n", rooms)
        server.start()
    time.sleep(3)                       # what is done once is done
    before = of(server.proc.pid)
    cpu = server.cpu()
    time.sleep(seconds)
    after = of(server.proc.pid)
    after["wakes_s"] = (after["wakes"] - before["wakes"]) / seconds
    after["cpu_ms_s"] = (server.cpu() - cpu) * 1000 / seconds
    ready = [ln for ln in server.log().splitlines() if "ready, sip=" in ln][-1]
    after["rooms"] = int(ready.split("rooms=")[1].split()[0])
    rig.stop(server)
    return after


def idle_rooms(rig, opt, log, table):
    seconds = 3 if opt.quick else 10
    none, many = idle(rig, 0, seconds), idle(rig, IDLE_ROOMS, seconds)
    for r in (none, many):
        table.row(f"{r['rooms']} rooms, idle", r["rss_kib"], r["threads"], r["fds"], r["timers"],
                  r["wakes_s"])
    log.write("idle", none=none, many=many)
    loaded = many["rooms"] - none["rooms"]
    log.verdict("idle-rooms-threads", many["threads"] - none["threads"],
                f"threads for {loaded} rooms", "0",
                many["threads"] == none["threads"] and loaded == IDLE_ROOMS)
    log.verdict("idle-rooms-timers", many["timers"] - none["timers"], "timers of the kernel's",
                "0", many["timers"] <= none["timers"])
    more = many["wakes_s"] - none["wakes_s"]
    log.verdict("idle-rooms-wakeups", more, "wake-ups a second more than without", "0, +-"
                f"{WAKEUPS_GOAL}", more <= WAKEUPS_GOAL)
    log.verdict("idle-rooms-memory", (many["rss_kib"] - none["rss_kib"]) * 1024 / loaded,
                "bytes a room", None, True)


def memory(rig, opt):
    log = Log("memory")
    table = Table(("", "<24s"), ("RSS KiB", ">9.0f"), ("threads", ">8d"), ("fds", ">6d"),
                  ("timers", ">7d"), ("wake-ups/s", ">11.1f"))
    legs(rig, opt, log, table, "g711", "PCMU", G711_GOAL)
    legs(rig, opt, log, table, "opus", "opus", OPUS_GOAL)
    idle_rooms(rig, opt, log, table)
    return log.end()
