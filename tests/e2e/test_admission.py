"""How busy the media worker's ticks are decides whether new calls come in: the
limit is set low, the load that goes over it is real."""
import json
import pathlib
import subprocess
import tempfile
import time

import pytest

from server import build

LIMIT, LEGS = 6, 150            # percent of 10 ms; 150 in one room need more
ROOMS = {n: {"join_tone": False, "leave_tone": False} for n in ("1000", "3000")}
OVER, AGAIN = "takes no more legs", "takes legs again"


def options(phone, server):
    return phone.request("OPTIONS", server.uri("1000"))


def workers(path):
    out = subprocess.run([build() / "confabctl", "--socket", path, "--json", "workers"],
                         capture_output=True, text=True, timeout=30, check=True)
    return json.loads(out.stdout)["result"]["workers"]


def wait_options(phone, server, status, seconds):
    end = time.monotonic() + seconds
    while True:
        res = options(phone, server)
        if res.status == status:
            return res
        assert time.monotonic() < end, f"{res.start} for {seconds} s"
        time.sleep(0.3)


@pytest.mark.slow
def test_a_busy_worker_refuses_new_calls_and_keeps_the_old(new_server, phone):
    folder = tempfile.TemporaryDirectory(prefix="adm")
    path = pathlib.Path(folder.name) / "s"
    server = new_server(ROOMS, {
        "media.workers": 1, "media.busy_limit_percent": LIMIT, "sip.invite_rate": 0,
        "server.control": path, "log.level": "info"})
    asker = phone()
    alice = phone(name="alice", codecs=("PCMU",)).call(server.uri("1000"))
    bob = phone(name="bob", codecs=("PCMU",)).call(server.uri("1000"))
    alice.stream.tone(701)
    bob.stream.wait_tone(701)
    assert options(asker, server).status == 200
    bob.stream.wait_packets(110)            # reports come once a second
    w, = workers(path)
    assert w["over"] is False and 0 < w["tick_p90_us"] <= w["tick_p99_us"]

    load = subprocess.Popen(
        [build() / "tests/load/confload", "-s", f"127.0.0.1:{server.port}", "-l", str(LEGS),
         "-r", "1", "-t", "3", "-d", "10", "-w", "1", "-a", "150", "-n", "3000", "-R", "0"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        res = wait_options(asker, server, 503, 25)
        assert int(res["retry-after"].split()[0]) > 0
        call = phone().new(*server.uri("1000"))
        call.invite()
        res = call.wait_final()
        assert res.status == 503 and int(res["retry-after"].split()[0]) > 0
        w, = workers(path)
        assert w["over"] is True and w["tick_p90_us"] > LIMIT * 100
        # who is in goes on, and may change his call
        assert alice.hold().status == 200
        bob.stream.wait_tone(701, there=False)
        assert alice.resume().status == 200
        bob.stream.wait_tone(701)
    finally:
        load.wait(120)
    wait_options(asker, server, 200, 30)
    phone().call(server.uri("1000"))
    server.wait_log(AGAIN)
    log = server.log()
    # told at each change, and not for each call
    assert 1 <= log.count(OVER) <= 2 and log.count(AGAIN) == log.count(OVER), log[-3000:]
    assert bob.bye().status == 200
    folder.cleanup()


def test_without_a_limit_nobody_is_refused(new_server, phone):
    server = new_server(ROOMS, {"media.workers": 1, "media.busy_limit_percent": 0})
    for _ in range(3):
        phone().call(server.uri("1000"))
    assert options(phone(), server).status == 200
    assert OVER not in server.log()
