"""The server and the peer of most tests here."""
import pytest

from sipx import Peer, Server


@pytest.fixture(scope="module")
def shared():
    server = Server("minse=90", "se=1800")
    yield server
    server.stop()


@pytest.fixture
def server(shared):
    shared.poll()
    shared.lines.clear()
    return shared


@pytest.fixture
def peer(server):
    p = Peer(server)
    yield p
    p.close()


@pytest.fixture(params=["127.0.0.1/udp", "127.0.0.1/tcp", "::1/udp", "::1/tcp"])
def way(request):
    """A server and a peer for each transport and family."""
    host, proto = request.param.split("/")
    server = Server(host=host)
    p = Peer(server, proto)
    yield server, p, proto
    p.close()
    server.stop()
