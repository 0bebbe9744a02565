"""The Scrapy settings of a crawl; faults that each of them answers are told in docs/architecture.md."""

from collections.abc import Iterable, Mapping
from typing import Any

from crawler.plan import CrawlPlan
from crawler.resolving import ALLOWED_HOSTS

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
    "TWISTED_DNS_RESOLVER": "crawler.resolving.GuardedResolver",
    "DOWNLOAD_FAIL_ON_DATALOSS": False,  # the download handler keeps what came, and fails then
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOAD_MAXSIZE": 16 * _MIB,
    "DOWNLOAD_WARNSIZE": 4 * _MIB,
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
    # Named one by one: Scrapy loads what is in its own lists even where it is switched off, which takes a
    # third of a second at every start.
    "EXTENSIONS_BASE": {},
    "EXTENSIONS": {
        "scrapy.extensions.corestats.CoreStats": 0,
        "scrapy.extensions.throttle.AutoThrottle": 0,
    },
    "DOWNLOADER_MIDDLEWARES_BASE": {},
    "DOWNLOADER_MIDDLEWARES": {
        "crawler.robots.PatientRobotsMiddleware": 100,
        "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
        "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
        "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
        "crawler.retries.PatientRetryMiddleware": 550,
        "crawler.decoding.BoundedDecodingMiddleware": 590,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
        "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
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
        "DOWNLOAD_TIMEOUT": plan.timeout,
        ALLOWED_HOSTS: sorted(plan.mirrors.hosts),
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
