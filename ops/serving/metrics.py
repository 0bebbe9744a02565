"""Metrics for Prometheus, read from the store whenever they are asked for: they outlive every process."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, StateSetMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from archive.errors import ArchiveError
from crawler.outcome import Outcome

if TYPE_CHECKING:
    from archive.store.statistics import Amount, RunCount
    from archive.store.values import Run
    from ops.overview import Overview, Watched

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_PREFIX = "finews_archive"
_COUNTED = (
    "requests not_modified found fetched new duplicates changed unchanged gone rejected failed lost "
    "window_overflow share_served share_unserved share_still_failing"
).split()
"""Counters of the last run that every source has, though they be 0."""


Watch = Callable[[], AbstractContextManager["Watched"]]


class ArchiveCollector(Collector):
    """Reads the store at each scrape. One that cannot be read gives ``finews_archive_up 0``, and no error.

    `watch` opens what is read, for as long as the context lasts.
    """

    def __init__(self, watch: "Watch") -> None:
        self._watch = watch

    def describe(self) -> Iterator[Metric]:
        """Nothing: to name its metrics beforehand, Prometheus' registry would have to read the store."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All metrics, or that there are none."""
        metrics, is_up = [], 1
        try:
            with self._watch() as watched:
                statistics = watched.store.statistics
                metrics = list(_metrics(watched.overview(), statistics.amounts(), statistics.run_counts()))
        except ArchiveError:
            is_up = 0
        yield _single("up", "Whether the store could be read (1) or not (0).", is_up)
        yield from metrics


def exposition(watch: "Watch") -> bytes:
    """The metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ArchiveCollector(watch))
    return generate_latest(registry)


Samples = Iterable[tuple[tuple[str, ...], float]]
"""Values, each behind those of its labels."""


def _metrics(seen: "Overview", amounts: "Mapping[str, Amount]", runs: "list[RunCount]") -> Iterator[Metric]:
    yield from _of_documents(seen, amounts)
    yield from _of_freshness(seen)
    yield from _of_last_runs(seen)
    yield from _of_ledger(runs)
    yield from _of_service(seen)
    yield from _of_machine(seen)


def _of_documents(seen: "Overview", amounts: "Mapping[str, Amount]") -> Iterator[Metric]:
    documents = {name: one.documents for name, one in amounts.items()}
    gone = {name: one.gone for name, one in amounts.items()}
    yield _by_source("documents", "Documents in the store, those gone included.", documents)
    yield _by_source("gone_documents", "Documents that their source has taken away; they are kept.", gone)
    today = {one.source: one.today.new for one in seen.sources}
    yield _by_source("new_documents_today", "Documents first seen since midnight in China.", today)
    usual = {one.source: one.usual_today for one in seen.sources if one.usual_today is not None}
    yield _by_source("usual_documents_today", "Documents that usually came since midnight in China.", usual)
    new = {one.source: one.day.new for one in seen.sources}
    yield _by_source("new_documents_last_day", "Documents first seen in the last 24 hours.", new)
    changed = {one.source: one.day.changed for one in seen.sources}
    yield _by_source(
        "changed_documents_last_day", "Revisions of known documents in the last 24 hours.", changed
    )
    rejected = {(one.source, name): n for one in seen.sources for name, n in one.rejections.items()}
    told = "Pages of the last 24 hours that could not become documents."
    yield _gauge("rejected_pages_last_day", told, rejected.items(), ("source", "reason"))
    took = {
        (name, q): value
        for name, one in seen.delays.items()
        for q, value in (("0.5", one.median), ("0.99", one.longest))
    }
    told = "Time from being published to being stored, of documents of the last 24 hours."
    yield _gauge("time_to_archive_seconds", told, took.items(), ("source", "quantile"))


def _of_freshness(seen: "Overview") -> Iterator[Metric]:
    last_new = {one.source: one.last_new.timestamp() for one in seen.sources if one.last_new}
    yield _by_source("last_new_document_timestamp_seconds", "When a document was last first seen.", last_new)
    good = {
        one.source: one.last_good.finished_at.timestamp()
        for one in seen.sources
        if one.last_good and one.last_good.finished_at
    }
    told = "When the last run ended that looked at the whole source and could read it."
    yield _by_source("last_good_run_timestamp_seconds", told, good)
    overdue = {one.source: one.overdue for one in seen.sources}
    told = "Documents that should have come since the last new one, by the source's rhythm."
    yield _by_source("overdue_documents", told, overdue)
    intervals = {one.source: one.intervals for one in seen.sources if one.intervals is not None}
    told = "Times that the source should have been crawled since the last good run began."
    yield _by_source("intervals_since_good_run", told, intervals)
    due = {one.source: one.next_due.timestamp() for one in seen.sources if one.next_due}
    yield _by_source("next_run_timestamp_seconds", "When the next run is due.", due)
    failures = {one.source: one.failures for one in seen.sources}
    yield _by_source("consecutive_failures", "Runs in a row that could not read the source.", failures)
    well = {one.source: float(one.is_well) for one in seen.sources}
    yield _by_source("source_well", "Whether archive status names no problem of the source.", well)


def _of_last_runs(seen: "Overview") -> Iterator[Metric]:
    last = [(one.source, one.last_run) for one in seen.sources if one.last_run]
    begun = {source: run.started_at.timestamp() for source, run in last}
    yield _by_source("last_run_start_timestamp_seconds", "When the last run began.", begun)
    ended = {source: run.finished_at.timestamp() for source, run in last if run.finished_at}
    yield _by_source("last_run_end_timestamp_seconds", "When the last run ended, if it has.", ended)
    yield _outcomes(last)
    counts = {(source, name): _counter(run, name) for source, run in last for name in _COUNTED}
    told = "What the last run counted, by counter (docs/operations.md says what each means)."
    yield _gauge("last_run_count", told, counts.items(), ("source", "counter"))
    sent = {source: _counter(run, "bytes") for source, run in last}
    yield _by_source("last_run_received_bytes", "Bytes of bodies that the last run was sent.", sent)


def _outcomes(last: "list[tuple[str, Run]]") -> Metric:
    told = "How the last run ended: 1 for its outcome; none is 1 while it goes on."
    metric = StateSetMetricFamily(f"{_PREFIX}_last_run_outcome", told, labels=("source",))
    for source, run in last:
        metric.add_metric((source,), {str(outcome): run.outcome == outcome for outcome in Outcome})
    return metric


def _of_ledger(counts: "list[RunCount]") -> Iterator[Metric]:
    labels = ("source", "state", "outcome")
    runs = CounterMetricFamily(f"{_PREFIX}_runs", "Runs in the ledger, and slots without one.", labels=labels)
    overflows: dict[str, int] = {}
    for one in counts:
        runs.add_metric((one.source, one.state, one.outcome), one.runs)
        overflows[one.source] = overflows.get(one.source, 0) + one.overflows
    yield runs
    told = "Runs that may have missed posts."
    overflow = CounterMetricFamily(f"{_PREFIX}_window_overflows", told, labels=("source",))
    for source, count in overflows.items():
        overflow.add_metric((source,), count)
    yield overflow


def _of_service(seen: "Overview") -> Iterator[Metric]:
    labels = ("host", "pid")
    age = {(one.host, str(one.pid)): one.silent for one in seen.services}
    told = "Time since a scheduling service gave a sign of life."
    yield _gauge("service_heartbeat_age_seconds", told, age.items(), labels)
    leads = {(one.host, str(one.pid)): float(one.led_since is not None) for one in seen.services}
    yield _gauge(
        "service_leads", "Whether a scheduling service leads (1) or stands by (0).", leads.items(), labels
    )


def _of_machine(seen: "Overview") -> Iterator[Metric]:
    yield _single("disk_free_bytes", "Room where the data folder is.", seen.disk.free)
    sizes = [(("database",), seen.disk.database), (("warc",), seen.disk.warc), (("logs",), seen.disk.logs)]
    yield _gauge("size_bytes", "What the parts of the archive take.", sizes, ("part",))
    yield _single("open_incidents", "Alerts that are not over.", seen.alerts.open)
    yield _single("waiting_messages", "Alerts that no receiver has taken yet.", seen.alerts.waiting)
    yield _single("well", "Whether archive status names no problem.", float(seen.is_well))


def _by_source(name: str, told: str, values: Mapping[str, float]) -> Metric:
    return _gauge(name, told, (((source,), value) for source, value in values.items()), ("source",))


def _single(name: str, told: str, value: float) -> Metric:
    return _gauge(name, told, [((), value)])


def _gauge(name: str, told: str, samples: Samples, labels: tuple[str, ...] = ()) -> Metric:
    metric = GaugeMetricFamily(f"{_PREFIX}_{name}", told, labels=labels)
    for of, value in samples:
        metric.add_metric(of, value)
    return metric


def _counter(run: "Run", name: str) -> int:
    return run.counters.get(name, 0)
