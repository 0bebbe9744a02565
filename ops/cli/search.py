"""`archive search`: full text search."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.selecting import Category, From, OfFidelity, Outlet, Source, Until, refuse_unknown, selected
from ops.terminal import shows_styles, write_json, write_line, write_note, write_spans
from ops.views.hits import found_json, found_line, hit_lines
from ops.wiring import configured, open_store

if TYPE_CHECKING:
    from archive.store.search import Found

EXAMPLES = """\
Examples:

    archive search 央行
    archive search '"央行 降准" OR 加息 -美联储'
    archive search 5G手机 --outlet 鲁网 --from 2022-01-01 --until 2022-02-01
    archive search 电信 --sort newest --limit 50
    archive search 电信 --json | jq -r '.hits[].source_id'
    archive search --count -- '-电信 央行'"""
_MOST = 1000


class Sort(StrEnum):
    """What comes first."""

    RANK = "rank"
    NEWEST = "newest"


def search(  # noqa: PLR0913, PLR0917 the options of the command
    query: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY",
            help='What to look for: all words; "a phrase"; -not; this OR that. Quote it for the shell, and '
            "put -- before one that begins with -.",
            show_default=False,
        ),
    ],
    source: Source = None,
    category: Category = None,
    outlet: Outlet = None,
    fidelity: OfFidelity = None,
    from_: From = None,
    until: Until = None,
    sort: Annotated[
        Sort, typer.Option(help="The best first (hits in the title before all others), or the newest.")
    ] = Sort.RANK,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="Show so many.")] = 20,
    offset: Annotated[int, typer.Option(min=0, max=2**31, help="Leave out so many of the first.")] = 0,
    count: Annotated[bool, typer.Option("--count", help="Say how many there are, and nothing else.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Find documents by the words of their titles and texts.

    Chinese words of any length are found wherever they stand; other words and numbers as a whole: 5G is not
    in 15G. Capital letters and full width do not matter, nor does white space beside a Chinese character;
    punctuation does: A股 is in "A 股", and not in "A，股". A content that several documents have is shown
    once.
    """
    from archive.store import search as finding  # noqa: PLC0415 no `--help` needs the store

    asked = " ".join(query)
    selection = selected(source, category, outlet, fidelity, from_=from_, until=until)
    with open_store(configured(), create=False) as store:
        refuse_unknown(store, selection)
        by = finding.Sort(sort)
        found = store.search.find(asked, selection, by, limit=0 if count else limit, offset=offset)
    if count:
        _show_count(found, json)
    elif json:
        write_json(found_json(asked, found, offset))
    else:
        _show(found, offset)
    if not found.total:
        write_note(f"archive: nothing was found for {asked[:100]!r}")


def _show_count(found: "Found", json: bool) -> None:
    if json:
        write_json({"total": found.total})
    else:
        write_line(str(found.total))


def _show(found: "Found", offset: int) -> None:
    for hit in found.hits:
        for line in hit_lines(hit, has_styles=shows_styles()):
            write_spans(line)
        write_line()
    if found.hits:
        write_line(found_line(found, offset))
    elif found.total:
        write_note(f"archive: {found.total} found, none of them behind the first {offset}")
