"""What a crawl decides, and why."""

import pytest

from archive.documents import Fidelity
from archive.store.values import Known
from crawler.decisions import Decision, Why, decide_listed
from crawler.normalizer import Listed

ADDRESS = "https://finews.withounder.com/luwang/2022/01/22/NW202201222257607797.html"


def known(title: str) -> Known:
    return Known("NW202201222257607797", "luwang", title, Fidelity.SOURCE, None)


def test_an_unknown_post_is_fetched() -> None:
    assert decide_listed(Listed(ADDRESS, "题"), None, full=False) == Decision(True, Why.NOT_KNOWN)


def test_a_known_post_is_left_alone() -> None:
    assert decide_listed(Listed(ADDRESS, "题"), known("题"), full=False) == Decision(False, Why.KNOWN)


def test_a_known_post_is_fetched_when_everything_is_asked_for() -> None:
    assert decide_listed(Listed(ADDRESS, "题"), known("题"), full=True) == Decision(True, Why.FULL)


def test_another_title_means_that_the_post_was_edited() -> None:
    assert decide_listed(Listed(ADDRESS, "新题"), known("题"), full=False) == Decision(
        True, Why.TITLE_CHANGED
    )


@pytest.mark.parametrize(
    ("listed", "stored"), [("A&amp;B &lt;10亿", "A&B <10亿"), ("题 \u3000目", "题 目"), (None, "题")]
)
def test_the_way_a_list_writes_a_title_is_no_edit(listed: str | None, stored: str) -> None:
    assert decide_listed(Listed(ADDRESS, listed), known(stored), full=False).why is Why.KNOWN
