"""Reprocessing, from inside: exactly what differs is found, accepted, and found no more."""

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.archive import Archive
from archive.documents import Fidelity
from archive.store.values import Answer, Effect, ImportedFile, Observation, RunState, Stored
from archive.warc import WarcFiles
from crawler.normalizer import Reason, Rejected, read_imported
from crawler.normalizer.declared import read_declared
from crawler.normalizer.finews import post_page, share_answer
from crawler.normalizer.page_text import page_text
from crawler.normalizer.version import VERSION
from crawler.rereading import sights
from crawler.rereading.rereading import Verdict
from crawler.sources.registry import BUILT_IN, Sources
from ops.reprocessing.findings import Findings
from ops.reprocessing.reprocessing import Reprocessed, Request, look, reprocess
from tests.archive.store.changes import last_change, restated_since
from tests.ops.reprocessing.captured import T0, Post, begin_run, keep, older

SCALE = (pytest.mark.scale, pytest.mark.timeout(1200))
HERE = Request(Path("no-sources"), jobs=1)
Told = Callable[[Mapping[str, int]], None]


def quiet(counters: Mapping[str, int]) -> None:
    """Nobody watches."""


def looked(archive: Archive, request: Request = HERE) -> Findings:
    return look(archive, request, Findings(100_000), quiet).findings


def accepted(archive: Archive, request: Request = HERE, told: Told = quiet) -> Reprocessed:
    return reprocess(archive, request, Findings(3), told, lambda _: contextlib.nullcontext())


def differing(findings: Findings) -> dict[tuple[str, str], set[str]]:
    """By what changed, and how, the documents concerned."""
    return {(group.what, group.shape): {one.source_id for one in group.examples} for group in findings.groups}


def stored(archive: Archive, post: Post) -> Stored:
    (found,) = archive.store.find(f"finews:{post.code}")
    return found


def contents(archive: Archive) -> dict[str, str]:
    """The content hash of each document, by its code."""
    return {one.source_id: one.content_hash for one in archive.store.known("finews").values()}


def posts(count: int, *, every: int = 7) -> tuple[list[Post], set[str]]:
    """Posts, and the codes of those whose answer has a wide space within a line."""
    bodies = [f"<p>第{n}段，{'　' if n % every == 3 else ''}收盘。</p>" for n in range(count)]
    made = [Post(n, body, share=body) for n, body in enumerate(bodies)]
    return made, {post.code for post in made if "　" in post.body}


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=SCALE)])
def test_a_rule_that_has_changed_shows_exactly_the_documents_concerned(
    count: int, kept: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, concerned = posts(count)
    keep(kept, made)
    monkeypatch.setattr(share_answer, "_INDENT", "　")
    change = last_change(kept.store)
    findings = looked(kept)
    assert differing(findings) == {("body text", "without “ ”"): concerned}
    assert findings.count(Verdict.SAME) == count - len(concerned)
    assert last_change(kept.store) == change  # nothing was written
    before = contents(kept)
    done = accepted(kept)
    assert differing(looked(kept)) == {}
    after = contents(kept)
    assert {code for code in before if before[code] != after[code]} == concerned
    assert stored(kept, made[3]).revisions == 2
    assert restated_since(kept.store, change) > {stored(kept, made[3]).content_hash}
    run = kept.store.run(done.runs["finews"])
    assert (run.trigger, run.asked, run.state, run.outcome) == (
        "reprocess",
        "reprocess",
        "finished",
        "complete",
    )
    assert (run.counters["found"], run.counters["changed"]) == (count, len(concerned))
    assert run.counters["unchanged"] == count - len(concerned)


def test_pages_that_were_rejected_are_documents_since_they_came(kept: Archive) -> None:
    made, _ = posts(3)
    for minutes in (30, 90):
        keep(kept, [replace(made[0], at=minutes)], reject="no-article")
    keep(kept, [made[1]])
    findings = looked(kept)
    assert differing(findings) == {("rejected to document", "no-article"): {made[0].code}}
    assert kept.store.find(made[0].code) == []
    done = accepted(kept)
    document = stored(kept, made[0])
    assert (document.first_seen, document.found.fidelity) == (T0 + timedelta(minutes=30), Fidelity.PAGE)
    assert document.found.normalizer == VERSION
    assert kept.store.run(done.runs["finews"]).counters["new"] == 1
    assert accepted(kept, replace(HERE, documents=False)).runs == {}  # no page is left to be looked at
    assert kept.store.statistics.tallies(T0)["finews"].changed == 0
    assert differing(looked(kept)) == {}


def test_a_rejected_page_of_a_document_that_is_known_elsewhere_is_none_of_its_own(kept: Archive) -> None:
    made, _ = posts(1)
    elsewhere = Post(0, "<p>别处</p>")
    keep(kept, [elsewhere], reject="no-article")
    found = replace(made[0].found, address=made[0].address.replace("luwang", "emnews"))
    kept.store.write([Observation(T0, found)], None)
    assert differing(looked(kept)) == {}
    accepted(kept)
    assert stored(kept, made[0]).found.address == found.address


def test_a_document_that_would_be_rejected_is_told_and_left(
    kept: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = posts(4)
    keep(kept, made)

    def stricter(data: bytes, address: str) -> post_page.PostPage:
        if address == made[2].address:
            raise Rejected(Reason.NO_ARTICLE, "nothing here")
        return post_page.read_post(data, address)

    monkeypatch.setattr(sights, "read_post", stricter)
    before = stored(kept, made[2])
    findings = accepted(kept).findings
    assert differing(findings) == {("document to rejected", "no-article"): {made[2].code}}
    assert stored(kept, made[2]) == before


def test_where_the_api_was_not_asked_again_its_earlier_answer_serves(
    kept: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule of pages alone: the page was looked at again, said the same, and the API was not asked."""
    first = Post(1, "<p>收盘</p>", "<p>收盘 3.1</p>".replace(" 3.1", ""))
    keep(kept, [first])
    keep(kept, [replace(first, body="<p>收盘</p><!-- 2 -->", share=None, at=60)])
    before = stored(kept, first)
    assert before.found.fidelity is Fidelity.SOURCE
    assert differing(looked(kept)) == {}
    source_of = post_page.source_of
    monkeypatch.setattr(post_page, "source_of", lambda html: source_of(html).replace("收", "開"))
    assert differing(looked(kept)) == {}


def test_the_body_that_is_kept_is_that_of_the_first_good_answer(kept: Archive) -> None:
    """Of a post with new furniture, and of one whose page was looked at without the API being asked."""
    first, second = (Post(n, "<p>收盘</p>", f"<p><b>收盘</b></p><!-- {n} -->", title=f"{n}") for n in (1, 2))
    keep(kept, [first, second], older("<b>收盘</b>", "<i>收盘</i>"))
    keep(kept, [replace(first, share="<p>收盘</p>", at=60), replace(second, share=None, at=60)])
    shape = ("body markup", "<i> to <b>")
    assert differing(looked(kept)) == {shape: {first.code, second.code}}
    accepted(kept)
    for one in (first, second):
        assert stored(kept, one).found.document.body == one.share
    assert differing(looked(kept)) == {}


def test_a_redirect_that_led_to_nothing_is_not_taken_for_the_page_that_came_next(kept: Archive) -> None:
    made, _ = posts(2)
    keep(kept, made[:1])
    away = Answer(made[0].address, T0, 302, "Found", (("Location", "/gone.html"),), b"")
    lease = begin_run(kept)
    with WarcFiles(kept.warc, kept.store, "finews") as files:
        files.recover()
        for some in ([away], [Answer(made[1].address, T0, 200, "OK", (), made[1].page)]):
            kept.store.write([Observation(T0, captures=tuple(files.keep(some)))], lease.run_id, lease)
    assert looked(kept).verdicts["finews"] == {Verdict.SAME: 1}


@pytest.mark.parametrize("dated_first", [True, False])
def test_a_date_that_was_known_is_not_given_up_for_none(dated_first: bool, kept: Archive) -> None:
    """As a crawl has it: where the page names none any more, the date that is known stays."""
    cinic, address = Sources.load().named("cinic"), "http://www.cinic.org.cn/hy/tx/910001.html"
    page = (BUILT_IN / "cinic" / "910001.html").read_bytes()
    undated = page.replace(b"2022-02-09 14:23:53", b"")
    assert cinic.declaration
    assert undated != page
    dated = read_declared("cinic", cinic.declaration, page_text(page), address)
    pages = [page, undated] if dated_first else [undated]
    for number, one in enumerate(pages):
        at = T0 + timedelta(hours=number)
        lease = begin_run(kept, "cinic")
        with WarcFiles(kept.warc, kept.store, "cinic") as files:
            files.recover()
            captures = tuple(files.keep([Answer(address, at, 200, "OK", (), one)]))
            kept.store.write([Observation(at, dated, captures=captures)], lease.run_id, lease)
        kept.store.release(lease)
    assert looked(kept).verdicts["cinic"] == {Verdict.SAME: 1}


def test_markup_alone_is_told_as_such_and_changes_no_content(kept: Archive) -> None:
    made = Post(1, "<p>收盘</p>", '<p><span id="a">收盘</span></p>')
    keep(kept, [made], older('<span id="a">收盘</span>', "<b>收盘</b>"))
    before = stored(kept, made)
    assert differing(looked(kept)) == {("body markup", "<b> to <span>"): {made.code}}
    accepted(kept)
    after = stored(kept, made)
    assert (after.content_hash, after.revisions) == (before.content_hash, 1)
    assert after.found.document.body == '<p><span id="a">收盘</span></p>'


def test_what_differs_in_markup_alone_has_changed_for_the_ledger_and_is_told_as_restated(
    kept: Archive,
) -> None:
    made = [Post(n, "<p>收盘</p>", f'<p><span id="a">收盘{n}</span></p>') for n in range(3)]
    keep(kept, made[:2], older('<span id="a">收盘0</span>', "<b>收盘0</b>"))
    keep(kept, made[2:], older("收盘2", "收市2"))
    counters = kept.store.run(accepted(kept).runs["finews"]).counters
    assert (counters["changed"], counters["restated"], counters["unchanged"]) == (2, 1, 1)


def test_documents_that_are_read_the_same_are_noted_as_of_todays_version(kept: Archive) -> None:
    made, _ = posts(2)
    keep(kept, made, older("nothing", "else"))
    change = last_change(kept.store)
    assert looked(kept).older == 2
    assert stored(kept, made[0]).found.normalizer == "0"
    accepted(kept)
    assert {stored(kept, one).found.normalizer for one in made} == {VERSION}
    assert last_change(kept.store) == change


def test_what_is_gone_stays_gone_and_was_last_seen_when_it_was(kept: Archive) -> None:
    made = Post(1, "<p>收盘</p>")
    keep(kept, [made], older("收盘", "收市"))
    kept.store.write([Observation(T0 + timedelta(days=3), gone=(("finews", made.code),))], None)
    before = stored(kept, made)
    accepted(kept)
    after = stored(kept, made)
    assert after.found.document.body == "<p>收盘</p>"
    assert (after.first_seen, after.last_seen, after.gone_since) == (
        before.first_seen,
        before.last_seen,
        before.gone_since,
    )


def test_a_damaged_record_is_named_and_stops_nothing(kept: Archive) -> None:
    made, _ = posts(6)
    keep(kept, made, older("收盘", "收市"))
    capture = kept.store.captures(made[4].address)[0]
    path = kept.warc / capture.warc_file
    data = bytearray(path.read_bytes())
    data[(capture.warc_offset or 0) + 30] ^= 1
    path.write_bytes(data)
    done = accepted(kept)
    (problem,) = done.findings.problems
    assert f"{path} at byte {capture.warc_offset}: damaged" in problem
    assert done.findings.count(Verdict.DIFFERS) == 5
    run = kept.store.run(done.runs["finews"])
    assert (run.outcome, run.counters["failed:damaged-record"]) == ("partial", 1)
    path.unlink()
    assert looked(kept).count(Verdict.DAMAGED) == 6


def test_a_source_that_is_being_crawled_is_left_out(kept: Archive) -> None:
    made, _ = posts(1)
    keep(kept, made, older("收盘", "收市"))
    lease = kept.store.begin_run(
        "finews", "cli", datetime.now(UTC), "elsewhere", 1, silence=60, is_dead=lambda _: False
    )
    done = accepted(kept)
    assert done.findings.read == 0
    assert [f"run {lease.run_id}" in reason for reason in done.busy] == [True]
    assert looked(kept).count(Verdict.DIFFERS) == 1  # to look is always possible


def test_interrupted_it_is_whole_as_far_as_it_came_and_goes_on(kept: Archive) -> None:
    made, _ = posts(110)
    keep(kept, made, older("收盘", "收市"))

    def stop(counters: Mapping[str, int]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        accepted(kept, told=stop)
    (run,) = kept.store.runs("finews", 1)
    assert (run.state, run.outcome, run.counters["changed"]) == (RunState.INTERRUPTED, "interrupted", 100)
    assert kept.store.lease("finews") is None
    done = accepted(kept)
    assert (done.findings.count(Verdict.DIFFERS), done.findings.count(Verdict.SAME)) == (10, 100)
    assert differing(looked(kept)) == {}


def test_what_an_import_changes_meanwhile_is_left_to_the_next_time(
    kept: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Post(1, "<p>收盘</p>")
    keep(kept, [made], older("收盘", "收市"))
    write = type(kept.store).write_prepared

    def late(self: object, *arguments: object) -> list[Effect | None]:
        monkeypatch.setattr(type(kept.store), "write_prepared", write)
        newer = replace(made.found, document=replace(made.found.document, body="<p>更正</p>"))
        kept.store.write([Observation(T0 + timedelta(hours=1), newer)], None)
        return write(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(type(kept.store), "write_prepared", late)
    assert accepted(kept).findings.outdated == 1
    assert stored(kept, made).found.document.body == "<p>更正</p>"


def test_a_file_is_read_again_and_leaves_as_it_came(kept: Archive) -> None:
    text = (
        '---\nlayout: post\ntitle: "标题"\ndate: 2022-01-22 15:20:32 +0800\ncategories: luwang\n'
        "tags: 鲁网新闻\n---\n<p>收盘</p>"
    )
    read = read_imported("a.md", text.encode())
    old = replace(read.found, document=replace(read.found.document, title="旧"), normalizer="0")
    kept.store.write([Observation(T0, old, imported=ImportedFile("a.md", text.encode()))], None)
    assert differing(looked(kept)) == {("title", "“旧” to “标题”"): {read.found.source_id}}
    accepted(kept)
    (document,) = kept.store.find("a.md")
    assert (document.found.document.title, document.revisions) == ("标题", 2)
    assert document.imported is not None
    (holding,) = kept.store.holdings()
    assert [file.data for file in holding.imported] == [text.encode()]
    assert differing(looked(kept)) == {}


def test_only_what_is_selected_is_read(kept: Archive) -> None:
    made, _ = posts(3)
    keep(kept, made, older("收盘", "收市"))
    keep(kept, [Post(9, "<p>被拒</p>")], reject="truncated")
    assert looked(kept, replace(HERE, documents=False)).read == 1
    assert looked(kept, replace(HERE, rejections=False)).read == 3
    other = replace(HERE.selection, sources=["cinic"])
    assert looked(kept, replace(HERE, selection=other)).read == 0


def test_several_processes_find_what_one_finds(kept: Archive) -> None:
    made, _ = posts(3)
    keep(kept, made, older("收盘", "收市"))
    found = differing(looked(kept, replace(HERE, jobs=2)))
    assert found == differing(looked(kept)) == {("body text", "“市” to “盘”"): {one.code for one in made}}


def test_progress_is_told_behind_every_batch(kept: Archive) -> None:
    made, _ = posts(110)
    keep(kept, made)
    told: list[Mapping[str, int]] = []
    look(kept, HERE, Findings(0), told.append)
    assert [one["read"] for one in told] == [100, 110]
    assert json.dumps(told[-1]) == json.dumps({"found": 110, "read": 110, "different": 0, "damaged": 0})


def test_the_lease_is_held_while_it_is_written(kept: Archive) -> None:
    made, _ = posts(1)
    keep(kept, made, older("收盘", "收市"))
    held = []
    accepted(kept, told=lambda _: held.append(kept.store.lease("finews")))
    assert held[0] is not None
    begin_run(kept)  # it is free again
