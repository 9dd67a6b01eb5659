#!/usr/bin/python3
"""script/bench: see docs/bench.md."""
import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import capacity         # noqa: E402
import kernels          # noqa: E402
import latency          # noqa: E402
import memory           # noqa: E402
import peers            # noqa: E402
import quality          # noqa: E402
import setup            # noqa: E402
import tick             # noqa: E402
from rig import Rig     # noqa: E402
from show import busy   # noqa: E402

BENCHES = {
    "floor": capacity.floor,
    "capacity": capacity.capacity,
    "latency": latency.latency,
    "memory": memory.memory,
    "setup": setup.setup,
    "tick": tick.tick,
    "kernels": kernels.kernels,
    "peers": peers.peers,
    "quality": quality.quality,
}


def main():
    parser = argparse.ArgumentParser(prog="script/bench", description="Measures what a leg costs "
                                     "and keeps the figures in var/bench/NAME.jsonl.")
    parser.add_argument("name", nargs="*", metavar="NAME",
                        help=f"of {', '.join(BENCHES)}; all (the default): every one")
    parser.add_argument("--quick", action="store_true", help="a fast look: less of everything")
    parser.add_argument("--rounds", type=int, help="of floor, capacity and peers")
    parser.add_argument("--case", action="append", choices=list(capacity.CASES), metavar="CASE",
                        help=f"of capacity, again for more: {', '.join(capacity.CASES)}")
    parser.add_argument("--seed", type=int, help="of quality: the first of all seeds")
    parser.add_argument("--trace", metavar="FILE", help="of quality: a network of one's own")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE",
                        help="an option of the server, again for more")
    opt = parser.parse_args()
    if any("=" not in o for o in opt.set):
        parser.error("--set wants SECTION.KEY=VALUE")
    names = opt.name or ["all"]
    if "all" in names:
        names = list(BENCHES)
    unknown = set(names) - set(BENCHES)
    if unknown:
        parser.error(f"no bench named {', '.join(sorted(unknown))}")
    busy()
    rig, well = Rig(opt.set), True
    try:
        for name in names:
            begin = time.monotonic()
            print(f"== {name}")
            well &= BENCHES[name](rig, opt)
            print(f"{name} took {time.monotonic() - begin:.0f} s\n", flush=True)
    finally:
        rig.close()
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
