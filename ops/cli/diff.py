"""`archive diff`: what changed between two revisions, or differs between two documents."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import UsageError
from ops.naming import revision_named, the_document
from ops.paging import NoPager, paged
from ops.terminal import shows_styles, terminal_width, write_fields, write_json, write_line, write_spans
from ops.wiring import configured, open_store

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.history import Revised
    from archive.store.values import Stored
    from ops.views.differences import Side

EXAMPLES = """\
Examples:

    archive diff NW202201232258000001
    archive diff NW202201232258000001 1
    archive diff NW202201232258000001 1 b3f52bfd8ea5 --stat
    archive diff NW202201222257607797 --with NW202201232258000001
    archive diff NW202201232258000001 --raw > changes.diff
    archive diff NW202201232258000001 --json | jq '.hunks[].lines[]'"""


_Old = Annotated[
    str | None,
    typer.Argument(
        metavar="OLD",
        help="The number of a revision, or the beginning of its content hash, from archive history; without "
        "it the last but one.",
        show_default=False,
    ),
]
_New = Annotated[
    str | None, typer.Argument(metavar="NEW", help="The same; without it the last.", show_default=False)
]
_Other = Annotated[
    str | None,
    typer.Option(
        "--with", metavar="ID", help="Another document: OLD is of the first, NEW of this, each the last."
    ),
]
_Context = Annotated[
    int, typer.Option("--context", "-U", min=0, max=1_000_000, help="Blocks around what changed.")
]
_Raw = Annotated[
    bool, typer.Option("--raw", help="Their files with the bodies' HTML, line by line, as diff -u.")
]


def diff(  # noqa: PLR0913, PLR0917 the options of the command
    name: Annotated[str, typer.Argument(metavar="ID", help="A document, named as for archive show.")],
    old: _Old = None,
    new: _New = None,
    other: _Other = None,
    context: _Context = 3,
    stat: Annotated[bool, typer.Option("--stat", help="How much changed, and not what.")] = False,
    raw: _Raw = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    no_pager: NoPager = False,
) -> None:
    """Show what changed between two revisions of a document: the last two, if no others are named.

    Blocks (paragraphs, as a reader sees them) are compared, and within a rewritten one its characters. Of
    earlier revisions title and text are kept, not what else was known of the document.
    """
    from ops.views import differences as view  # noqa: PLC0415 with the rest: `--help` needs none of it

    if raw and (json or stat):
        raise UsageError(f"--raw and {'--json' if json else '--stat'} cannot both be had")
    with open_store(configured(), create=False) as store:
        old_side, new_side = _sides(store, name, old, new, other)
        files = [_file(store, side) for side in (old_side, new_side) if side] if raw else []
    if old_side is None:
        _tell_the_only(new_side, json=json, raw=raw)
    elif raw:
        with paged(wanted=not no_pager):
            _write_patch(view.raw_lines(files[0], files[1], context))
    elif json:
        write_json(view.diff_json(view.compare(old_side, new_side), context, has_hunks=not stat))
    elif stat:
        write_fields(view.stat_fields(view.compare(old_side, new_side)))
    else:
        comparison = view.compare(old_side, new_side)
        with paged(wanted=not no_pager):
            for line in view.diff_lines(comparison, context, terminal_width(), has_styles=shows_styles()):
                write_spans(line)


def _sides(
    store: "Store", name: str, old: str | None, new: str | None, other: str | None
) -> "tuple[Side | None, Side]":
    """The two revisions; None where there is no older one, and none was named."""
    mine = _with_revisions(store, name)
    if other is not None:
        return _side(mine, old, 1), _side(_with_revisions(store, other), new, 1)
    if old is None and len(mine[1]) == 1:
        return None, _side(mine, new, 1)
    return _side(mine, old, 2), _side(mine, new, 1)


def _with_revisions(store: "Store", name: str) -> "tuple[Stored, list[Revised]]":
    stored = the_document(store, name)
    return stored, store.history.revisions(stored.id)


def _side(document: "tuple[Stored, list[Revised]]", named: str | None, from_end: int) -> "Side":
    from ops.views.differences import Side  # noqa: PLC0415 as above
    from ops.views.revisions import name_of  # noqa: PLC0415 as above

    stored, revisions = document
    place = len(revisions) - from_end
    if named is not None:
        place = revision_named(name_of(stored), revisions, named)
    return Side(stored, revisions[place], place)


def _file(store: "Store", side: "Side") -> tuple[str, str]:
    """The revision's name and file."""
    from ops.views.differences import file_of  # noqa: PLC0415 as above

    return side.said, file_of(side, store.history.body(side.revised.content_hash))


def _tell_the_only(side: "Side", *, json: bool, raw: bool) -> None:
    from ops.views.differences import side_json  # noqa: PLC0415 as above

    if json:
        write_json({"old": None, "new": side_json(side), "same": True, "hunks": []})
    elif not raw:
        write_line(f"{side.said}: the only one, so that there is nothing to compare it with")


def _write_patch(lines: Iterator[str]) -> None:
    """As they are where a program reads them; on a terminal safe, and in colours."""
    if not sys.stdout.isatty():
        for line in lines:
            sys.stdout.buffer.write(f"{line}\n".encode(errors="surrogateescape"))
        return
    styles = {"-": "red", "+": "green", "@": "cyan"}
    for line in lines:
        is_head = line.startswith(("--- ", "+++ "))
        write_spans([(line, "bold" if is_head else styles.get(line[:1], ""))])
