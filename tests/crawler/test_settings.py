"""Politeness and safety are settings, and they hold."""

import pytest

from crawler.mirrors import Mirrors
from crawler.plan import CrawlPlan
from crawler.settings import scrapy_settings
from crawler.sources.source import FINEWS

LIVE = ["finews.withounder.com", "finews.zning.xyz"]
DOUBLE = Mirrors(dict.fromkeys(LIVE, "http://127.0.0.1:9000"))


def test_live_hosts_are_asked_politely() -> None:
    settings = scrapy_settings(CrawlPlan(FINEWS))
    assert settings["AUTOTHROTTLE_ENABLED"] is True
    assert settings["DOWNLOAD_SLOTS"] == {host: {"concurrency": 2, "delay": 1.0} for host in LIVE}


def test_a_mirror_on_loopback_needs_no_politeness_but_does_not_free_the_other_hosts() -> None:
    settings = scrapy_settings(CrawlPlan(FINEWS, DOUBLE))
    assert (settings["AUTOTHROTTLE_ENABLED"], settings["DOWNLOAD_DELAY"]) == (False, 0)
    half = Mirrors({LIVE[0]: "http://127.0.0.1:9000"})
    settings = scrapy_settings(CrawlPlan(FINEWS, half, delay=3.0, concurrency=1))
    assert settings["DOWNLOAD_SLOTS"][LIVE[0]]["delay"] == 0
    assert settings["DOWNLOAD_SLOTS"][LIVE[1]] == {"concurrency": 1, "delay": 3.0}
    assert settings["AUTOTHROTTLE_ENABLED"] is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROBOTSTXT_OBEY", True),
        ("REMOTE_CONTROL_ENABLED", False),
        ("TELNETCONSOLE_ENABLED", False),
        ("DOWNLOAD_VERIFY_CERTIFICATES", True),
        ("DOWNLOAD_MAXSIZE", 16 * 1024 * 1024),
        ("DOWNLOAD_TIMEOUT", 30),
        ("REDIRECT_MAX_TIMES", 5),
        ("METAREFRESH_ENABLED", False),
        ("DEPTH_LIMIT", 21),
        ("COOKIES_ENABLED", False),
        ("REFERRER_POLICY", "no-referrer"),
        ("HTTPPROXY_ENABLED", False),
    ],
)
def test_what_a_hostile_server_could_use_is_off_or_bounded(name: str, value: object) -> None:
    assert scrapy_settings(CrawlPlan(FINEWS, DOUBLE))[name] == value


def test_only_http_and_https_are_spoken() -> None:
    handlers = scrapy_settings(CrawlPlan(FINEWS))["DOWNLOAD_HANDLERS"]
    assert {scheme for scheme, handler in handlers.items() if handler} == {"http", "https"}
