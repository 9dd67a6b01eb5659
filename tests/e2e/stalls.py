"""How long this machine let processes of normal priority wait: what a phone that
runs beside us and has no real-time priority sends late, it sends late for this.

    python3 stalls.py       wakes every 5 ms until its input ends; then prints the
                            sum of what it was late by more than 10 ms, in ms
"""
import subprocess
import sys
import threading
import time

STEP, SPARE = 0.005, 0.010


class Stalls:
    """Measures from now on, in a process of its own."""

    def __init__(self):
        self.proc = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)

    def ms(self):
        """Ends it; the sum."""
        return float(self.proc.communicate(timeout=30)[0])

    def close(self):
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()


def measure():
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    total, due = 0.0, time.monotonic() + STEP
    while not over.is_set():
        time.sleep(max(0.0, due - time.monotonic()))
        late = time.monotonic() - due
        total += max(0.0, late - SPARE)
        due = time.monotonic() + STEP
    print(f"{total * 1000:.1f}")


if __name__ == "__main__":
    measure()
