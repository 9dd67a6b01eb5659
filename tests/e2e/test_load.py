"""100 legs in 20 rooms: nobody loses a packet, no tick is late, and what it costs."""
import json
import re
import subprocess

import pytest

from server import build

LEGS, ROOMS_N, SECONDS = 100, 20, 30
# "While the machine is otherwise idle": where the client itself, at a higher
# priority than the server, was so late, nothing can be said of the server.
OWN_LATE_MAX_MS, TRIES = 8, 3
ROOMS = {str(3000 + i): {"pin": "1234", "join_tone": False, "leave_tone": False}
         for i in range(ROOMS_N)}


def load(server, *args):
    """Runs confload against the server; (exit status, figures, all it said)."""
    run = subprocess.run(
        [build() / "tests/load/confload", "-s", f"127.0.0.1:{server.port}",
         "-P", str(server.proc.pid), *map(str, args)],
        capture_output=True, text=True, timeout=300)
    text = run.stdout + run.stderr
    last = [ln for ln in run.stdout.splitlines() if ln.startswith("{")]
    return run.returncode, json.loads(last[-1]) if last else {}, text


def late_max_us(server, since=0):
    """The latest begin of a tick of any worker, as the server says itself."""
    found = re.findall(r"media: worker=\d+ .*?late_max_us=(\d+)", server.log()[since:])
    assert found, "no worker line in the log"
    return max(map(int, found))


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.plain_only
@pytest.mark.parametrize("codec", ["PCMU", "L16/16000"])
def test_100_legs_in_20_rooms(new_server, codec, record_property):
    for _ in range(TRIES):
        server = new_server(ROOMS, {"log.level": "info", "log.stats_interval": 1,
                                    "sip.invite_rate": 0})
        status, seen, text = load(server, "-l", LEGS, "-r", ROOMS_N, "-t", 3, "-d", SECONDS,
                                  "-n", 3000, "-p", "1234", "-c", codec)
        late = late_max_us(server)
        if seen.get("client_late_max_ms", 0) < OWN_LATE_MAX_MS:
            break
        print(f"\nthe machine stood still for {seen['client_late_max_ms']} ms: once more")
    record_property("cpu_us_per_leg_second", seen.get("cpu_us_per_leg_second"))
    record_property("late_max_us", late)
    print(f"\n{codec}: {seen.get('cpu_us_per_leg_second', 0):.0f} us of CPU per leg and "
          f"second, latest tick {late} us")
    assert status == 0, text
    assert seen["lost"] == 0 and seen["failed"] == 0 and seen["seconds_bad"] == 0, text
    assert seen["seconds_heard"] >= LEGS * (SECONDS - 2)
    assert late <= 10_000, f"a tick began {late} us late"
    rows = server.db.wait("SELECT * FROM leg WHERE ended IS NOT NULL", n=LEGS, timeout=60)
    assert len(rows) == LEGS and all(r["end_reason"] == "bye" for r in rows)
    assert sum(r["rx_lost"] for r in rows) == 0
    conf = server.db.wait("SELECT * FROM conference WHERE ended IS NOT NULL", n=ROOMS_N)
    assert {c["members_total"] for c in conf} == {LEGS // ROOMS_N}


def test_a_small_load(new_server):
    """The same with 12 legs: for every build, and beside other tests."""
    server = new_server({k: ROOMS[k] for k in list(ROOMS)[:3]}, {"sip.invite_rate": 0})
    status, seen, text = load(server, "-l", 12, "-r", 3, "-t", 3, "-d", 4, "-n", 3000,
                              "-p", "1234")
    assert seen["failed"] == 0 and seen["lost"] == 0 and seen["ts_gaps"] == 0, text
    assert seen["own_max_db"] < seen["other_min_db"] - 45, text
    del status          # sound may suffer where the machine is busy; packets may not
