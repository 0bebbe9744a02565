"""Wiring: what the commands work on, made from the settings."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from archive.errors import StoreAbsent, StoreUnavailable
from crawler.mirrors import Mirrors
from crawler.plan import CrawlPlan
from ops.configuration.settings import Settings
from ops.logs.keeping import Keeping, log_path, run_log, set_up_console

if TYPE_CHECKING:
    from archive.store import Store
    from crawler.sources.registry import Sources
    from crawler.sources.source import Source
    from ops.alerts.alerts import Alerts
    from ops.alerts.rules import Facts


def configured() -> Settings:
    """The settings, with the console's log set up. Raises `UsageError`."""
    settings = Settings.load()
    set_up_console(debug=settings.debug)
    return settings


def open_store(settings: Settings, *, create: bool = True) -> "Store":
    """The store that the settings name; made where it does not exist. Raises `StoreError`, `UsageError`."""
    from archive.store import Store  # noqa: PLC0415 it takes half a second, which no `--help` needs

    return Store.open(settings.store_address, create=create)


@contextmanager
def store_or_empty(settings: Settings) -> "Iterator[Store]":
    """The store that the settings name, to be read; an empty one where there is none, and none is made.

    Raises `StoreError`, `UsageError`.
    """
    from archive.store import Store  # noqa: PLC0415 as above

    try:
        store = open_store(settings, create=False)
    except StoreAbsent:
        with TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/archive.db") as empty:
            yield empty
        return
    with store:
        yield store


def sources_of(settings: Settings) -> "Sources":
    """All sources: those of the program, and the user's own."""
    from crawler.sources.registry import Sources  # noqa: PLC0415 as above

    return Sources.load(settings.sources_dir)


def crawl_plan(settings: Settings, site: "Source") -> CrawlPlan:
    """A crawl of the site as the settings have it."""
    return CrawlPlan(
        site=site,
        mirrors=Mirrors(settings.mirrors),
        delay=settings.download_delay,
        concurrency=settings.concurrency_per_host,
        user_agent=settings.user_agent,
        timeout=settings.download_timeout,
        recheck_time=settings.recheck_minutes * 60,
        warc_bytes=settings.warc_file_mib << 20,
    )


def warc_folder(settings: Settings) -> Path:
    """The folder of the WARC files, made where it does not exist. Raises `StoreUnavailable`."""
    try:
        settings.warc.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"{settings.warc}: cannot be made ({error.strerror}); it must be a folder"
        ) from error
    return settings.warc


def run_logs(settings: Settings) -> Callable[[int], AbstractContextManager[None]]:
    """What logs a run, given its number."""
    keeping = log_keeping(settings)
    return lambda run_id: run_log(log_path(settings.logs, run_id), run_id, settings.log_level, keeping)


def log_keeping(settings: Settings) -> Keeping:
    """How much of the logs is kept."""
    return Keeping(settings.log_days, settings.log_file_mib << 20)


def alerts_of(settings: Settings, store: "Store") -> "Alerts":
    """The alert rules and channels of the settings, over the store and its freshness."""
    from ops.alerts.alerts import Alerts  # noqa: PLC0415 as above
    from ops.overview import Watched, freshness_stats  # noqa: PLC0415 as above

    def freshness(now: datetime) -> "Facts":
        return freshness_stats(Watched(settings, sources_of(settings), store))(now)

    return Alerts(store, settings, freshness)
