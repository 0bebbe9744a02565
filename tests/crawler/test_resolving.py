"""Names are not followed into the private network."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.resolving import is_public
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from tests.crawler.conftest import Crawl

FAST = 0.01


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("1.1.1.1", True),
        ("2606:4700:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("10.255.255.255", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("127.8.9.10", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("172.31.255.255", False),
        ("172.32.0.1", True),
        ("192.0.2.1", False),
        ("192.168.0.1", False),
        ("198.18.0.1", False),
        ("203.0.113.9", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("ff02::1", False),
        ("ff0e::1", False),
        ("2001:db8::1", False),
        ("", False),
        ("localhost", False),
        ("127.1", False),
        ("2130706433", False),
        ("8.8.8.8 ", False),
        ("8.8.8.8/32", False),
        ("08.8.8.8", False),
    ],
)
def test_only_what_is_anybodys_to_ask_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def leading_home(*names: str, port: int) -> Callable[[], None]:
    """Have names lead to this machine, and whoever connects to a usual port there meet the double."""

    def prepare() -> None:
        look_up, connect = socket.gethostbyname, socket.socket.connect_ex

        def connect_ex(self: socket.socket, address: Any) -> int:
            return connect(self, ("127.0.0.1", port) if address[1] in {80, 443} else address)

        socket.gethostbyname = lambda name: "127.0.0.1" if name in names else look_up(name)
        socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]

    return prepare


def port_of(site: Double, host: str) -> int:
    return int(site.mirrors[host].rpartition(":")[2])


def test_a_host_that_leads_to_this_machine_is_not_connected_to(crawl: Crawl) -> None:
    with Double(posts=6, categories=2) as site:
        prepare = leading_home(NEWS_HOST, port=port_of(site, NEWS_HOST))
        crawled = crawl(site, mirrors={}, prepare=prepare, delay=FAST)
        assert len(site.requests) == 0
    assert (crawled.code, crawled.outcome) == (4, "unreachable")
    assert crawled.counters["failed"] == crawled.counters["failed:private-address"] == 1


def test_nor_is_one_beside_hosts_that_have_mirrors(crawl: Crawl) -> None:
    with Double(posts=6, categories=2) as site:
        prepare = leading_home(SHARE_HOST, port=port_of(site, SHARE_HOST))
        mirrors = {NEWS_HOST: site.mirrors[NEWS_HOST]}
        crawled = crawl(site, mirrors=mirrors, prepare=prepare, delay=FAST)
        assert site.requests.count(host=SHARE_HOST) == 0
    assert (crawled.code, crawled.counters["new"]) == (3, 6)  # the pages serve
    assert crawled.counters["failed:share-private-address"] == 6


def test_a_mirror_may_lead_anywhere(crawl: Crawl, tmp_path: Path) -> None:
    with Double(posts=6, categories=2) as site:
        mirrors = site.mirrors | {SHARE_HOST: "http://mirror.example"}
        prepare = leading_home("mirror.example", port=port_of(site, SHARE_HOST))
        crawled = crawl(site, mirrors=mirrors, prepare=prepare, delay=FAST)
        assert site.requests.count(host=SHARE_HOST) == 6 + 1
    assert (crawled.code, crawled.counters["new"]) == (0, 6)
