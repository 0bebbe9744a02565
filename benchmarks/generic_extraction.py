"""What extractors make of pages of many makes: precision and recall over the blocks of text, and time.

A block counts as found where its text, white space apart, is exactly the expected one; blocks that occur
several times must be found as often. Pages that hold no article expect no block. The pages are those recorded
for tests: `of many makes`, which the extractor was made with, and `of sources`, by which it was mended once.

Run as ``python -m benchmarks.generic_extraction [--misses]``.
"""

import argparse
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import justext  # type: ignore[import-untyped]
import trafilatura
from bs4 import BeautifulSoup
from lxml import html
from trafilatura.external import try_readability

from archive.documents import canonical_text, canonical_title, parse
from crawler.normalizer.decode import decode
from crawler.normalizer.generic.extractor import read_generic
from crawler.normalizer.rejected import Rejected

ROOT = Path(__file__).parents[1]
MADE_WITH = ROOT / "tests" / "crawler" / "normalizer" / "pages_of_many_makes"
SOURCES = (ROOT / "crawler" / "sources", ROOT / "fixtures" / "sources")
ADDRESS = "https://www.unknown.example/a.html"
Extract = Callable[[str], Iterable[str]]
Corpus = Mapping[str, tuple[str, list[str]]]


def of_many_makes() -> Corpus:
    """Page and blocks by name; the blocks stand below the first empty line of the file beside a page."""
    pages = {}
    for path in sorted(MADE_WITH.glob("*.html")):
        expected = path.with_suffix(".txt").read_text(encoding="utf-8").partition("\n\n")[2]
        pages[path.stem] = (path.read_text(encoding="utf-8"), blocks(expected.splitlines()))
    return pages


def of_sources() -> Corpus:
    """Page and blocks by name; the blocks are those of the document beside a page."""
    pages = {}
    for folder in SOURCES:
        for path in sorted(folder.glob("*/*.md")):
            text = canonical_text(parse(path.read_text(encoding="utf-8")).body)
            pages[path.stem] = (decode(path.with_suffix(".html").read_bytes()), blocks(text.splitlines()))
    return pages


def blocks(lines: Iterable[str]) -> list[str]:
    return [line for line in map(canonical_title, lines) if line]


def ours(page: str) -> Iterable[str]:
    try:
        return canonical_text(read_generic(page, ADDRESS).body).splitlines()
    except Rejected:
        return ()


def by_trafilatura(**options: bool) -> Extract:
    def extract(page: str) -> Iterable[str]:
        found = trafilatura.bare_extraction(page, include_comments=False, **options)  # type: ignore[arg-type]
        return (getattr(found, "text", None) or "").splitlines()

    return extract


def by_readability(page: str) -> Iterable[str]:
    found = try_readability(html.fromstring(page.encode()))
    return canonical_text(html.tostring(found, encoding="unicode")).splitlines()


def by_justext(page: str) -> Iterable[str]:
    """With bounds on length in Chinese characters, and no list of stop words, as it has none for Chinese."""
    paragraphs = justext.justext(
        page.encode(),
        frozenset(),
        length_low=20,
        length_high=60,
        stopwords_low=0,
        stopwords_high=0,
        encoding="utf-8",
    )
    return [paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate]


def all_paragraphs(page: str) -> Iterable[str]:
    return [paragraph.get_text() for paragraph in BeautifulSoup(page, "lxml").find_all("p")]


EXTRACTORS: Mapping[str, Extract] = {
    "ours": ours,
    "trafilatura": by_trafilatura(),
    "trafilatura, precision": by_trafilatura(favor_precision=True),
    "trafilatura, recall": by_trafilatura(favor_recall=True),
    "trafilatura, fast": by_trafilatura(fast=True),
    "readability": by_readability,
    "justext": by_justext,
    "all <p>": all_paragraphs,
}


def measure(extract: Extract, pages: Corpus, *, misses: bool) -> str:
    """A line of figures: precision, recall, F1, pages read without any difference, milliseconds a page."""
    found = expected = right = whole = 0
    started = time.perf_counter()
    for name, (page, wanted) in pages.items():
        got = blocks(extract(page))
        common = sum((Counter(got) & Counter(wanted)).values())
        found, expected, right, whole = (
            found + len(got),
            expected + len(wanted),
            right + common,
            whole + (got == wanted),
        )
        if misses and got != wanted:
            print(f"    {name}: {common} of {len(wanted)}, and {len(got) - common} others")
    milliseconds = (time.perf_counter() - started) * 1_000 / len(pages)
    precision, recall = right / max(found, 1), right / expected
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return f"{precision:9.3f} {recall:6.3f} {f1:6.3f} {whole:4}/{len(pages)} {milliseconds:6.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--misses", action="store_true", help="name the pages that come out differently")
    misses = parser.parse_args().misses
    logging.disable(logging.CRITICAL)
    for title, pages in (("of many makes", of_many_makes()), ("of sources", of_sources())):
        print(f"{title:24} precision recall     F1  whole  ms/page")
        for name, extract in EXTRACTORS.items():
            print(f"{name:24}{measure(extract, pages, misses=misses)}")


if __name__ == "__main__":
    main()
