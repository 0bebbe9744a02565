"""How a page stands is what the decisions of a crawl say of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archive.documents import Fidelity
from archive.store.values import Known, Page, PageKind
from crawler.decisions import RULE_SAID, SAID, Decision, Rule, Why, after_failure, next_post_check
from crawler.sources.place import Place, PlaceKind, place_of
from crawler.sources.registry import Sources
from crawler.sources.source import FINEWS
from crawler.standing import Past, Standing, State, standing_of

T0 = datetime(2022, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADDRESS = "https://finews.withounder.com/luwang/2022/03/01/NW202203010000000001.html"
ARTICLE = Place(FINEWS, ADDRESS, PlaceKind.ARTICLE, "NW202203010000000001")
KNOWN = Known("NW202203010000000001", "luwang", "题", Fidelity.SOURCE, T0, "a" * 64, T0)
NEW = Page("finews", ADDRESS, PageKind.POST, Why.NOT_KNOWN, T0, T0)
READ = replace(NEW, why=Why.DUE, checked_at=T0, next_check=next_post_check(T0, T0, T0))
NOTHING = Past(None, None, None, None, was_asked=False)


def _standing(place: Place = ARTICLE, at: datetime = T0, **past: object) -> Standing:
    """Of a past with what is given; the frontier has the page where it is due or was never read."""
    found = replace(NOTHING, **past)  # type: ignore[arg-type]
    page = found.page
    is_in = page and (page.checked_at is None or (page.next_check and page.next_check <= at))
    return standing_of(place, replace(found, in_frontier=page if is_in else None), at)


def test_a_known_post_is_left_alone_until_it_is_due_or_a_list_has_another_title() -> None:
    standing = _standing(known=KNOWN, page=READ, was_asked=True)
    assert standing.state is State.CURRENT
    assert standing.listed == Decision(fetch=False, why=Why.KNOWN)
    assert standing.retitled == Decision(fetch=True, why=Why.TITLE_CHANGED)
    assert (standing.wanted, standing.next_check) == (None, T0 + HOUR)
    assert standing.said == RULE_SAID[Rule.INTERVAL]
    due = _standing(at=T0 + HOUR, known=KNOWN, page=READ, was_asked=True)
    assert (due.wanted, due.listed) == (Why.DUE, standing.listed)


def test_a_post_that_was_never_met_is_fetched_if_a_list_names_it() -> None:
    standing = _standing()
    assert (standing.state, standing.retitled, standing.wanted) == (State.NEVER_MET, None, None)
    assert standing.listed == Decision(fetch=True, why=Why.NOT_KNOWN)


def test_a_post_that_a_list_made_known_is_asked_whatever_lists_say() -> None:
    standing = _standing(page=NEW)
    assert (standing.state, standing.wanted) == (State.UNREAD, Why.UNFINISHED)
    assert standing.said == SAID[Why.UNFINISHED]


def test_a_post_that_failed_waits_then_is_tried_and_at_last_given_up() -> None:
    page = after_failure(NEW, T0)
    assert page is not None
    waiting = _standing(page=page, was_asked=True)
    assert (waiting.state, waiting.wanted) == (State.FAILING, None)
    assert waiting.listed == Decision(fetch=False, why=Why.WAITING)
    assert "1 time in a row" in waiting.said
    assert "for 3 days, never again" in waiting.said
    assert _standing(at=T0 + HOUR, page=page, was_asked=True).wanted is Why.FAILED
    given_up = _standing(was_asked=True)
    assert (given_up.state, given_up.next_check) == (State.GIVEN_UP, None)


def test_a_post_that_is_gone_is_new_again_to_a_list_that_names_it() -> None:
    standing = _standing(known=KNOWN, gone_since=T0, was_asked=True)
    assert (standing.state, standing.wanted, standing.next_check) == (State.GONE, None, None)
    assert standing.listed == Decision(fetch=True, why=Why.NOT_KNOWN)


def test_a_known_post_that_is_missing_is_asked_once_more() -> None:
    page = replace(READ, why=Why.MISSING, attempts=1)
    standing = _standing(known=KNOWN, page=page, was_asked=True)
    assert (standing.state, standing.said) == (State.CURRENT, SAID[Why.MISSING])


def test_an_imported_post_waits_for_a_list() -> None:
    standing = _standing(known=KNOWN)
    assert (standing.state, standing.next_check) == (State.SETTLED, None)
    assert "never read from its site" in standing.said


@pytest.mark.parametrize(("hours", "rule"), [(65, Rule.LAST_LOOK), (71.5, Rule.EXPIRED), (90, Rule.INTERVAL)])
def test_the_rule_of_the_next_look_is_told(hours: float, rule: Rule) -> None:
    looked = T0 + hours * HOUR
    page = replace(READ, checked_at=looked, next_check=next_post_check(T0, T0, looked))
    assert _standing(at=looked, known=KNOWN, page=page).said == RULE_SAID[rule]
    by_none = replace(page, next_check=looked + timedelta(minutes=7))
    assert _standing(at=looked, known=KNOWN, page=by_none).said == SAID[Why.DUE]


def test_a_root_is_asked_every_time_unless_its_server_asked_to_wait() -> None:
    home = Place(FINEWS, "https://finews.withounder.com/", PlaceKind.LIST)
    page = Page("finews", home.address, PageKind.LIST, Why.DUE, T0, None, checked_at=T0)
    standing = _standing(home, page=page, was_asked=True)
    assert (standing.state, standing.wanted, standing.listed) == (State.ASKED, Why.START, None)
    resting = _standing(home, page=replace(page, next_check=T0 + HOUR), was_asked=True)
    assert (resting.wanted, resting.next_check) == (None, T0 + HOUR)
    assert "left alone" in resting.said
    assert _standing(home).wanted is Why.START


def test_a_category_is_read_once_in_a_day_or_for_what_it_may_hide() -> None:
    place = place_of(Sources.load(), "https://finews.withounder.com/category/luwang.html")
    assert place is not None
    page = Page("finews", place.address, PageKind.LIST, Why.DUE, T0, T0 + 20 * HOUR, checked_at=T0)
    quiet = _standing(place, page=page)
    assert (quiet.state, quiet.wanted) == (State.ASKED, None)
    assert "18 to 30 hours" in quiet.said
    urgent = _standing(place, page=replace(page, why=Why.NO_OVERLAP, next_check=T0))
    assert (urgent.wanted, urgent.said) == (Why.UNFINISHED, SAID[Why.NO_OVERLAP])


def test_a_page_that_was_named_by_hand_is_not_looked_at_again() -> None:
    place = place_of(Sources.load(), "https://nobody.example/x")
    assert place is not None
    known = replace(KNOWN, source_id=place.source_id)
    page = Page("web", place.address, PageKind.POST, Why.DUE, T0, None, checked_at=T0)
    standing = _standing(place, known=known, page=page, was_asked=True)
    assert (standing.state, standing.listed, standing.next_check) == (State.SETTLED, None, None)
    assert "named by hand" in standing.said
