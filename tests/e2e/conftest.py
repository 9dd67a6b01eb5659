"""What every end-to-end test gets: a cluster a session, servers, phones."""
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from rtp import threads                # noqa: E402
from server import Cluster, Server      # noqa: E402
from ua import Phone                    # noqa: E402

RTP_RANGES = 9          # servers at a time in one pytest process
RTP_COUNT = 400

_used = {}              # node id -> servers and phones to show when it fails


def _worker():
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])


class Maker:
    """Makes servers and ends them in reverse order."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder = cluster, folder
        self.servers = []

    _n = 0

    def __call__(self, rooms=None, options=None, start=True, **kw):
        """rooms: {number: columns}; a server with a database of its own."""
        Maker._n += 1
        slot = _worker() * RTP_RANGES + Maker._n % RTP_RANGES
        s = Server(self.folder / f"server{Maker._n}", self.cluster.database(),
                   16384 + slot % 40 * RTP_COUNT, RTP_COUNT, options, **kw)
        self.servers.append(s)
        for number, columns in (rooms or {}).items():
            s.db.room(number, **columns)
        return s.start() if start else s

    def close(self):
        errors = []
        for s in reversed(self.servers):
            try:
                s.stop()
            except AssertionError as e:
                errors.append(f"{e}\n{s.log()[-4000:]}")
        assert not errors, "\n".join(errors)


@pytest.fixture(scope="session")
def new_cluster():
    """Makes PostgreSQL clusters that end with the session."""
    made = []

    def make():
        folder = pathlib.Path(tempfile.mkdtemp(prefix="confab-pg-"))
        folder.chmod(0o755)             # user postgres must get in
        made.append(Cluster(folder))
        return made[-1]
    yield make
    for c in made:
        c.stop()
        shutil.rmtree(c.dir)


@pytest.fixture(scope="session")
def cluster(new_cluster):
    """The cluster of most tests."""
    return new_cluster()


@pytest.fixture(scope="module")
def server(request, cluster, tmp_path_factory):
    """One server for all tests of a file; ROOMS and OPTIONS in it say which."""
    maker = Maker(cluster, tmp_path_factory.mktemp("server"))
    try:
        yield maker(getattr(request.module, "ROOMS", {}),
                    getattr(request.module, "OPTIONS", {}))
    finally:
        maker.close()


@pytest.fixture
def new_server(request, cluster, tmp_path):
    """Makes servers for one test."""
    maker = Maker(cluster, tmp_path)
    _used[request.node.nodeid] = maker.servers
    yield maker
    maker.close()


@pytest.fixture
def phone(request):
    """Makes phones; ends their calls afterwards."""
    phones = []

    def make(**kw):
        phones.append(Phone(**kw))
        return phones[-1]
    request.node.phones = phones
    yield make
    for p in phones:
        for call in list(p.calls.values()):
            if call.up and not call.ended and not p.deaf:
                try:
                    call.bye()
                except (AssertionError, OSError):
                    pass            # its server is gone
        p.close()
    errors, threads().errors = threads().errors, []
    assert not errors, "\n".join(errors)


@pytest.fixture
def closing():
    """Takes anything with a close() and closes it when the test is over."""
    things = []

    def add(thing):
        things.append(thing)
        return thing
    yield add
    for thing in reversed(things):
        thing.close()


@pytest.fixture(autouse=True)
def _own_lateness():
    """Counts how late our own packets were, test by test."""
    threads().late_max = 0.0


def _trace(p):
    head = lambda data: data.split(b"\r\n\r\n")[0].decode(errors="replace")
    return "\n".join(f"{at:.3f} {way} {head(data)[:600]}\n" for at, way, data in p.trace[-14:])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What server and phones said stands under a failed test."""
    report = (yield).get_result()
    if not report.failed:
        return
    report.sections.append(("the phones' own pace", "latest packet sent "
                            f"{threads().late_max * 1000:.1f} ms late"))
    servers = list(_used.get(item.nodeid, []))
    if "server" in getattr(item, "funcargs", {}):
        servers.append(item.funcargs["server"])
    for s in servers:
        lines = [ln for ln in s.log().splitlines() if " media: worker=" not in ln]
        report.sections.append((f"log of {s.dir.name}", "\n".join(lines)[-6000:]))
    for p in getattr(item, "phones", []):
        report.sections.append((f"SIP of {p.name}", _trace(p)))
