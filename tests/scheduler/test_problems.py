"""What is the matter with a source is told by name, with the command that leads on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from archive.store.statistics import Tally
from archive.store.values import Lease, Run, RunState
from scheduler.facts import Facts
from scheduler.freshness import freshness
from scheduler.problems import Problem, Severity, problems
from scheduler.schedules import Schedule
from tests.scheduler.facts import MINUTE, NOW, facts, regular, run

EVERY = Schedule("finews", "finews", every=10 * MINUTE)
HELD = Lease("finews", "t", 101, "host", 7, NOW, 1.0)


def only(given: Facts) -> Problem:
    (found,) = problems(given)
    return found


def told(given: Facts) -> tuple[str, str, str]:
    found = only(given)
    return found.kind, str(found.severity), found.command


def test_a_source_that_is_crawled_well_has_none_be_it_quiet_or_not() -> None:
    assert problems(facts(*regular())) == ()
    assert problems(facts(*regular(), last_new=NOW - 40 * MINUTE)) == ()
    assert freshness(facts(*regular())).state == "current"


@pytest.mark.parametrize(
    ("outcome", "changes", "kind", "command", "text"),
    [
        ("nothing-parsed", {}, "layout-changed", "archive run 101", "the layout has changed"),
        (
            "unreachable",
            {"counters": {"failed": 3, "failed:robots": 2, "failed:timeout": 1}},
            "unreachable",
            "archive doctor finews",
            "its robots.txt refuses us [robots]",
        ),
        (
            "unreachable",
            {"counters": {"failed:robots-unreachable": 1}},
            "unreachable",
            "archive doctor finews",
            "its robots.txt cannot be read",
        ),
        (
            "unreachable",
            {"counters": {"failed:http-503": 2}},
            "unreachable",
            "archive doctor finews",
            "it answers with HTTP 503",
        ),
        (
            "unreachable",
            {"counters": {"failed:no-such-host": 2}},
            "unreachable",
            "archive doctor finews",
            "(DNS)",
        ),
        ("unreachable", {}, "unreachable", "archive doctor finews", "cannot be reached: unknown"),
        ("storage", {"detail": "x.db: disk full"}, "storage", "archive doctor", "x.db: disk full"),
        ("crashed", {"detail": "ended by SIGSEGV"}, "crashed", "archive log 101 --new", "ended by SIGSEGV"),
        ("time-limit", {"detail": "it took longer"}, "time-limit", "archive run 101", "it took longer"),
        ("memory-limit", {"detail": "more memory"}, "memory-limit", "archive run 101", "more memory"),
    ],
)
def test_how_the_last_run_broke_is_named(
    outcome: str, changes: dict[str, Any], kind: str, command: str, text: str
) -> None:
    found = only(facts(run(101, 3, outcome, **changes), *regular(since=13)))
    assert (found.kind, found.severity, found.command) == (kind, Severity.PROBLEM, command)
    assert text in found.text
    assert "run 101, 2024-05-14 02:27 UTC" in found.text


def test_since_when_and_how_often_in_a_row_is_told() -> None:
    broken = [run(103 - n, 3 + 10 * n, "nothing-parsed") for n in range(3)]
    given = facts(*broken, *regular(since=33))
    assert "3 runs in a row, since 2024-05-14 02:07 UTC" in only(given).text
    assert (freshness(given).state, freshness(given).failures) == ("layout", 3)
    all_alike = facts(*broken, last_good=run(1, 9999))
    assert "3 or more runs in a row" in problems(all_alike)[0].text


def test_what_was_asked_for_in_part_says_nothing_of_the_source() -> None:
    part = run(101, 3, "unreachable", asked="--url http://x.test/")
    assert problems(facts(part, *regular(since=13))) == ()


def test_a_source_without_a_good_run_for_long_is_late_and_why_is_guessed() -> None:
    late = facts(*regular(since=60))
    assert told(late) == ("late", "problem", "archive runs --source finews")
    assert "for 60 min" in only(late).text
    assert "has what starts its runs (cron) stopped?" in only(late).text
    by_service = facts(*(replace(one, trigger="schedule") for one in regular(since=60)))
    assert "the service that crawled it does not run any more" in only(by_service).text
    stuck = facts(*regular(since=60), schedules=[EVERY], has_service=True)
    assert "a service is running" in only(stuck).text
    assert problems(facts(*regular(since=60), holder=HELD)) == (), "it is being crawled"
    assert problems(facts(*regular(since=25))) == ()


def test_a_source_whose_runs_are_all_interrupted_is_late() -> None:
    cut = [run(110 - n, 3 + 10 * n, "interrupted", state=RunState.INTERRUPTED) for n in range(6)]
    assert told(facts(*cut, *regular(since=63)))[0] == "late"


def test_an_unreachable_source_is_told_once_and_not_as_late_too() -> None:
    broken = [run(110 - n, 3 + 10 * n, "unreachable") for n in range(9)]
    assert only(facts(*broken, *regular(since=93))).kind == "unreachable"


def test_the_schedule_says_how_many_intervals_a_night_has() -> None:
    daytime = Schedule("finews", "finews", cron="*/10 9-17 * * *")
    last = regular(since=16.5 * 60)  # yesterday, 18:00 in China
    given = facts(*last, schedules=[daytime])
    assert freshness(given).intervals == 10
    early = replace(given, now=NOW - 85 * MINUTE)  # 09:05: one slot, at 09:00
    assert freshness(early).intervals == 1
    assert problems(early) == ()


def test_a_source_tried_once_by_hand_is_a_warning() -> None:
    given = facts(run(1, 9999))
    assert told(given) == ("late", "warning", "archive crawl finews")
    assert (freshness(given).state, freshness(given).is_well) == ("by-hand", True)


def test_a_source_with_a_schedule_that_was_never_crawled_is_a_problem() -> None:
    assert told(facts(schedules=[EVERY], last_new=None))[1:] == ("problem", "archive crawl finews")
    assert told(facts())[:2] == ("never-crawled", "warning")
    assert problems(facts(is_crawled=False)) == ()
    assert freshness(facts(is_crawled=False)).state == "by-hand"


def test_silence_is_a_problem_once_documents_are_overdue_and_the_source_was_looked_at() -> None:
    silent = facts(*regular(), last_new=NOW - 75 * MINUTE)
    assert told(silent) == ("silent", "problem", "archive run 100")
    assert "nothing new for 71 min" in only(silent).text
    assert "59 documents should have come" in only(silent).text
    assert [one.kind for one in problems(facts(*regular(since=65), last_new=NOW - 75 * MINUTE))] == ["late"]


def test_a_window_overflow_is_a_problem_for_a_day_with_its_span() -> None:
    detail = (
        "2 posts wait; window_overflow: posts of finews from between A and B may have come and gone unseen; x"
    )
    fresh, old = run(90, 60, detail=detail), run(80, 3 * 24 * 60, detail=detail)
    found = only(facts(*regular(), overflows=[fresh, old]))
    assert (found.severity, found.command) == (Severity.PROBLEM, "archive run 90")
    assert found.text == (
        "posts of finews from between A and B may have come and gone unseen (2 such runs in a week)"
    )
    assert only(facts(*regular(), overflows=[old])).severity is Severity.WARNING


def test_a_share_api_that_is_down_is_told_while_pages_serve() -> None:
    one, two = (run(id_, 3, counters={"share_unserved": id_ - 100}) for id_ in (101, 102))
    before = run(100, 4, counters={"share_unserved": 9, "share_served": 1})
    assert told(facts(two, one, *regular(since=13)))[:2] == ("share-api-down", "problem")
    assert problems(facts(two, before, *regular(since=13))) == ()
    poor = run(101, 3, counters={"share_still_failing": 2})
    assert told(facts(poor, *regular(since=13)))[:2] == ("share-api-failing", "warning")


@pytest.mark.parametrize(
    ("new", "rejected", "severity"), [(900, 9, None), (900, 60, "warning"), (20, 30, "problem")]
)
def test_many_rejections_are_told_with_their_main_reason(new: int, rejected: int, severity: str) -> None:
    given = facts(
        *regular(), day=Tally(new=new, rejected=rejected), rejections={"empty": rejected - 1, "no-date": 1}
    )
    if severity is None:
        assert problems(given) == ()
    else:
        found = only(given)
        assert (found.severity, found.command) == (severity, "archive rejections --source finews")
        assert f"{rejected - 1} of them for empty" in found.text


def test_missed_slots_are_told_with_their_cause() -> None:
    def missed(number: int, cause: str) -> Run:
        return run(number, number, "", state=RunState.MISSED, detail=f"{cause}; the run of X stands for it")

    slots = [
        missed(1, "the machine slept for 2 h"),
        missed(2, "the machine slept for 2 h"),
        missed(3, "other"),
    ]
    found = only(facts(*regular(), slots=[*slots, run(4, 4, "", state=RunState.COALESCED)]))
    assert (found.kind, found.severity) == ("missed", Severity.WARNING)
    assert found.text == "3 slots of the last day had no run: the machine slept for 2 h"


def test_a_run_that_goes_on_for_long_is_told_and_one_that_is_dead_by_name() -> None:
    running = run(101, 50, "", state=RunState.RUNNING, finished_at=None)
    assert told(facts(running, *regular(since=55), holder=HELD))[0::2] == ("long", "archive log 101 --follow")
    short = replace(running, started_at=NOW - 20 * MINUTE)
    assert problems(facts(short, *regular(since=25), holder=HELD)) == ()
    first = facts(replace(running, started_at=NOW - timedelta(hours=5)), holder=HELD)
    assert (problems(first), freshness(first).state) == ((), "crawling")
    dead = facts(short, *regular(since=25), holder=HELD, is_holder_dead=True)
    assert told(dead)[:2] == ("crashed", "problem")


def test_the_next_run_is_that_of_the_schedule_or_guessed_by_those_of_late() -> None:
    by_service = freshness(facts(*regular(), schedules=[EVERY], has_service=True))
    assert (by_service.next_due, by_service.is_guess) == (NOW + 10 * MINUTE, False)
    guessed = freshness(facts(*regular()))
    assert (guessed.next_due, guessed.is_guess) == (NOW + 5 * MINUTE, True)
    assert freshness(facts(run(1, 5))).next_due is None
