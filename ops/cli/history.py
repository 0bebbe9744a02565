"""`archive history`: the revisions of a document."""

from typing import Annotated

import typer

from ops.naming import the_document
from ops.paging import NoPager, paged
from ops.terminal import terminal_width, write_fields, write_json, write_line, write_spans
from ops.wiring import configured, open_store

EXAMPLES = """\
Examples:

    archive history NW202201232258000001
    archive history 004_b3f52bfd8ea51a45.txt
    archive history NW202201232258000001 --json | jq '.revisions[-1].changed'"""
_MOST_SHARERS = 100


def history(
    name: Annotated[str, typer.Argument(metavar="ID", help="A document, named as for archive show.")],
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    no_pager: NoPager = False,
) -> None:
    """List the revisions of a document, the oldest first: when seen, by what run, what changed.

    Kept of each are title and text; what else was known of the document, as its address, only as of now.
    archive explain tells everything that happened to it besides.
    """
    from ops.views.revisions import Past, history_json, history_lines  # noqa: PLC0415 `--help` needs none of it

    with open_store(configured(), create=False) as store:
        stored = the_document(store, name)
        revisions = store.history.revisions(stored.id)
        hashes = {one.content_hash for one in revisions}
        past = Past(
            stored=stored,
            revisions=revisions,
            runs=store.history.runs(one.run_id for one in revisions if one.run_id is not None),
            sharers=store.history.sharers(stored.id, hashes, _MOST_SHARERS),
            files=store.history.files(stored.id),
        )
    if json:
        write_json(history_json(past))
        return
    with paged(wanted=not no_pager):
        write_fields([("document", past.name), ("title", stored.found.document.title)], {"title": "bold"})
        write_line()
        for line in history_lines(past, terminal_width()):
            write_spans(line)
