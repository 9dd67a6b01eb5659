"""What a bench shows: tables, verdicts, and a line of JSON for each figure."""
import json
import os
import pathlib
import platform
import subprocess
import time

from rig import TOP


class Table:
    """Rows that are printed as they come."""

    def __init__(self, *columns):
        """columns: (heading, format) with a width in the format, as ">8.2f"."""
        self.columns = columns
        print(" ".join(f"{head:{self._width(fmt)}}" for head, fmt in columns))

    @staticmethod
    def _width(fmt):
        return fmt.split(".")[0].rstrip("dfs")

    def row(self, *values):
        print(" ".join(f"{'-':{self._width(fmt)}}" if v is None else f"{v:{fmt}}"
                       for v, (_, fmt) in zip(values, self.columns)).rstrip(), flush=True)


def machine():
    """Where and on what this is measured."""
    rev = subprocess.run(["git", "-C", TOP, "describe", "--always", "--dirty"],
                         capture_output=True, text=True).stdout.strip()
    return {"host": platform.node(), "kernel": platform.release(), "cores": os.cpu_count(),
            "revision": rev, "load_average": os.getloadavg()[0]}


class Log:
    """var/bench/NAME.jsonl, and the verdicts of this bench."""

    def __init__(self, name):
        self.name = name
        self.verdicts = []
        folder = pathlib.Path(os.environ.get("CONFAB_BENCH", TOP / "var" / "bench"))
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.jsonl"
        self.write("begin", **machine())

    def write(self, what, **figures):
        with open(self.path, "a", encoding="ascii") as f:
            f.write(json.dumps({"at": time.strftime("%FT%TZ", time.gmtime()),
                                "bench": self.name, "what": what, **figures}) + "\n")

    def verdict(self, name, figure, unit, goal, passed, why=""):
        """One line for people when the bench is over. goal: text, or None."""
        shown = "none" if figure is None else f"{figure:.4g}"
        text = (f"{name}: {shown} {unit} (goal: {goal or 'none'}{', ' + why if why else ''}) "
                f"{'PASS' if passed else 'FAIL'}")
        self.verdicts.append((text, passed))
        self.write("verdict", name=name, figure=figure, unit=unit, goal=goal,
                   passed=bool(passed), why=why)

    def end(self):
        """Prints the verdicts; did all pass?"""
        print()
        for text, _ in self.verdicts:
            print(text)
        print(flush=True)
        return all(passed for _, passed in self.verdicts)


def busy():
    """A warning if others use this machine."""
    load = os.getloadavg()[0]
    if load > 0.5 * os.cpu_count():
        print(f"note: the load average was {load:.1f} on {os.cpu_count()} cores at the begin; "
              f"figures may be high\n")
