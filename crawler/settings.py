"""The Scrapy settings of a crawl; faults that each of them answers are told in docs/architecture.md."""

from collections.abc import Iterable, Mapping
from typing import Any

from crawler.plan import CrawlPlan

_MIB = 1024 * 1024
_LOOPBACK_CONCURRENCY = 16

FIXED: Mapping[str, Any] = {
    "ROBOTSTXT_OBEY": True,
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "DOWNLOAD_HANDLERS": {
        "http": "crawler.download_handler.CanonicalDownloadHandler",
        "https": "crawler.download_handler.CanonicalDownloadHandler",
        "data": None,
        "file": None,
        "ftp": None,
        "s3": None,
    },
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOAD_MAXSIZE": 16 * _MIB,
    "DOWNLOAD_WARNSIZE": 4 * _MIB,
    "DOWNLOAD_TIMEOUT": 30,
    "REDIRECT_MAX_TIMES": 5,
    "METAREFRESH_ENABLED": False,
    "DEPTH_LIMIT": 20,
    "COOKIES_ENABLED": False,
    "REFERRER_POLICY": "no-referrer",
    "HTTPPROXY_ENABLED": False,
    "RETRY_TIMES": 2,
    "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",  # the spider says it, with its reason
    "CONCURRENT_ITEMS": 4,  # Scrapy starts as many tasks for every response, and ours yield two items at most
    "LOG_LEVEL": "INFO",
    "LOG_INSTALL_ROOT_HANDLER": False,  # the caller says where logs go
    "LOGSTATS_INTERVAL": 0,
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
        "crawler.retries.PatientRetryMiddleware": 550,
        # Below decoding (590) and redirects (600): what it sees is what was sent.
        "crawler.captures.CaptureMiddleware": 650,
    },
    "ITEM_PIPELINES": {"crawler.pipeline.StorePipeline": 100},
}


def scrapy_settings(plan: CrawlPlan, hosts: Iterable[str]) -> dict[str, Any]:
    """All settings of one crawl."""
    hosts = frozenset(hosts)
    live = [host for host in hosts if not plan.mirrors.is_loopback(host)]
    return {
        **FIXED,
        "USER_AGENT": plan.user_agent,
        "AUTOTHROTTLE_ENABLED": bool(live),
        "AUTOTHROTTLE_START_DELAY": plan.politeness.delay,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": plan.politeness.concurrency,
        "DOWNLOAD_DELAY": plan.politeness.delay if live else 0,
        "CONCURRENT_REQUESTS": _LOOPBACK_CONCURRENCY * len(hosts),
        "CONCURRENT_REQUESTS_PER_DOMAIN": plan.politeness.concurrency if live else _LOOPBACK_CONCURRENCY,
        "DOWNLOAD_SLOTS": {host: _slot(plan, live=host in live) for host in hosts},
    }


def _slot(plan: CrawlPlan, *, live: bool) -> dict[str, Any]:
    if live:
        return {"concurrency": plan.politeness.concurrency, "delay": plan.politeness.delay}
    return {"concurrency": _LOOPBACK_CONCURRENCY, "delay": 0}
