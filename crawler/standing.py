"""How a page stands: what the next crawl makes of it, and when it is looked at again, and why. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archive.store.values import Known, Page, PageKind
from crawler.decisions import RULE_SAID, SAID, Decision, Why, next_post_look
from crawler.frontier import Frontier
from crawler.normalizer import Listed
from crawler.sources.place import Place, PlaceKind


class State(StrEnum):
    """How a page stands, in a word."""

    CURRENT = "current"
    """It is a document, and looked at again."""
    SETTLED = "settled"
    """It is a document, and not looked at again by itself."""
    GONE = "gone"
    UNREAD = "unread"
    """It was made known, and waits to be read."""
    FAILING = "failing"
    """It was never read, and failed or was rejected; it is tried again."""
    GIVEN_UP = "given-up"
    """It was asked, and nothing is planned any more."""
    ASKED = "asked"
    """A list or feed that is asked again and again."""
    NEVER_MET = "never-met"
    NOT_ASKED = "not-asked"
    """Nothing that a crawl would ask by itself."""


STATE_SAID: Mapping[State, str] = {
    State.CURRENT: "a document, and looked at again",
    State.SETTLED: "a document, and not looked at again by itself",
    State.GONE: "a document whose source has taken it away; it is kept",
    State.UNREAD: "made known by a list, and not read yet",
    State.FAILING: "never read: it failed, or what came could not be read",
    State.GIVEN_UP: "asked, never read, and given up",
    State.ASKED: "asked again and again",
    State.NEVER_MET: "never met: no list has named it, and nobody has asked for it",
    State.NOT_ASKED: "nothing that a crawl asks by itself",
}


@dataclass(frozen=True, slots=True)
class Past:
    """What the store knows of a page, as far as it matters to what comes."""

    known: Known | None
    """Its document."""
    gone_since: datetime | None
    page: Page | None
    in_frontier: Page | None
    """The page, if a crawl that begins now would find it in its frontier."""
    was_asked: bool
    """Whether there is any capture or rejection of it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a page stands now. Times are aware."""

    state: State
    listed: Decision | None
    """What the next crawl would decide if a list named it as it is; None where no list can."""
    retitled: Decision | None
    """And if under another title than that of its document; None where it has none."""
    wanted: Why | None
    """Why the next crawl asks it whatever lists say; None where it does not."""
    next_check: datetime | None
    """When it is due; the past where it is."""
    said: str
    """By which rule, or why there is no such time."""


def standing_of(place: Place, past: Past, now: datetime) -> Standing:
    """How the page at the place stands now, by the decisions that a crawl would make."""
    source, address = place.source, place.address
    known = {address: past.known} if past.known and not past.gone_since else {}
    pages = [past.in_frontier] if past.in_frontier else []
    frontier = Frontier(source.name, known, pages, now, source.window, source.source_id_in)
    is_root = any(address == root for root, _ in source.roots)
    may_be_listed = place.kind is PlaceKind.ARTICLE and place.is_owned
    title = past.known.title if past.known else None
    at, said = _next(place, past, now, is_root=is_root)
    return Standing(
        state=_state(place, past, is_root=is_root),
        listed=frontier.decide(Listed(address, title), full=False) if may_be_listed else None,
        retitled=frontier.decide(Listed(address, _OTHER_TITLE), full=False)
        if may_be_listed and known
        else None,
        wanted=_wanted(frontier, past.page, now, is_root=is_root),
        next_check=at,
        said=said,
    )


_OTHER_TITLE = "\N{REPLACEMENT CHARACTER}"
"""A title that no document has, and that none begins with: it is shorter than what counts as cut."""


def _state(place: Place, past: Past, *, is_root: bool) -> State:
    page = past.page
    if past.gone_since:
        return State.GONE
    if past.known:
        return State.CURRENT if page and page.next_check else State.SETTLED
    if is_root or (page and page.kind is not PageKind.POST):
        return State.ASKED
    if page:
        return State.FAILING if page.attempts else State.UNREAD
    if past.was_asked:
        return State.GIVEN_UP
    return State.NOT_ASKED if place.kind in {PlaceKind.SHARE, PlaceKind.OTHER} else State.NEVER_MET


def _wanted(frontier: Frontier, page: Page | None, now: datetime, *, is_root: bool) -> Why | None:
    if is_root:
        return None if _rests_until(page, now) else Why.START
    return next((one.why for one in (*frontier.urgent(), *frontier.rechecks())), None)


def _rests_until(root: Page | None, now: datetime) -> datetime | None:
    """Until when the server of a root has asked to be left alone."""
    return root.next_check if root and root.next_check and root.next_check > now else None


def _next(place: Place, past: Past, now: datetime, *, is_root: bool) -> tuple[datetime | None, str]:
    """When the page is due, and by which rule."""
    page = past.page
    if past.gone_since:
        return None, "nothing asks it any more, unless a list names it again"
    if is_root:
        rests_until = _rests_until(page, now)
        asked_to_wait = "its server asked to be left alone until then"
        return rests_until, asked_to_wait if rests_until else "every crawl asks it"
    if page is None:
        return None, _UNPLANNED[_state(place, past, is_root=False)]
    return page.next_check, _rule(place, past, page)


def _rule(place: Place, past: Past, page: Page) -> str:
    if page.kind is PageKind.ROBOTS:
        return "until then the rules are used as they are"
    if page.next_check is None:
        return "its time is over, or it was named by hand: a list's new title, --url or --full has it read"
    if page.attempts and page.why != Why.MISSING:
        times = f"{page.attempts} time{'s' if page.attempts > 1 else ''} in a row"
        days = place.source.window.length.days
        end = "once a week" if past.known else "never again"
        at_most = f"6 hours at most; once that has gone on for {days} days, {end}"
        return f"it failed or could not be read {times}: tried again after 5 minutes, 10, 20 …, {at_most}"
    if page.kind is not PageKind.POST and page.why == Why.DUE:
        return "a category is read once in 18 to 30 hours, for posts that arrive late"
    if past.known and page.checked_at and page.why == Why.DUE:
        look = next_post_look(
            past.known.first_seen, past.known.published, page.checked_at, place.source.window
        )
        if look and look.at == page.next_check:
            return RULE_SAID[look.rule]
    return SAID[Why.UNFINISHED] if page.why in {Why.NOT_KNOWN, Why.TITLE_CHANGED} else _said(page.why)


def _said(why: str) -> str:
    return SAID[Why(why)] if why in set(Why) else why


_UNPLANNED = {
    State.SETTLED: "it was never read from its site: only a list's new title, --url or --full has it read",
    State.GIVEN_UP: "nothing is planned: what names it, or --url, has it asked again",
    State.NEVER_MET: "what names it, or --url, has it read",
    State.NOT_ASKED: "no crawl asks it by itself",
}
