"""Documents by the hundred thousand: Chinese text whose words are as unevenly common as those of a language.

Nothing is said in them. What matters for export, search and import holds: how long they are, how many words
there are, and how many documents have a common and a rare one.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument
from archive.store import Store
from archive.store.values import Observation

CALLED_FOR = ("央行", "5G", "降准", "A股", "新能源汽车", "碳中和", "北交所", "宁德时代")
"""Words that people look for, among the made ones: from one in ten documents to one in a thousand."""
_WORDS = 30_000
_BATCH = 200
_START = datetime(2022, 1, 1, tzinfo=SHANGHAI)
_APART = timedelta(seconds=43)
"""Between two posts: 2,000 a day."""


class Language:
    """A vocabulary, and the chance of each word by its rank."""

    def __init__(self, seed: int = 1) -> None:
        self._draw = random.Random(seed)
        # The first level of GB 2312: the 3,755 characters that are in common use.
        pairs = ((high, low) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
        characters = [bytes(pair).decode("gb2312", "ignore") for pair in pairs]
        characters = [character for character in characters if character]
        lengths = self._draw.choices((2, 3, 4), (75, 17, 8), k=_WORDS)
        self.words = ["".join(self._draw.choices(characters, k=length)) for length in lengths]
        for place, word in enumerate(CALLED_FOR):
            self.words[30 * 2**place] = word
        self._chances = list(accumulate(1 / (rank + 20) for rank in range(_WORDS)))

    def some(self, count: int) -> list[str]:
        """So many words, as they come."""
        return self._draw.choices(self.words, cum_weights=self._chances, k=count)

    def paragraph(self) -> str:
        """Some sentences."""
        clauses = ("".join(self.some(self._draw.randint(3, 9))) for _ in range(self._draw.randint(4, 12)))
        return f"<p>\u3000{'，'.join(clauses)}。</p>"

    def body(self) -> str:
        """The HTML of an article of some 850 characters."""
        return "\n".join(self.paragraph() for _ in range(self._draw.randint(2, 9)))


def documents(count: int) -> Iterator[SourcedDocument]:
    """So many documents of finews, of 1,000 outlets."""
    language = Language()
    for number in range(count):
        code = f"NW{20220101000000 + number:014}{number % 10_000:04}"
        outlet, slug = f"第{number % 1000}报", f"di{number % 1000}bao"
        published = _START + number * _APART
        share = f"http://finews.zning.xyz/html_News/NewsShare.html?infoCode={code}"
        document = Document(
            title="".join(language.some(6)),
            published=published,
            slug=slug,
            outlet=outlet,
            tags=(f"{outlet}新闻",),
            body=language.body(),
            link=share,
            return_url=f"//finews.withounder.com/category/{slug}.html",
        )
        address = f"https://finews.withounder.com/{slug}/{published:%Y/%m/%d}/{code}.html"
        yield SourcedDocument("finews", code, address, share, Fidelity.SOURCE, document)


def fill(store: Store, count: int) -> None:
    """Store so many documents."""
    batch: list[Observation] = []
    for found in documents(count):
        batch.append(Observation(datetime.now(UTC), found))
        if len(batch) == _BATCH:
            store.write(batch, None)
            batch.clear()
    store.write(batch, None)
