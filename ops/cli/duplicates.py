"""`archive duplicates`: texts that are nearly the same."""

from typing import TYPE_CHECKING, Annotated

import typer

from archive.similarity import LOWEST_THRESHOLD, THRESHOLD
from ops.cli.selecting import (
    Category,
    From,
    OfFidelity,
    Outlet,
    Query,
    Source,
    Until,
    refuse_unknown,
    selected,
)
from ops.progress import Progress
from ops.terminal import write_cut, write_heading, write_json, write_line, write_table
from ops.views.duplicates import COLUMNS, NUMBERS, group_json, group_rows, group_title, summary
from ops.wiring import configured, open_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archive.store.sketches import Carried
    from ops.duplicates.finding import Group

EXAMPLES = """\
Examples:

    archive duplicates
    archive duplicates --source finews --from 2022-01-01 --limit 100
    archive duplicates --threshold 0.9
    archive duplicates --json | jq -r '.[].members[1:][].documents[].address'"""
_SHOWN = ("missing", "sketched", "contents", "searched", "compared")


def duplicates(  # noqa: PLR0913 one for each way to select
    source: Source = None,
    category: Category = None,
    outlet: Outlet = None,
    fidelity: OfFidelity = None,
    *,
    from_: From = None,
    until: Until = None,
    query: Query = None,
    threshold: Annotated[
        float,
        typer.Option(
            min=LOWEST_THRESHOLD,
            max=1,
            help="How similar: the share of wording that two texts have in common, less for other numbers.",
        ),
    ] = THRESHOLD,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="The largest so many groups.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="As JSON, with all documents of each group.")] = False,
) -> None:
    """List texts that are nearly the same, group by group: syndicated copies, later editions, truncated ones.

    The first of a group was published first; the others are similar to it, by the number in front of them.
    A row is a content, with the number of documents that have exactly it and the first of these. Texts of
    under 60 characters or so are never similar to others.

    What a text is compared by is kept, so that the first time takes longest.
    """
    from ops.duplicates.finding import near_duplicates  # noqa: PLC0415 no `--help` needs the store

    selection = selected(source, category, outlet, fidelity, from_=from_, until=until, query=query)
    with open_store(configured(), create=False) as store:
        refuse_unknown(store, selection)
        with Progress("near-duplicates", _SHOWN) as progress:
            found = near_duplicates(store, selection, threshold, on_progress=progress)
        shown = found.groups[:limit]
        hashes = (member.content_hash for group in shown for member in group.members)
        carried = store.sketches.carried(hashes, selection)
    if json:
        write_json([group_json(group, carried) for group in shown])
        write_cut(len(shown), len(found.groups), "largest")
        return
    _write_groups(shown, carried)
    write_line(summary(found, shown))


def _write_groups(groups: "Sequence[Group]", carried: "Mapping[str, Carried]") -> None:
    for group in groups:
        write_heading(group_title(group))
        write_table(COLUMNS, group_rows(group, carried), NUMBERS, whole="document")
        write_line()
