"""The options that select documents: the same for every command that is about some of them."""

import shlex
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from archive.documents import SHANGHAI, Fidelity
from archive.errors import UsageError
from archive.store.selection import Selection

if TYPE_CHECKING:
    from archive.store import Store

Source = Annotated[list[str] | None, typer.Option("--source", metavar="NAME", help="Only these sources.")]
Category = Annotated[
    list[str] | None, typer.Option("--category", metavar="SLUG", help="Only these categories.")
]
Outlet = Annotated[list[str] | None, typer.Option("--outlet", metavar="NAME", help="Only these outlets.")]
OfFidelity = Annotated[
    list[Fidelity] | None, typer.Option("--fidelity", help="Only those of this fidelity, or of these.")
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="Only what was published then or later, such as 2022-01-22."),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help="Only what was published before that time, or until the end of that day.",
    ),
]
Query = Annotated[
    str | None, typer.Option("--query", metavar="QUERY", help="Only what `archive search` finds for it.")
]


def selected(  # noqa: PLR0913 an option each
    source: list[str] | None = None,
    category: list[str] | None = None,
    outlet: list[str] | None = None,
    fidelity: list[Fidelity] | None = None,
    *,
    from_: str | None = None,
    until: str | None = None,
    query: str | None = None,
) -> Selection:
    """The selection that the options ask for. Raises `UsageError` for times that are none or empty.

    A day begins where it begins in Shanghai; a day that is the last one is part of it.
    """
    begin = moment("--from", from_) if from_ is not None else None
    end = _end("--until", until) if until is not None else None
    if begin and end and begin >= end:
        raise UsageError(f"--from {from_} is not before --until {until}: nothing lies between them")
    return Selection(
        sources=source,
        slugs=category,
        outlets=outlet,
        fidelities=fidelity,
        published_from=begin,
        published_until=end,
        query=query or "",
    )


def as_typed(selection: Selection) -> str:
    """The options that ask for the selection, as a shell takes them; empty for everything."""
    words: list[str] = []
    for option, values in (
        ("--source", selection.sources),
        ("--category", selection.slugs),
        ("--outlet", selection.outlets),
        ("--fidelity", selection.fidelities),
    ):
        words += [f"{option} {shlex.quote(str(value))}" for value in values or ()]
    for option, at in (("--from", selection.published_from), ("--until", selection.published_until)):
        words += [f"{option} {at.astimezone(SHANGHAI).isoformat()}"] if at else []
    words += [f"--query {shlex.quote(selection.query)}"] if selection.query else []
    return " ".join(words)


def refuse_unknown(store: "Store", selection: Selection) -> None:
    """Refuse a name that no document has: it was mistyped, and must not pass for one without documents.

    So also for names which no document has together. Raises `UsageError`.
    """
    if unknown := store.exports.unknown_names(selection):
        raise UsageError(
            f"no document of {', '.join(unknown)[:300]}; archive sources, archive report list names"
        )
    names = Selection(sources=selection.sources, slugs=selection.slugs, outlets=selection.outlets)
    if names.asked and next(store.holdings(names), None) is None:
        raise UsageError(f"no document of {as_typed(names)[:300]}")


def moment(option: str, text: str) -> datetime:
    """The time that an option was given, in Shanghai's time where it names no zone. Raises `UsageError`."""
    found = None
    with suppress(ValueError):
        found = datetime.fromisoformat(text)
    if found is None or not 1000 <= found.year < 9000:  # as documents have it, and every zone can express
        raise UsageError(
            f"{option} {text[:40]!r} is no time; expected 2022-01-22 or 2022-01-22T18:00+08:00 "
            "(Shanghai time where no zone is given)"
        )
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _end(option: str, text: str) -> datetime:
    """The first moment that is behind what the option was given."""
    at = moment(option, text)
    with suppress(ValueError):
        date.fromisoformat(text)
        return at + timedelta(days=1)
    return at
