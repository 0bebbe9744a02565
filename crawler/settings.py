"""The Scrapy settings of a crawl; faults that each of them answers are told in docs/architecture.md."""

from collections.abc import Mapping
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


def scrapy_settings(plan: CrawlPlan) -> dict[str, Any]:
    """All settings of one crawl; of what the plan and the source ask for, what is more polite holds."""
    hosts, declared = plan.site.hosts, plan.site.politeness
    live = [host for host in hosts if not plan.mirrors.is_loopback(host)]
    delay, concurrency = plan.pause, min(plan.concurrency, declared.concurrency)
    polite = {"concurrency": concurrency, "delay": delay}
    at_once = {"concurrency": _LOOPBACK_CONCURRENCY, "delay": 0}
    return {
        **FIXED,
        "USER_AGENT": plan.user_agent,
        "DOWNLOAD_TIMEOUT": plan.timeout,
        ALLOWED_HOSTS: sorted(plan.mirrors.hosts),
        "AUTOTHROTTLE_ENABLED": bool(live),
        "AUTOTHROTTLE_START_DELAY": delay,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": concurrency,
        "DOWNLOAD_DELAY": delay if live else 0,
        "CONCURRENT_REQUESTS": _LOOPBACK_CONCURRENCY * len(hosts),
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency if live else _LOOPBACK_CONCURRENCY,
        "DOWNLOAD_SLOTS": {host: polite if host in live else at_once for host in hosts},
        "DEPTH_LIMIT": FIXED["DEPTH_LIMIT"] + plan.site.most_pages,  # each page of a list is a level
    }
