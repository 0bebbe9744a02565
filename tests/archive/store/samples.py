"""Values to store, with all that does not matter to a test filled in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument
from archive.store.values import Capture, ImportedFile, Observation, Page, PageKind, Rejection, WarcFile

T0 = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)


def later(minutes: float) -> datetime:
    """A time after the beginning of the test's day."""
    return T0 + timedelta(minutes=minutes)


def document(number: int = 1, body: str | None = None, **changes: Any) -> Document:
    """A document that differs from others by its number."""
    plain = Document(
        title=f"上证指数第{number}报",
        published=datetime(2024, 5, 1, 9, 30, tzinfo=SHANGHAI) + timedelta(minutes=number),
        slug="kuaixun",
        outlet="东方财富",
        tags=("东方财富新闻",),
        body=f"<p>收盘第{number}段。</p>" if body is None else body,
        link=f"https://finance.example/a/{number}.html",
        return_url="//finews.withounder.com/category/kuaixun",
    )
    return replace(plain, **changes)


def sourced(
    number: int = 1,
    body: str | None = None,
    *,
    source: str = "finews",
    fidelity: Fidelity = Fidelity.PAGE,
    address: str | None = None,
    **changes: Any,
) -> SourcedDocument:
    """The same at its source."""
    return SourcedDocument(
        source=source,
        source_id=f"20240501{number:06}",
        address=f"https://{source}.example/{number}.html" if address is None else address,
        share_address=f"https://share.example/{source}/{number}",
        fidelity=fidelity,
        document=document(number, body, **changes),
    )


def seen(number: int = 1, body: str | None = None, at: float = 0, **changes: Any) -> Observation:
    """A sight of a document, `at` minutes after T0."""
    return Observation(later(at), sourced(number, body, **changes))


def imported(
    number: int = 1,
    body: str | None = None,
    *,
    name: str,
    data: bytes = b"file",
    at: float = 0,
    **changes: Any,
) -> Observation:
    """A sight of a document in a file."""
    changes = {"fidelity": Fidelity.IMPORT, "address": "", **changes}
    return Observation(later(at), sourced(number, body, **changes), ImportedFile(name, data))


def capture(address: str = "https://finews.example/1.html", at: float = 0, **changes: Any) -> Capture:
    """A retrieval."""
    return replace(Capture(address, later(at), 200, f"sha256:{'0' * 64}", 4096, '"e1"', "Wed"), **changes)


def page(number: int = 1, at: float = 0, **changes: Any) -> Page:
    """The page of a document of that number, due `at` minutes after T0 and not read yet."""
    address = f"https://finews.example/{number}.html"
    return replace(Page("finews", address, PageKind.POST, "not_known", T0, later(at)), **changes)


def gone(*numbers: int, at: float = 0, source: str = "finews") -> Observation:
    """Documents that the source has taken away."""
    return Observation(later(at), gone=tuple((source, f"20240501{number:06}") for number in numbers))


def warc_file(name: str = "finews-1.warc.gz", **changes: Any) -> WarcFile:
    """A WARC file with nothing in it but its head."""
    return replace(WarcFile(name, "finews", 300, 300, "f" * 64, sealed=False), **changes)


def rejected(number: int = 1, at: float = 0, captures: int = 1) -> Observation:
    """A page that did not become a document, with as many captures."""
    address = f"https://finews.example/{number}.html"
    return Observation(
        later(at),
        captures=tuple(capture(address, at + n, status=200 + n) for n in range(captures)),
        rejection=Rejection(address, "parse", "no_body", "no element with class post-content"),
    )
