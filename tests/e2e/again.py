"""What script/test runs a second time: prints the tests of a report (pytest's
--junitxml) that did not pass, as pytest takes them; of a group whose tests go
on from one another, the whole file."""
import pathlib
import sys
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).parent


def again(report):
    """The tests that failed in a report, each once."""
    tests, files = [], set()
    for case in xml.parse(report).iter("testcase"):
        if case.find("failure") is None and case.find("error") is None:
            continue
        path = HERE / (case.get("classname").split(".")[-1] + ".py")
        name, _, group = case.get("name").partition("@")
        tests.append((str(path), name))
        if group:
            files.add(str(path))
    single = {f"{path}::{name}": 0 for path, name in tests if path not in files}
    return sorted(files) + list(single)


if __name__ == "__main__":
    print("\n".join(again(sys.argv[1])))
