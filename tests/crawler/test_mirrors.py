"""Mirrors: canonical addresses are fetched from where the mirror is, and nothing else changes."""

import pytest

from crawler.mirrors import Mirrors

HOST = "finews.withounder.com"


@pytest.mark.parametrize(
    ("base", "fetched"),
    [
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/category/a%20b.html?x=1"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/category/a%20b.html?x=1"),
        ("https://mirror.example/finews", "https://mirror.example/finews/category/a%20b.html?x=1"),
    ],
)
def test_a_mirror_stands_in_for_a_host(base: str, fetched: str) -> None:
    mirrors = Mirrors({HOST: base})
    assert mirrors.address(f"https://{HOST}/category/a%20b.html?x=1") == fetched
    assert mirrors.canonical(fetched, HOST) == f"https://{HOST}/category/a%20b.html?x=1"


def test_other_hosts_are_fetched_from_themselves() -> None:
    mirrors = Mirrors({HOST: "http://127.0.0.1:9000"})
    for address in (
        "http://finews.zning.xyz/a?b=c",
        f"https://{HOST}.evil.example/",
        "http://127.0.0.1:9000/",
    ):
        assert mirrors.address(address) == address
        assert mirrors.canonical(address, "finews.zning.xyz") == address


def test_an_address_that_only_begins_like_the_mirror_is_not_under_it() -> None:
    assert (
        Mirrors({HOST: "http://127.0.0.1:90"}).canonical("http://127.0.0.1:9000/x", HOST)
        == "http://127.0.0.1:9000/x"
    )


@pytest.mark.parametrize(
    ("base", "loopback"),
    [("http://127.0.0.1:1", True), ("http://[::1]:1/x", True), ("http://localhost", True)]
    + [("http://10.0.0.1", False), ("http://mirror.example", False), ("http://localhost.example", False)],
)
def test_only_a_mirror_on_this_machine_is_asked_without_politeness(base: str, loopback: bool) -> None:
    assert Mirrors({HOST: base}).is_loopback(HOST) is loopback
    assert not Mirrors().is_loopback(HOST)
