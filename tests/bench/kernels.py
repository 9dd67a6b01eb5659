"""kernels, codecs: the arithmetic alone."""
import subprocess

from rig import tool
from show import Log


def kernels(rig, opt):
    log = Log("kernels")
    run = subprocess.run([tool("bench/bench_kernels")], capture_output=True, text=True, check=True)
    print(run.stdout)
    log.write("tables", text=run.stdout.splitlines())
    run = subprocess.run([tool("bench/bench_codecs")], capture_output=True, text=True, check=True)
    print(run.stdout)
    log.write("codecs", text=run.stdout.splitlines())
    log.verdict("kernels", run.returncode, "errors", None, True)
    return log.end()
