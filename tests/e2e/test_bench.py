"""script/bench runs, and says what it measured; whether that is good is not asked here."""
import json
import os
import re
import subprocess
import sys

import pytest

from server import TOP, build


@pytest.mark.alone
@pytest.mark.plain_only
def test_bench_measures_a_small_room(tmp_path):
    run = subprocess.run([sys.executable, TOP / "tests/bench/bench.py", "capacity", "--quick",
                          "--case", "g711-10", "--set", "media.echo=off"], capture_output=True, text=True, timeout=120,
                         env=dict(os.environ, CONFAB_BUILD=str(build()),
                                  CONFAB_BENCH=str(tmp_path)))
    text = run.stdout + run.stderr
    verdict = re.search(r"^g711-10: ([\d.]+) x floor, .*\(goal: none.*\) (PASS|FAIL)$",
                        run.stdout, re.M)
    assert verdict, text
    assert run.returncode == (verdict[2] != "PASS"), text
    lines = [json.loads(ln) for ln in (tmp_path / "capacity.jsonl").read_text().splitlines()]
    assert [ln["what"] for ln in lines] == ["begin", "round", "verdict"]
    for who in ("floor", "server"):
        seen = lines[1][who]
        assert seen["legs"] == 10 and seen["received"] > 10 * 3 * 40 and seen["lost"] == 0, text
        assert seen["cpu_us_per_leg_second"] > 0
    assert abs(lines[1]["server"]["cpu_us_per_leg_second"] /
               lines[1]["floor"]["cpu_us_per_leg_second"] - float(verdict[1])) < 0.01


# What the others say first; how long they take is why not all are here.
@pytest.mark.alone
@pytest.mark.plain_only
@pytest.mark.slow
@pytest.mark.parametrize("name,first", [
    ("floor", "floor-100"), ("latency", "latency-pcmu-p50"), ("setup", "setup"),
    ("kernels", "kernels"), ("quality", "quality-none-delay")])
def test_bench_measures(tmp_path, name, first):
    subprocess.run(["make", "-s", "-C", build(), "tests/bench/bench_kernels"], check=True,
                   capture_output=True, timeout=300)
    run = subprocess.run([sys.executable, TOP / "tests/bench/bench.py", name, "--quick"],
                         capture_output=True, text=True, timeout=200,
                         env=dict(os.environ, CONFAB_BUILD=str(build()),
                                  CONFAB_BENCH=str(tmp_path)))
    text = run.stdout + run.stderr
    verdicts = re.findall(r"^(\S+): ([\d.]+) .*\(goal: .*\) (PASS|FAIL)$", run.stdout, re.M)
    assert verdicts and verdicts[0][0] == first, text
    assert run.returncode == any(v[2] != "PASS" for v in verdicts), text
    lines = [json.loads(ln) for ln in (tmp_path / f"{name}.jsonl").read_text().splitlines()]
    told = [ln for ln in lines if ln["what"] == "verdict"]
    assert [ln["name"] for ln in told] == [v[0] for v in verdicts]
