"""Health and metrics over HTTP, asked as a container's runtime and Prometheus do."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from archive.errors import UsageError
from ops.serving import health
from ops.serving.health import Exposed, Health, HealthServer, place_of
from tests.command import Archive
from tests.ops.filled import Filled


class Told:
    """What the server is to say."""

    is_well = True
    broken = False

    def health(self) -> Health:
        if self.broken:
            raise RuntimeError("broken")
        return Health(self.is_well, {"leads": True})

    def metrics(self) -> bytes:
        return b"finews_archive_up 1.0\n"


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def server(told: Told) -> Iterator[HealthServer]:
    server = HealthServer("127.0.0.1:0", Exposed(told.health, told.metrics, "text/plain; version=0.0.4"))
    assert server.start()
    yield server
    server.stop()


def ask(server: HealthServer, path: str, method: str = "GET") -> httpx.Response:
    return httpx.request(method, f"http://{server.address}{path}", timeout=5, trust_env=False)


def test_health_is_told_anew_each_time(server: HealthServer, told: Told) -> None:
    well = ask(server, "/healthz")
    assert (well.status_code, well.json()) == (200, {"status": "ok", "leads": True})
    told.is_well = False
    sick = ask(server, "/healthz?x=1")
    assert (sick.status_code, sick.json()) == (503, {"status": "unhealthy", "leads": True})
    assert sick.headers["Cache-Control"] == "no-store"
    told.broken = True
    assert ask(server, "/healthz").status_code == 500
    assert ask(server, "/metrics").status_code == 200


def test_there_are_two_pages_to_get_and_nothing_else(server: HealthServer) -> None:
    metrics = ask(server, "/metrics")
    assert (metrics.text, metrics.headers["Content-Type"]) == (
        "finews_archive_up 1.0\n",
        "text/plain; version=0.0.4",
    )
    head = ask(server, "/metrics", "HEAD")
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "22")
    assert [ask(server, path).status_code for path in ("/", "/metrics/", "/../etc/passwd")] == [404] * 3
    posted = ask(server, "/healthz", "POST")
    assert (posted.status_code, posted.headers["Allow"]) == (405, "GET, HEAD")


def test_a_place_that_is_taken_ends_nothing_and_is_had_once_it_is_free(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = HealthServer(f"127.0.0.1:{taken.getsockname()[1]}", Exposed(told.health, told.metrics))
        assert (server.start(), server.start(), server.address) == (False, False, "")
    assert len(caplog.messages) == 1, "it is told once"
    assert server.start()
    assert server.start(), "it answers already"
    assert ask(server, "/healthz").status_code == 200
    begun = time.monotonic()
    server.stop()
    server.stop()
    assert time.monotonic() - begun < 1
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{taken_port(server)}/", timeout=1, trust_env=False)


def taken_port(server: HealthServer) -> int:
    return server._place[1]


def test_who_says_nothing_holds_up_nobody_for_long(
    server: HealthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_LONGEST", 0.3)
    host, port = place_of(server.address)
    silent = [socket.create_connection((host, port)) for _ in range(4)]
    try:
        assert ask(server, "/healthz").status_code == 200
        assert [one.recv(1) for one in silent] == [b""] * 4, "they were cut off"
    finally:
        for one in silent:
            one.close()
    assert threading.active_count() < 20


def test_one_that_leaves_early_or_talks_nonsense_ends_nothing(server: HealthServer) -> None:
    for said in (
        b"",
        b"\x00\xff\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n",
        b"GET " + b"x" * 70_000 + b"\r\n\r\n",
    ):
        with socket.create_connection(place_of(server.address)) as one:
            one.sendall(said)
    assert ask(server, "/healthz").status_code == 200


@pytest.mark.parametrize("listen", ["", "9317", "127.0.0.1:", "127.0.0.1:70000", "a:b", "127.0.0.1:９"])
def test_an_address_that_is_none_is_named(listen: str, told: Told) -> None:
    with pytest.raises(UsageError, match=r"service_listen: .* is no HOST:PORT"):
        HealthServer(listen, Exposed(told.health, told.metrics))


def test_addresses_are_taken_as_they_are_written() -> None:
    assert [place_of(one) for one in ("127.0.0.1:9317", "[::1]:80", ":0")] == [
        ("127.0.0.1", 9317),
        ("::1", 80),
        ("", 0),
    ]


def test_the_command_asks_the_service_of_this_machine(
    archive: Archive, server: HealthServer, told: Told
) -> None:
    env = {"ARCHIVE_SERVICE_LISTEN": server.address}
    done = archive("health", env=env)
    assert (done.returncode, done.stdout) == (0, 'well: {"status": "ok", "leads": true}\n')
    told.is_well = False
    done = archive("health", env=env)
    assert (done.returncode, done.stdout.startswith("not well: ")) == (1, True)
    server.stop()
    done = archive("health", env=env)
    assert (done.returncode, "is the service running?" in done.stdout) == (1, True)


def test_a_service_that_listens_nowhere_is_judged_by_its_signs_of_life(
    archive: Archive, filled: Filled, tmp_path: Path
) -> None:
    env = {"ARCHIVE_SERVICE_LISTEN": "none"}
    assert "is in the store" in archive("health", env=env).stdout
    filled.service(listens="")
    done = archive("health", env=env)
    assert (done.returncode, done.stdout.startswith("well: process 4711")) == (0, True)
    absent = archive("health", env=env | {"ARCHIVE_DATA_DIR": str(tmp_path / "nowhere")})
    assert (absent.returncode, "no database" in absent.stdout) == (1, True)
