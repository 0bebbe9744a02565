"""The history that is told is the one that happened: crawls of a double that edits, fails and forgets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.errors import NotFound
from archive.store import Store
from archive.store.history import Revised
from crawler.sources.registry import Sources
from crawler.standing import State
from fixtures.double import NEWS_HOST, SHARE_HOST, Double
from fixtures.post import Change, Post
from ops.explain.events import Happened, Known, change_between, history_of
from ops.explain.reading import Asker, read_known
from ops.explain.shape import explain_json
from ops.explain.view import history_lines, identity_fields, standing_fields
from tests import forked

SITE = f"https://{NEWS_HOST}"


@dataclass
class Scene:
    """What was crawled: at first with faults, half an hour later, and after a day of edits."""

    data: Path
    store: Store
    end: datetime
    posts: dict[str, Post]
    """By what happened to them."""
    predicted: set[str]
    """Before the second crawl: the paths of the posts that it was said to ask."""
    asked: set[str]
    """And those that it asked."""

    def known(self, name: str, limit: int = 50, now: datetime | None = None) -> Known:
        asker = Asker("here", "finews-archive", limit, now or self.end)
        return read_known(Archive(self.store, self.data / "warc"), Sources.load(), name, asker)

    def of(self, part: str, **options: Any) -> Known:
        return self.known(self.posts[part].code, **options)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    data = tmp_path_factory.mktemp("scene")
    with Double(posts=30, categories=4, seed=5, edits=5, furniture_edits=2, twins=1) as site:
        begin = site.clock.now()
        end = begin + timedelta(hours=25)
        posts = _cast(site, end)
        api = f"/NewsData/GetNewsText.do?id={posts['api'].code}"
        down = site.faults.add(host=SHARE_HOST, path=api, html=True)
        site.faults.add(host=NEWS_HOST, path=posts["rejected"].path, body=b"<html><p>Wartung</p></html>")
        cut = site.faults.add(host=NEWS_HOST, path=posts["failed"].path, reset=True)
        assert forked.crawl(data, site.mirrors, now=begin).counters["new"] == 28
        site.faults.remove(down)
        with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
            found = Scene(data, store, end, posts, set(), set())
            soon = site.clock.advance(minutes=30)
            for post in site.corpus.visible(soon):
                standing = found.known(post.code, now=soon).standing
                assert standing
                assert standing.listed
                if standing.wanted or standing.listed.fetch:
                    found.predicted.add(post.path)
            site.requests.clear()
            forked.crawl(data, site.mirrors, now=soon)
            found.asked = {request.path for request in site.requests if "/2022/" in request.path}
            site.faults.remove(cut)
            site.faults.add(host=NEWS_HOST, path=posts["failed"].path, status=500)
            site.clock.set(end)
            assert forked.crawl(data, site.mirrors, now=end).counters["changed"] > 0
            yield found


def _cast(site: Double, end: datetime) -> dict[str, Post]:
    begin, posts = site.clock.now(), site.corpus.posts
    stays = [post for post in posts if post.visible(begin.timestamp()) and post.visible(end.timestamp())]
    twin = next(post for post in posts if post.twin_of is not None)
    pair = {twin.index, twin.twin_of}
    plain = [one for one in stays if not one.edits and one.index not in pair and not one.outlet.flash]
    cast = dict(zip(("api", "rejected", "failed"), plain, strict=False))
    cast |= {post.edits[0].change.value: post for post in stays if len(post.edits) == 1}
    gone = min(posts, key=lambda post: post.expires)
    return cast | {"twin": twin, "other": posts[twin.twin_of or 0], "gone": gone}


def _told(known: Known) -> list[tuple[int | None, str, str]]:
    """Run, what happened, and to what: the page, or where its body comes from."""
    return [
        (event.run, str(event.what), event.facts.get("role", "").replace("page", ""))
        for event in history_of(known)
    ]


def _of(known: Known, what: Happened) -> list[dict[str, Any]]:
    told = explain_json(known)["history"]
    return [event for event in told if event["event"] == what]


def test_what_is_said_of_the_next_crawl_is_what_it_does(scene: Scene) -> None:
    assert scene.predicted == scene.asked == {scene.posts[part].path for part in ("rejected", "failed")}


def test_an_edited_title_is_told_from_the_fetch_to_the_revision(scene: Scene) -> None:
    known = scene.of(Change.TITLE.value)
    assert _told(known) == [
        (1, "fetched", ""),
        (1, "fetched", "share-api"),
        (1, "new", ""),
        (3, "fetched", ""),
        (3, "fetched", "share-api"),
        (3, "changed", ""),
    ]
    first, second = (one for one in _of(known, Happened.FETCHED) if one["role"] == "page")
    assert (first["why"], first["effect"]) == ("not-known", "new")
    assert (second["why"], second["effect"]) == ("title-changed", "changed")
    assert second["why_said"].startswith("a list has another title")
    (change,) = _of(known, Happened.CHANGED)
    assert change["title_changed"]
    assert change["title"] == change["title_before"] + "（更新）"
    assert (change["blocks_added"], change["blocks_removed"]) == (1, 0)
    assert known.stored
    assert change["content_hash"] == known.stored.content_hash


def test_an_edited_text_keeps_its_title(scene: Scene) -> None:
    known = scene.of(Change.TEXT.value)
    (change,) = _of(known, Happened.CHANGED)
    assert (change["title_changed"], change["blocks_added"]) == (False, 1)
    assert [one["why"] for one in _of(known, Happened.FETCHED) if one["effect"] == "changed"] == ["due"]


def test_new_furniture_is_a_fetch_that_changed_nothing(scene: Scene) -> None:
    known = scene.of(Change.CHART.value)
    assert _told(known)[2:] == [(1, "new", ""), (3, "fetched", "")]
    assert _of(known, Happened.FETCHED)[-1]["effect"] == "unchanged"


def test_a_body_that_came_late_is_told_with_why_it_was_late(scene: Scene) -> None:
    known = scene.of("api")
    assert _told(known) == [
        (1, "fetched", ""),
        (1, "fetched", "share-api"),
        (1, "failed", "share-api"),
        (1, "new", ""),
        (3, "fetched", ""),
        (3, "fetched", "share-api"),
    ]
    (failure,) = _of(known, Happened.FAILED)
    assert failure["reason"] == "share-not-json"
    assert [one["effect"] for one in _of(known, Happened.FETCHED) if one["run"] == 3] == ["body-came", ""]
    assert ("fidelity", "source: the outlet's own body, from the share API") in identity_fields(known)


def test_a_post_that_has_not_changed_is_a_304_and_its_record_a_revisit(scene: Scene) -> None:
    known = scene.of("other")
    (event,) = _of(known, Happened.NOT_MODIFIED)
    assert (event["run"], event["status"], event["record"], event["bytes"]) == (3, 304, "revisit", 0)
    assert event["warc_file"].startswith("finews-")
    assert event["warc_offset"] > 0
    assert event["took"] > 0


def test_of_two_documents_with_one_content_one_is_new_and_the_earliest_published_speaks(scene: Scene) -> None:
    twins = {part: scene.of(part) for part in ("twin", "other")}
    first = {part: _told(known)[2][1] for part, known in twins.items()}
    ids = {
        part: scene.store.history.revisions(twin.stored.id)[0].id
        for part, twin in twins.items()
        if twin.stored
    }
    assert [first[part] for part in sorted(ids, key=lambda part: ids[part])] == ["new", "duplicate"]
    earliest = min(("twin", "other"), key=lambda part: scene.posts[part].published)
    for part, known in twins.items():
        told = explain_json(known)
        (other,) = told["duplicates"]["others"]
        theirs = scene.posts["other" if part == "twin" else "twin"].code
        assert (other["document"], other["is_current"]) == (f"finews:{theirs}", True)
        assert told["duplicates"]["speaker"] == f"finews:{scene.posts[earliest].code}"
        if first[part] == "duplicate":
            (event,) = _of(known, Happened.DUPLICATE)
            assert event["duplicate_of"] == f"finews:{theirs}"
    assert dict(identity_fields(twins[earliest]))["speaks"].startswith("this one: ")


def test_a_post_that_left_is_gone_in_the_run_that_missed_it(scene: Scene) -> None:
    known = scene.of("gone")
    assert _told(known)[-2:] == [(3, "answered", ""), (3, "gone", "")]
    assert _of(known, Happened.ANSWERED)[-1]["status"] == 404
    assert known.standing
    assert known.standing.state is State.GONE


def test_a_page_that_could_not_be_read_is_told_by_each_rejection(scene: Scene) -> None:
    known = scene.of("rejected")
    assert (known.stored, known.standing and known.standing.state) == (None, State.FAILING)
    assert _told(known) == [(run, what, "") for run in (1, 2, 3) for what in ("fetched", "rejected")]
    assert {one["effect"] for one in _of(known, Happened.FETCHED)} == {"rejected"}
    last = _of(known, Happened.REJECTED)[-1]
    assert (last["stage"], last["reason"], bool(last["detail"])) == ("post", "no-article", True)
    assert last["warc_offset"] == _of(known, Happened.FETCHED)[-1]["warc_offset"]
    assert (
        dict(standing_fields(known))["to do"] == f"archive crawl --url {SITE}{scene.posts['rejected'].path}"
    )


def test_a_page_without_an_answer_is_told_by_the_runs_that_asked_and_else_by_its_answers(
    scene: Scene,
) -> None:
    known = scene.of("failed")
    assert _told(known) == [(1, "failed", ""), (2, "failed", ""), *[(3, "answered", "")] * 3]
    assert {one["reason"] for one in _of(known, Happened.FAILED)} == {"connection-lost"}
    assert known.standing
    assert known.page
    assert "3 times in a row" in known.standing.said
    assert known.standing.next_check == known.page.next_check


def test_a_document_is_the_same_by_each_of_its_names(scene: Scene) -> None:
    expected = scene.of("api")
    assert expected.stored
    found, post = expected.stored.found, scene.posts["api"]
    names = [
        f"finews:{post.code}",
        found.address,
        found.address.replace("https:", "http:"),
        f"{found.address}?from=feed#top",
        found.share_address,
        f"http://{SHARE_HOST}/NewsData/GetNewsText.do?id={post.code}",
        expected.stored.content_hash[:20],
        f"007_{expected.stored.content_hash[:16]}.txt",
        f"{SITE}/elsewhere/2022/03/01/{post.code}.html",
    ]
    for name in names:
        known = scene.known(name)
        assert known.stored == expected.stored, name
        assert history_of(known) == history_of(expected), name
        assert known.standing == expected.standing, name


def test_a_code_that_became_no_document_leads_to_its_page(scene: Scene) -> None:
    code = scene.posts["rejected"].code
    expected = history_of(scene.of("rejected"))
    for name in (f"finews:{code}", f"http://{SHARE_HOST}/html_News/NewsShare.html?infoCode={code}"):
        assert history_of(scene.known(name)) == expected


def test_lists_are_told_by_their_fetches_and_when_they_are_asked_again(scene: Scene) -> None:
    home = scene.known(f"http://{NEWS_HOST}")
    assert [event["why"] for event in explain_json(home)["history"]] == ["start"] * 3
    assert home.standing
    assert (home.standing.state, home.standing.said) == (State.ASKED, "every crawl asks it")
    slug = scene.posts["api"].outlet.slug
    category = scene.known(f"{SITE}/category/{slug}.html") if " " not in slug else home
    assert category.standing
    assert category.standing.state is State.ASKED


def test_an_address_that_nobody_has_met_is_told_by_whose_it_is(scene: Scene) -> None:
    expected = {
        f"{SITE}/x/2022/03/01/NW209901010000000001.html": ("finews", "article", State.NEVER_MET),
        f"{SITE}/about.html": ("finews", "other", State.NOT_ASKED),
        f"{SITE}/category/nosuch.html": ("finews", "list", State.NEVER_MET),
        "https://www.cinic.org.cn/hy/tx/1.html": ("cinic", "article", State.NEVER_MET),
        "https://nobody.example/it's": ("web", "article", State.NEVER_MET),
    }
    for url, (source, kind, state) in expected.items():
        known = scene.known(url)
        told = explain_json(known)
        assert (told["place"]["source"], told["place"]["kind"]) == (source, kind)
        assert (told["document"], told["history"], told["standing"]["state"]) == (None, [], state)
        assert list(history_lines(known)) == ["nothing: no answer of it was ever kept"]
        advised = dict(standing_fields(known)).get("to do", "")
        assert advised.startswith("archive crawl --url ") is (state is State.NEVER_MET)
    told = explain_json(scene.known(next(iter(expected))))
    assert told["standing"]["robots"][0]["verdict"] == "no-rules"
    assert told["standing"]["if_listed"]["why"] == "not-known"


@pytest.mark.parametrize("name", ["NW209901010000000001", "nothing.txt", "ftp://x.test/", "", "\ud800"])
def test_what_is_no_address_and_names_nothing_is_not_found(scene: Scene, name: str) -> None:
    with pytest.raises(NotFound, match="is no address and names no document"):
        scene.known(name)


def test_the_newest_captures_are_shown_and_the_others_counted(scene: Scene) -> None:
    whole, part = scene.of("title"), scene.of("title", limit=2)
    told = explain_json(part)
    assert told["captures"] == {"shown": 2, "in_all": 4}
    assert history_of(part) == history_of(whole)[2:]
    assert next(history_lines(part)) == "… and 2 older captures and rejections; --limit 4 shows them"


def test_events_come_in_order_of_time_with_the_runs_that_they_name(scene: Scene) -> None:
    for part in scene.posts:
        told = explain_json(scene.of(part))
        assert all(one["at"] <= other["at"] for one, other in pairwise(told["history"]))
        runs = {run["id"] for run in told["runs"]}
        assert {one["run"] for one in told["history"] if one["event"] != "failed"} <= runs


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("一\n二", "一\n二\n三", (1, 0)),
        ("一\n二\n二", "一\n二", (0, 1)),
        ("一\n二", "一\n别", (1, 1)),
        ("一\n二", "二\n一", (0, 0)),
        ("", "一", (1, 0)),
    ],
)
def test_changes_are_counted_in_blocks(before: str, after: str, expected: tuple[int, int]) -> None:
    at = datetime(2022, 3, 1).astimezone()
    old, new = (Revised(1, "a" * 64, at, None, "题", text) for text in (before, after))
    change = change_between(old, new)
    assert (change.added, change.removed, change.title) == (*expected, False)
