"""A source as it is crawled for a month, to see how often times that are right are taken for wrong ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from ops.quality.zones import EIGHT_HOURS, Lags

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
DAYS = 30
_BY_HOUR = (1, 1, 1, 1, 1, 2, 5, 9, 10, 14, 12, 9, 6, 8, 9, 20, 14, 8, 6, 5, 4, 4, 3, 2)
"""How much is published at each hour: most when the market closes, at three in the afternoon."""


@dataclass(frozen=True, slots=True)
class Life:
    """How a source is crawled, and what goes wrong with its times."""

    documents: int = 2000
    every: float = 10 * MINUTE
    outlets: int = 40
    outages: int = 0
    nights: bool = False
    """Nobody crawls from midnight to eight, day after day."""
    listed_late: float = 0.0
    """The share that the site lists only after hours, of any number up to twelve."""
    shifted: frozenset[str] = frozenset()
    """Outlets whose times are wrong."""
    by: float = 0.0
    """By so much they seem to be published later."""


def lived(life: Life, seed: int) -> tuple[Lags, set[int]]:
    """The delays of a source, and which of its documents have a wrong time."""
    random = Random(seed)
    down = _outages(life, random)
    lags, wrong = Lags(), set()
    for number in range(life.documents):
        hour = random.choices(range(24), _BY_HOUR)[0]
        published = random.randrange(DAYS) * DAY + hour * HOUR + random.uniform(0, HOUR)
        listed = published + random.expovariate(1 / (2 * MINUTE))
        if random.random() < life.listed_late:
            listed += random.uniform(0, 12 * HOUR)
        seen = _next_crawl(listed, life.every, down)
        outlet = f"outlet {random.randrange(life.outlets)}"
        off = life.by if outlet in life.shifted else 0.0
        if off:
            wrong.add(number)
        lags.add(number, outlet, seen - published - off, seen)
    return lags, wrong


def _outages(life: Life, random: Random) -> list[tuple[float, float]]:
    down = [(day * DAY, day * DAY + EIGHT_HOURS) for day in range(DAYS + 1)] if life.nights else []
    for _ in range(life.outages):
        begin = random.uniform(0, DAYS * DAY)
        down.append((begin, begin + random.uniform(1, 14) * HOUR))
    return sorted(down)


def _next_crawl(at: float, every: float, down: Sequence[tuple[float, float]]) -> float:
    seen = (at // every + 1) * every
    for begin, end in down:
        if begin <= seen < end:
            seen = (end // every + 1) * every
    return seen
