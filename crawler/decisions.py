"""What a crawl decides, as pure functions whose answers carry their reason. Times are aware."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from archive.documents import canonical_title
from archive.store.values import Known, Page, PageKind
from crawler.normalizer import Listed, groups_of
from crawler.normalizer.markup import unescaped


@dataclass(frozen=True, slots=True)
class Window:
    """For how long a source's posts are of interest after they were published."""

    length: timedelta = timedelta(days=3)
    """As long as finews keeps a post: its owner's script moves older ones away."""
    posts_leave: bool = True
    """Whether they are gone from the site after that, or merely old."""

    @property
    def last_look(self) -> timedelta:
        """The age at which a post that leaves is looked at for the last time, to have its last state."""
        return self.length - timedelta(hours=1)

    @property
    def expired(self) -> timedelta:
        """The age at which a post that leaves should be found gone."""
        return self.length + timedelta(minutes=15)


FINEWS_WINDOW = Window()
HOME_LIMIT = 5
"""Posts that the home page shows of a tag, at the most."""


class Why(StrEnum):
    """The reasons, to log, to keep with a page and to explain."""

    START = "start"
    """Every crawl begins there."""
    ASKED_FOR = "asked-for"
    """Named on the command line."""
    NOT_KNOWN = "not-known"
    UNFINISHED = "unfinished"
    """A list named it in an earlier run, which ended before it was read."""
    FULL = "full"
    """Everything was asked for."""
    TITLE_CHANGED = "title-changed"
    """A list has another title than the document: the post was edited."""
    NO_OVERLAP = "no-overlap"
    """None of the newest posts was known: there may be more behind them."""
    DUE = "due"
    """The interval since it was last looked at is over."""
    FAILED = "failed"
    """It did not answer as it should, or could not be read; it is tried again, less and less often."""
    KNOWN = "known"
    MISSING = "missing"
    """A known post answered 404 though it should be there: it is asked for once more."""
    WAITING = "waiting"
    """It failed, and the time to try again has not come."""


SAID: Mapping[Why, str] = {
    Why.START: "every crawl begins there",
    Why.ASKED_FOR: "it is named on the command line",
    Why.NOT_KNOWN: "no document is known at this address",
    Why.UNFINISHED: "a list named it in an earlier run, which ended before it was read",
    Why.FULL: "everything is asked for again",
    Why.TITLE_CHANGED: "a list has another title than the document: the post was edited",
    Why.NO_OVERLAP: "none of the newest posts was known: there may be more behind them",
    Why.DUE: "the interval since it was last looked at is over",
    Why.FAILED: "it failed or could not be read, and the time to try again has come",
    Why.KNOWN: "it is known, and the list has its title",
    Why.MISSING: "it is known and answered 404 though it should be there: it is asked once more",
    Why.WAITING: "it failed, and the time to try again has not come",
}
"""What each reason means, for people who ask why."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to fetch, and why."""

    fetch: bool
    why: Why


def decide_listed(
    listed: Listed, known: Known | None, page: Page | None, now: datetime, *, full: bool
) -> Decision:
    """Whether the page of a post that a list names is to be fetched; `page` is what was written of it."""
    if known is None:
        why = Why.NOT_KNOWN
    elif listed.title is not None and not _is_title(_as_shown(listed.title), _as_shown(known.title)):
        why = Why.TITLE_CHANGED
    else:
        return Decision(fetch=full, why=Why.FULL if full else Why.KNOWN)
    waits = page is not None and page.attempts and page.next_check is not None and page.next_check > now
    return Decision(fetch=False, why=Why.WAITING) if waits and not full else Decision(fetch=True, why=why)


def _is_title(listed: str, known: str) -> bool:
    """Whether a list shows this title, be it shortened."""
    shortened = listed.removesuffix("…").removesuffix("...").rstrip()
    is_cut = shortened != listed or len(shortened) >= _LEAST_CUT
    return known == listed or (is_cut and known.startswith(shortened))


_LEAST_CUT = 8
"""Characters of a title from which on a list may have cut it without a sign."""


def _as_shown(title: str) -> str:
    """As a reader would have it: the home page escapes titles, some of which were escaped before."""
    for _ in range(_MOST_ESCAPED):
        title = unescaped(title)
    return canonical_title(title)


_MOST_ESCAPED = 4


def cut_groups(posts: Iterable[Listed], seen_before: Collection[str]) -> frozenset[str]:
    """The addresses of posts in groups of the home page behind which there may be more that is new.

    A group shows the newest posts of one tag. With fewer than it may show, it shows them all. With one that
    was seen before in a list, all that is older was seen with it. Only a full group of posts never seen
    says that its category's own page must be read.
    """
    groups = [[post.address for post in group] for group in groups_of(posts).values()]
    # The largest group tells how many are shown, should the site show fewer one day.
    full = min(HOME_LIMIT, max(map(len, groups), default=0))
    cut = (group for group in groups if len(group) >= full)
    return frozenset(one for group in cut if not any(a in seen_before for a in group) for one in group)


@dataclass(frozen=True, slots=True)
class Overflow:
    """Posts may have come and gone unseen: those published after `since` and before `until`."""

    since: datetime
    until: datetime
    why: str


def decide_long_silence(
    last_look: datetime | None, now: datetime, window: Window = FINEWS_WINDOW
) -> Overflow | None:
    """Whether the site went unseen for longer than it keeps a post, since its home page last answered."""
    if last_look is None or now - last_look <= window.length or not window.posts_leave:
        return None
    return Overflow(last_look, now - window.length, "not seen for longer than a post stays")


_TOLERANCE = timedelta(days=1)
"""How much earlier or later than its time a post may leave without anybody wondering."""


def decide_displaced(
    listed: Sequence[Listed], of_category: Mapping[str, Known], now: datetime
) -> Overflow | None:
    """Whether a category's page, asked because nothing on the home page was known, has lost what was known.

    `of_category` are the category's documents that were on the site at the last look. Where they have
    simply come of age nothing is lost: the category was quiet. But where one should still be there, or
    stayed long after its time, the site's window has moved on without us.
    """
    if not listed or any(post.address in of_category for post in listed):
        return None
    dated = [known.published for known in of_category.values() if known.published]
    missing = [at for at in dated if abs(at + FINEWS_WINDOW.length - now) > _TOLERANCE]
    if not missing:
        return None
    return Overflow(max(missing), now, "none of a category's known posts is listed any more")


_FIRST_RECHECK = timedelta(hours=1)
_LONGEST_RECHECK = timedelta(hours=12)
_LONGEST_AFTER_WINDOW = timedelta(days=7)
_LIST_RECHECK = timedelta(days=1)


class Rule(StrEnum):
    """The rules that say when a post is looked at again."""

    INTERVAL = "interval"
    LAST_LOOK = "last-look"
    EXPIRED = "expired"


RULE_SAID: Mapping[Rule, str] = {
    Rule.INTERVAL: "when as much time again has passed as since it was first seen: an hour at least, "
    "12 hours at most, a week once its time on the site is over",
    Rule.LAST_LOOK: "an hour before it leaves the site, to have its last state",
    Rule.EXPIRED: "just after it should have left the site, to find it gone",
}


@dataclass(frozen=True, slots=True)
class Look:
    """When a post is looked at again, and by which rule."""

    at: datetime
    rule: Rule


def next_post_look(
    first_seen: datetime, published: datetime | None, now: datetime, window: Window = FINEWS_WINDOW
) -> Look | None:
    """When a post that has just been read is looked at again; None for never.

    When as much time again has passed as since it was first seen, for edits come early in a post's life: an
    hour at least, half a day at most while it should be on the site, a week if it stays longer. Besides an
    hour before it leaves, to have its last state, and once after that, to find it gone. A post that does not
    leave is looked at until its window is over.
    """
    since = published or first_seen
    is_over = now - since > window.length
    if is_over and not window.posts_leave:
        return None
    longest = _LONGEST_AFTER_WINDOW if is_over else _LONGEST_RECHECK
    due = now + min(max(now - first_seen, _FIRST_RECHECK), longest)
    ages = {Rule.LAST_LOOK: window.last_look, Rule.EXPIRED: window.expired} if window.posts_leave else {}
    looks = [Look(since + age, rule) for rule, age in ages.items() if since + age > now]
    return min([Look(due, Rule.INTERVAL), *looks], key=lambda look: look.at)


def next_post_check(
    first_seen: datetime, published: datetime | None, now: datetime, window: Window = FINEWS_WINDOW
) -> datetime | None:
    """When that is, by whatever rule."""
    look = next_post_look(first_seen, published, now, window)
    return look.at if look else None


def next_list_check(address: str, now: datetime) -> datetime:
    """When a category's page is looked at again though nothing calls for it: in a day, more or less.

    Posts that arrive late, dated before the newest five, are named there alone. Every page has its own
    share of the day, so that 2,000 of them are not asked within the hour.
    """
    share = hashlib.sha256(address.encode()).digest()[0] / 255 - 0.5
    return now + _LIST_RECHECK * (1 + share / 2)


_FIRST_RETRY = timedelta(minutes=5)
_LONGEST_RETRY = timedelta(hours=6)
_LEAST_ATTEMPTS = 3
_LONGEST_REST = timedelta(hours=1)
"""How long a server's ``Retry-After`` is heeded: one that says a year means no more than a while."""


def after_failure(
    page: Page, now: datetime, retry_after: float = 0, window: Window = FINEWS_WINDOW
) -> Page | None:
    """The page after it failed once more; None where it is given up.

    It is tried again after 5 minutes, then 10, 20 … up to 6 hours, and not before the server asked
    (`retry_after`, seconds). A post that could never be read in all the time that the site keeps one is
    given up, and so is a list that has been failing for as long; a post that was read before is asked for
    once a week from then on, until it is found gone.
    """
    wait = min(_FIRST_RETRY * 2 ** min(page.attempts, 10), _LONGEST_RETRY)
    if now - (page.checked_at or page.wanted_since) > window.length and page.attempts >= _LEAST_ATTEMPTS:
        if page.kind is not PageKind.POST or page.checked_at is None:
            return None
        wait = _LONGEST_AFTER_WINDOW
    rest = min(timedelta(seconds=retry_after), _LONGEST_REST)
    why = page.why if page.why == Why.NO_OVERLAP else Why.FAILED
    return replace(page, next_check=now + max(wait, rest), attempts=page.attempts + 1, why=why)


def root_after_failure(page: Page, now: datetime, retry_after: float) -> Page:
    """A root after it failed: the next run asks it again, unless the server has asked for time."""
    rest = min(timedelta(seconds=retry_after), _LONGEST_REST)
    return replace(page, attempts=page.attempts + 1, next_check=now + rest if retry_after else None)


def is_gone(known: Known, page: Page, now: datetime, window: Window = FINEWS_WINDOW, *, full: bool) -> bool:
    """Whether a known post whose page has just answered 404 or 410 is gone, rather than missing for now.

    One that should still be there may be back in a minute: a site is published anew, or a proxy errs. So it
    is asked once more, unless everything is looked at anyway.
    """
    is_early = not window.posts_leave or now < (known.published or known.first_seen) + window.last_look
    return full or not is_early or page.why == Why.MISSING
