"""A store's worth of articles, with copies of some."""

from datetime import datetime, timedelta

from archive.documents import SHANGHAI
from archive.store.values import Observation
from fixtures.draws import Draws
from fixtures.lookalikes.copies import COPIES
from fixtures.lookalikes.wording import event, paragraphs, report
from tests.archive.store.samples import seen

BEGIN = datetime(2024, 5, 1, 9, 0, tzinfo=SHANGHAI)


def sentences(number: int, count: int = 12) -> list[str]:
    draws = Draws("finding", number)
    return report(draws, event(draws), count)


def body(text: str) -> str:
    return "".join(f"<p>{line}</p>" for line in text.split("\n"))


def article(number: int) -> str:
    return body(paragraphs(Draws("finding", number), sentences(number)))


def copy(number: int, kind: str) -> str:
    return body(COPIES[kind](Draws("copy", number, kind), sentences(number)))


def corpus() -> list[Observation]:
    """Three articles with copies, one in two documents; ten without; flashes."""
    same = "海澜股份：目前生产经营正常。"
    return [
        seen(1, article(1)),
        seen(2, copy(1, "syndicated")),
        seen(3, copy(1, "truncated"), source="cinic"),
        seen(4, article(2), published=None),
        seen(5, copy(2, "a number updated"), published=BEGIN + timedelta(days=9)),
        seen(6, article(3)),
        seen(7, article(3), title="上证指数第6报"),
        *(seen(n, article(n)) for n in range(10, 20)),
        *(seen(n, body(same)) for n in range(20, 25)),
    ]
