"""Metrics for Prometheus: read from the store when they are asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from archive.errors import StoreUnavailable
from crawler.sources.registry import Sources
from ops.configuration.settings import Settings
from ops.overview import Watched, freshness_stats
from ops.serving.metrics import exposition
from scheduler.runs import HOST
from tests.command import Archive
from tests.ops.filled import Filled

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
PREFIX = "finews_archive_"


def watched(filled: Filled, data: Path) -> Watched:
    return Watched(Settings(data_dir=data), Sources.load(), filled.store)


def samples(text: str) -> Samples:
    return {
        (sample.name.removeprefix(PREFIX), frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_what_is_told_of_a_source_is_what_the_store_says(filled: Filled, tmp_path: Path) -> None:
    filled.run(9000)
    last = filled.regular(until=15)[-1]
    counters = {"requests": 9, "bytes": 5000, "window_overflow": 1, "failed:timeout": 1}
    filled.run(5, "unreachable", counters=counters)
    filled.documents(4, minutes=16)
    filled.rejections(2, minutes=16, run_id=last)
    filled.service()

    @contextmanager
    def watch() -> Iterator[Watched]:
        yield watched(filled, tmp_path / "data")

    text = exposition(watch).decode()
    told = samples(text)
    finews = {"source": "finews"}
    expected = {
        of("up"): 1,
        of("documents", **finews): 4,
        of("gone_documents", **finews): 0,
        of("new_documents_last_day", **finews): 4,
        of("rejected_pages_last_day", reason="no-article", **finews): 2,
        of("time_to_archive_seconds", quantile="0.5", **finews): 420,
        of("last_new_document_timestamp_seconds", **finews): filled.ago(16).timestamp(),
        of("last_good_run_timestamp_seconds", **finews): filled.ago(14.5).timestamp(),
        of("last_run_start_timestamp_seconds", **finews): filled.ago(5).timestamp(),
        of("last_run_outcome", finews_archive_last_run_outcome="unreachable", **finews): 1,
        of("last_run_outcome", finews_archive_last_run_outcome="complete", **finews): 0,
        of("last_run_count", counter="requests", **finews): 9,
        of("last_run_count", counter="rejected", **finews): 0,
        of("last_run_received_bytes", **finews): 5000,
        of("consecutive_failures", **finews): 1,
        of("overdue_documents", **finews): 0,
        of("source_well", **finews): 0,
        of("runs_total", state="finished", outcome="complete", **finews): 8,
        of("runs_total", state="finished", outcome="unreachable", **finews): 1,
        of("window_overflows_total", **finews): 1,
        of("service_leads", host=HOST, pid="4711"): 1,
        of("open_incidents"): 0,
        of("well"): 0,
    }
    assert {name: told.get(name) for name in expected} == pytest.approx(expected)
    assert told[of("disk_free_bytes")] > 0
    assert 0 <= told[of("service_heartbeat_age_seconds", host=HOST, pid="4711")] < 60
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(line.startswith(PREFIX) for line in lines)


def test_a_store_that_cannot_be_read_is_a_metric_and_no_error() -> None:
    @contextmanager
    def watch() -> Iterator[Watched]:
        raise StoreUnavailable("archive.db: locked")
        yield

    assert samples(exposition(watch).decode()) == {of("up"): 0}


def test_alert_rules_have_the_machine_under_no_name(filled: Filled, tmp_path: Path) -> None:
    filled.regular()
    stats = freshness_stats(watched(filled, tmp_path / "data"))(filled.now)
    assert stats.keys() == {"", "finews"}
    assert stats["finews"]["minutes_since_complete"] == pytest.approx(4.5)
    assert stats[""]["disk_free_mib"] > 0


def test_the_command_prints_them_or_replaces_a_file(archive: Archive, filled: Filled, tmp_path: Path) -> None:
    filled.regular()
    file = tmp_path / "finews.prom"
    file.write_text("old", encoding="utf-8")
    done = archive("metrics", "--write", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert samples(file.read_text(encoding="utf-8"))[of("up")] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "finews.prom"]
    assert f"{PREFIX}up 1.0\n" in archive("metrics").stdout
    refused = archive("metrics", "--write", tmp_path / "nowhere" / "x.prom")
    assert (refused.returncode, "x.prom: cannot be written (No such file" in refused.stderr) == (7, True)


def test_the_command_tells_of_a_store_that_is_not_there(archive: Archive) -> None:
    done = archive("metrics")
    assert (done.returncode, samples(done.stdout)) == (0, {of("up"): 0})
