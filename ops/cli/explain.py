"""`archive explain`: why a document or an address is as it is."""

from typing import Annotated

import typer

from ops.terminal import write_fields, write_heading, write_json, write_line
from ops.wiring import configured, sources_of, store_or_empty

EXAMPLES = """\
Examples:

    archive explain NW202201232258000001
    archive explain https://finews.withounder.com/luwang/2022/01/23/NW202201232258000001.html
    archive explain https://finews.withounder.com/ --limit 10
    archive explain 000_9ce2ea0a0398f1d2.txt --json | jq '.standing'"""


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="URL|CODE",
            help="An address, known or not, or what archive show takes: a document's id, share link, the "
            "beginning of its content hash, the name of its file.",
        ),
    ],
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="The newest so many captures.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Explain a document or an address: its history, and how it stands.

    Told are every fetch with its reason, revisions, duplicates, rejections, exports; then what the next crawl
    makes of it. Of an address that was never met: whose it is, and what to do to have it.
    """
    import socket  # noqa: PLC0415 with the rest: `--help` needs none of it
    from datetime import UTC, datetime  # noqa: PLC0415

    from archive.archive import Archive  # noqa: PLC0415
    from ops.explain.reading import Asker, read_known  # noqa: PLC0415
    from ops.explain.shape import explain_json  # noqa: PLC0415
    from ops.explain.view import history_lines, identity_fields, standing_fields  # noqa: PLC0415

    settings = configured()
    asker = Asker(socket.gethostname(), settings.user_agent, limit, datetime.now(UTC))
    with store_or_empty(settings) as store:
        known = read_known(Archive(store, settings.warc), sources_of(settings), name, asker)
    if json:
        write_json(explain_json(known))
        return
    write_fields(identity_fields(known))
    write_line()
    write_heading("history (UTC)")
    for line in history_lines(known):
        write_line(line)
    write_line()
    write_heading("now")
    write_fields(standing_fields(known))
