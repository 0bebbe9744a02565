"""Probes: a few polite questions, whose answers and failures are within bounds whatever is answered."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
from httpcore._backends import sync
from tenacity import wait_none

from crawler.mirrors import Mirrors
from crawler.plan import CrawlPlan
from crawler.probes import ProbeFailed, Probes, client
from crawler.sources.source import FINEWS
from fixtures.double import NEWS_HOST, Double

SITE = f"https://{NEWS_HOST}"


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    with Double(posts=5) as double:
        yield double


@pytest.fixture
def site(double: Double, monkeypatch: pytest.MonkeyPatch) -> Double:
    """The double, healthy, with nothing asked of it; it is asked again at once."""
    monkeypatch.setattr(client, "_WAIT", wait_none())
    double.faults.clear()
    double.robots.clear()
    double.requests.clear()
    return double


def probes(mirrors: dict[str, str], **plan: Any) -> Probes:
    return Probes(CrawlPlan(FINEWS, Mirrors(mirrors), **plan))


def failure(probes: Probes, address: str) -> ProbeFailed:
    with probes, pytest.raises(ProbeFailed) as failed:
        probes.page(address)
    return failed.value


def paths(site: Double) -> list[str]:
    return [request.path for request in site.requests]


def test_a_page_comes_from_the_mirror_under_its_canonical_address(
    site: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    site.faults.add(path="/old", redirect=site.mirrors[NEWS_HOST] + "/")
    with probes(site.mirrors) as asked:
        page = asked.page(f"{SITE}/old")
    assert (page.address, page.status) == (f"{SITE}/", 200)
    assert b"<section" in page.body
    assert paths(site) == ["/robots.txt", "/old", "/"]
    assert {request.user_agent for request in site.requests} == {asked.plan.user_agent}


@pytest.mark.parametrize(
    ("behaviour", "name"),
    [
        ("endless-body", "too-large"),
        ("endless-gzip", "bomb"),
        ("gzip-bomb", "bomb"),
        ("brotli-bomb", "bad-encoding"),
        ("gzip-cut-off", "short-body"),
        ("chunks-cut-off", "short-body"),
        ("no-http", "connection-lost"),
        ("redirect-metadata", "foreign-host"),
        ("redirect-file", "foreign-host"),
        ("redirect-ring", "too-many-redirects"),
    ],
)
def test_a_hostile_answer_is_a_named_failure(site: Double, behaviour: str, name: str) -> None:
    site.misbehave("/trap", behaviour)
    assert failure(probes(site.mirrors), f"{SITE}/trap").name == name


@pytest.mark.parametrize("behaviour", ["hang", "endless-drip", "endless-drip-of-headers"])
def test_an_answer_that_never_ends_is_waited_for_only_so_long(
    site: Double, behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_SECONDS_FOR_ANSWER", 0.3)
    site.misbehave("/trap", behaviour)
    began = monotonic()
    assert failure(probes(site.mirrors), f"{SITE}/trap").name == "timeout"
    assert monotonic() - began < 2


def test_what_may_pass_is_asked_for_again_and_what_the_host_defers_is_not(site: Double) -> None:
    site.faults.add(path="/", reset=True, times=1)
    site.faults.add(path="/", status=502, times=1)
    site.faults.add(path="/feed.xml", status=503, retry_after=60)
    with probes(site.mirrors) as asked:
        assert asked.page(f"{SITE}/").status == 200
        assert asked.page(f"{SITE}/feed.xml").status == 503
    assert paths(site) == ["/robots.txt", "/", "/", "/", "/feed.xml"]


def test_robots_rules_are_read_once_and_obeyed_on_every_hop(site: Double) -> None:
    site.robots[NEWS_HOST] = "User-agent: finews-archive\nDisallow: /emnews/\nCrawl-delay: 7\n"
    site.faults.add(path="/old", redirect="/emnews/")
    with probes(site.mirrors) as asked:
        assert asked.page(f"{SITE}/").status == 200
        with pytest.raises(ProbeFailed, match="does not allow it") as failed:
            asked.page(f"{SITE}/old")
        assert asked.asked_pause(SITE) == 7
    assert failed.value.name == "robots"
    assert paths(site) == ["/robots.txt", "/", "/old"]


@pytest.mark.parametrize("status", [500, 429])
def test_a_host_whose_rules_cannot_be_read_is_left_alone(site: Double, status: int) -> None:
    site.faults.add(path="/robots.txt", status=status, retry_after=9)
    with probes(site.mirrors) as asked:
        for address in (f"{SITE}/", f"{SITE}/feed.xml"):
            with pytest.raises(ProbeFailed) as failed:
                asked.page(address)
            assert failed.value.name == "robots-unreachable"
    assert paths(site) == ["/robots.txt"]


def test_a_live_host_has_its_pause(site: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(client, "sleep", slept.append)
    monkeypatch.setattr(Mirrors, "is_loopback", lambda _mirrors, _host: False)
    site.robots[NEWS_HOST] = "User-agent: *\nCrawl-delay: 4\nAllow: /\n"
    with probes(site.mirrors, delay=0) as asked:
        asked.page(f"{SITE}/")
        asked.page(f"{SITE}/feed.xml")
    assert [round(wait) for wait in slept] == [0, 4, 4]
    with probes(site.mirrors, delay=0) as asked:
        site.robots.clear()
        slept.clear()
        asked.page(f"{SITE}/")
    assert [round(wait) for wait in slept] == [0, 1]


def test_all_questions_end_within_one_time(site: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "SECONDS", 0.4)
    site.misbehave("/trap", "hang")
    with probes(site.mirrors) as asked:
        names = []
        for address in (f"{SITE}/trap", f"{SITE}/", f"{SITE}/feed.xml"):
            with pytest.raises(ProbeFailed) as failed:
                asked.page(address)
            names.append(failed.value.name)
    assert names == ["timeout", "out-of-time", "out-of-time"]
    assert "/" not in paths(site)


def test_a_name_that_leads_into_the_private_network_is_not_asked(
    site: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(site.mirrors[NEWS_HOST].rpartition(":")[2])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [resolved("127.0.0.1", port)])
    failed = failure(probes({}), f"{SITE}/")
    assert failed.name == "private-address"
    assert "leads to 127.0.0.1, which is not public" in failed.detail
    assert paths(site) == []


def test_the_address_that_was_checked_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    # A name server that answers otherwise the second time leads nowhere: it is asked once.
    answers = iter([[resolved("93.184.216.34", 0)], [resolved("127.0.0.1", 0)]])
    connected: list[str] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        connected.append(address[0])
        raise TimeoutError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: next(answers))
    monkeypatch.setattr(sync.socket, "create_connection", connect)
    assert failure(probes({}), f"{SITE}/").name == "timeout"
    assert connected == ["93.184.216.34"]


def resolved(address: str, port: int) -> tuple[Any, ...]:
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_SECONDS_FOR_ANSWER", 0.2)
    given_up = Event()

    def look_up(*_: object, **__: object) -> None:
        given_up.wait()
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    began = monotonic()
    failed = failure(probes({}), f"{SITE}/")
    given_up.set()
    assert monotonic() - began < 2
    assert (failed.name, "does not answer" in failed.detail) == ("no-such-host", True)


def test_a_refused_connection_is_told_so() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        mirror = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert failure(probes({NEWS_HOST: mirror}), f"{SITE}/").name == "refused"


def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subject = ["-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([*make, *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=shake_hands, args=(listening, context), daemon=True).start()
        failed = failure(probes({NEWS_HOST: f"https://127.0.0.1:{listening.getsockname()[1]}"}), f"{SITE}/")
    assert failed.name == "tls"
    assert "self-signed certificate" in failed.detail


def shake_hands(listening: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listening.accept()
    with connection, pytest.raises(ssl.SSLError):
        context.wrap_socket(connection, server_side=True)


def test_the_clock_of_a_host_is_compared_with_ours(site: Double) -> None:
    now = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
    date = {"Date": "Wed, 01 May 2024 12:10:00 GMT", "Age": "60"}
    site.faults.add(path="/robots.txt", body=b"", headers=date)
    with Probes(CrawlPlan(FINEWS, Mirrors(site.mirrors)), now=lambda: now) as asked:
        asked.robots(f"{SITE}/")
    assert asked.skews == {NEWS_HOST: timedelta(minutes=11).total_seconds()}
