"""The report finds each fault at the document that has it, and no fault where there is none."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from rich.cells import cell_len

from archive.documents import Fidelity
from archive.errors import NotFound
from archive.store import Store
from archive.store.quality import Grouping
from archive.store.selection import Selection
from archive.store.values import Observation, Rejection, RunState
from ops.quality.finding import Choice
from ops.quality.listing import found
from ops.quality.near import near_known
from ops.quality.report import QualityReport, finding_of, report_of
from ops.quality.rules import RULES, collector_of, rule_named
from ops.views.report import report_json, report_lines
from tests.ops.quality.corpus import DAY, HOUR, MINUTE, NOW, ONE_EACH, crawled, document, faulty, good


def report(store: Store, days: int = 30, selection: Selection | None = None) -> QualityReport:
    with store.quality.survey(selection or Selection()) as survey:
        return report_of(survey, NOW, days)


def names(store: Store, rule: str, choice: Choice | None = None) -> list[str]:
    """The documents of a finding, by id."""
    with store.quality.survey() as survey:
        finding = finding_of(survey, collector_of(survey, rule_named(rule), None), choice or Choice())
        return [one.name for one in found(survey, finding, 1000)]


@pytest.mark.parametrize("fault", ONE_EACH)
def test_each_fault_is_found_at_its_document_alone(store: Store, fault: str) -> None:
    broken = crawled(100, **ONE_EACH[fault])
    store.write([*good(1, 40), broken], None)
    assert names(store, fault) == ["finews:NW000100"]
    told = {one.rule.name: one for one in report(store).findings}
    assert told[fault].documents == 1
    assert told[fault].by_source == {"finews": 1}
    with store.quality.survey() as survey:
        (listed,) = found(survey, told[fault], 10)
    assert listed.evidence
    assert listed.evidence == " ".join(listed.evidence.split())


def test_good_documents_have_no_findings(store: Store) -> None:
    store.write(good(1, 60), None)
    assert report(store).findings == ()
    assert any("findings: none" in line for line, _ in report_lines(report(store)))


def test_a_store_with_every_fault_tells_them_all_the_gravest_first(faulty_store: Store) -> None:
    told = report(faulty_store)
    assert {one.rule.name for one in told.findings} == RULES.keys() - {"duplicate-near"}
    ranks = [(one.rule.weight.rank, -one.documents) for one in told.findings]
    assert ranks == sorted(ranks)
    off = next(one for one in told.findings if one.rule.name == "date-eight-hours-off")
    assert off.documents == 7
    assert off.told == ("all of 证券时报 (finews) is off: 6 of 6 documents",)


def test_a_finding_lists_what_the_report_counts(faulty_store: Store) -> None:
    counts = {one.rule.name: one.documents for one in report(faulty_store).findings}
    for name in ("date-eight-hours-off", "length-odd", "duplicate-exact", "archived-late", "private-use"):
        assert len(names(faulty_store, name)) == counts[name] > 0
    assert len(names(faulty_store, "documents")) == report(faulty_store).documents


def test_lists_are_narrowed_by_day_and_normalizer(faulty_store: Store) -> None:
    seen = Choice(seen=date(2026, 11, 25))
    assert names(faulty_store, "documents", seen) == ["cinic:8"]
    assert names(faulty_store, "duplicate-exact", seen) == ["cinic:8"]
    assert names(faulty_store, "documents", Choice(published=date(1970, 1, 1))) == ["finews:NW001009"]
    assert len(names(faulty_store, "documents", Choice(normalizer="1"))) == 60
    with faulty_store.quality.survey() as survey:
        collector = collector_of(survey, rule_named("duplicate-exact"), None)
        assert finding_of(survey, collector, seen).by_source == {"cinic": 1}


def test_figures_over_time_end_today_or_with_the_last_day_that_has_any(store: Store) -> None:
    old = [replace(one, seen_at=NOW - 400 * DAY) for one in good(1, 3)]
    store.write(old, None)
    told = report(store, days=7)
    assert told.seen.days[-1] == (NOW - 400 * DAY).date()
    assert told.published.days[-1] == date(2026, 11, 15)
    assert (len(told.seen.days), told.seen.totals[-1], told.seen.others) == (7, 3, 0)
    store.write([crawled(9, seen_at=NOW - 3 * DAY)], None)
    told = report(store, days=7)
    assert (told.seen.days[-1], told.seen.totals, told.seen.others) == (NOW.date(), (0, 0, 0, 1, 0, 0, 0), 3)
    assert report(store, days=3660).seen.others == 0


def test_time_to_archive_is_told_by_source_and_by_day_and_of_imports_there_is_none(store: Store) -> None:
    imports = [
        Observation(NOW, document(500 + n, source="import", fidelity=Fidelity.IMPORT)) for n in range(3)
    ]
    store.write(imports, None)
    assert report(store).delays == {}
    store.write([crawled(n, n * MINUTE, seen_at=NOW - HOUR) for n in range(1, 101)], None)
    told = report(store)
    assert set(told.delays) == {"finews"}
    delay = told.delays["finews"]
    assert (delay.documents, delay.median) == (100, 50.5 * 60)
    assert delay.most == pytest.approx(90.1 * 60)
    assert delay.nearly_all == pytest.approx(99.01 * 60)
    assert told.delays_by_day.keys() == {NOW.date()}


def test_what_the_first_crawl_of_a_source_found_came_late_through_no_fault(store: Store) -> None:
    run = store.start_run("finews", "cli", NOW - 2 * HOUR, "host", 7)
    late = [crawled(n, 9 * DAY, seen_at=NOW - 2 * HOUR) for n in range(1, 9)]
    off = [crawled(9, 7 * MINUTE - 8 * HOUR, seen_at=NOW - 2 * HOUR)]
    store.write([*late, *off], run)
    assert (len(names(store, "archived-late")), len(names(store, "date-eight-hours-off"))) == (8, 1)
    store.finish_run(run, RunState.FINISHED, "complete", {}, NOW - HOUR)
    assert (names(store, "archived-late"), names(store, "date-eight-hours-off")) == ([], [])
    store.write([crawled(10, 3 * MINUTE, seen_at=NOW)], run)
    assert report(store).delays["finews"].documents == 1


def test_rejections_are_told_by_source_stage_and_reason_with_their_own_days_and_pages(store: Store) -> None:
    run = store.start_run("finews", "cli", NOW - 20 * DAY, "host", 7)
    for stage, days in (("post", 1), ("post", 1), ("list", 3)):
        page = Rejection(f"https://finews.example/{stage}", stage, "empty")
        store.write([Observation(NOW - days * DAY, rejection=page)], run)
    lines = [line for line, _ in report_lines(report(store, days=5))]
    begin = lines.index("rejections   archive rejections --source SOURCE --stage STAGE --reason REASON")
    assert lines[begin + 1 :] == [
        "source  stage  reason  rejections  days",
        "finews  post   empty            2  ···█·",
        "       1 page",
        "finews  list   empty            1  ·█···",
    ]
    store.write([crawled(1, address="https://finews.example/post")], None)
    assert "       1 page, 1 of them a document by now" in [line for line, _ in report_lines(report(store))]
    told = report_json(report(store))["rejections"][0]
    assert (told["rejections"], told["pages"], told["documents_by_now"]) == (2, 1, 1)


def test_of_a_selection_it_is_told_that_those_with_the_same_content_may_be_outside(store: Store) -> None:
    same = [document(8, source_id="a", outlet="甲"), document(8, source_id="b", outlet="乙")]
    store.write([Observation(NOW, one) for one in same], None)
    with store.quality.survey(Selection(outlets=["甲"])) as survey:
        asked = report_of(survey, NOW, 30, asked="--outlet 甲")
    lines = [line for line, _ in report_lines(asked)]
    place = lines.index("duplicates  1 document with 1 content that others have too")
    assert lines[place + 1].strip() == "(the others may be outside the selection)"
    assert "duplicates  2 documents share 1 content" in [line for line, _ in report_lines(report(store))]


def test_an_author_is_missed_only_where_the_source_promises_one(store: Store) -> None:
    store.write(good(1, 19, author="王五") + good(20, 1), None)
    assert names(store, "author-missing") == ["finews:NW000020"]
    store.write(good(21, 5), None)
    assert names(store, "author-missing") == []


def test_an_empty_store_and_one_of_rejections_alone_are_told_as_they_are(store: Store) -> None:
    told = report(store)
    assert (told.documents, told.findings, dict(told.groups[Grouping.SOURCE])) == (0, (), {})
    assert "none yet; crawl or import something first" in "\n".join(line for line, _ in report_lines(told))
    assert report_json(told)["documents"] == 0
    faulty(store)
    chosen = report(store, selection=Selection(outlets=["nobody"]))
    assert chosen.documents == 0
    assert sum(chosen.rejections.values()) == 3


def test_near_duplicates_are_told_only_once_they_are_known(store: Store) -> None:
    store.write(good(1, 3), None)
    assert near_known(store, Selection()) is None
    assert "duplicate-near" not in report(store).looked_for
    with store.quality.survey() as survey:
        with pytest.raises(NotFound, match="archive duplicates"):
            collector_of(survey, rule_named("duplicate-near"), None)
        hashes = [one.content_hash for one in survey.documents(with_text=False)]
        told = report_of(survey, NOW, 30, near={hashes[0]: "0.91 like content 0123"})
        (finding,) = told.findings
        assert [one.evidence for one in found(survey, finding, 9)] == ["0.91 like content 0123"]
    assert (finding.rule.name, told.duplicated.near) == ("duplicate-near", 1)


def test_progress_is_told_with_how_much_there_is(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.quality.report._TOLD_EVERY", 10)
    store.write(good(1, 25), None)
    told: list[dict[str, int]] = []
    with store.quality.survey() as survey:
        report_of(survey, NOW, 30, on_progress=lambda counters: told.append(dict(counters)))
    assert told == [{"documents": 25, "looked at": 10}, {"documents": 25, "looked at": 20}]


def test_lines_fit_a_terminal_of_80_columns(faulty_store: Store) -> None:
    for line, _ in report_lines(report(faulty_store)):
        assert cell_len(line) <= 80, line


def test_days_that_no_calendar_has_do_no_harm(store: Store) -> None:
    far = good(1, 1)[0].seen_at.replace(year=8999)
    store.write([crawled(1, published=far), crawled(2, published=far.replace(year=1000))], None)
    told = report(store, days=3660)
    assert told.published.others >= 1
    assert told.published.days[-1] - told.published.days[0] <= timedelta(days=3660)
    assert {"date-in-future", "date-before-2000"} <= {one.rule.name for one in told.findings}
