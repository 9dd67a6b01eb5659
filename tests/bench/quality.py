"""quality: what callers hear; the battery of tests/quality (docs/quality.md)."""
import subprocess

from rig import tool
from show import Log


def quality(rig, opt):
    log = Log("quality")
    args = [tool("quality/quality"), "--json", log.path]
    if opt.quick:
        args.append("--brief")
    if opt.seed:
        args += ["--seed", str(opt.seed)]
    if opt.trace:
        args += ["--trace", opt.trace]
    return subprocess.run(args, check=False).returncode == 0
