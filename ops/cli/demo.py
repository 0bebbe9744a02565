"""`archive demo`: see it work."""

import time
from pathlib import Path
from typing import Annotated

import typer

from ops.exit_codes import ExitCode
from ops.terminal import write_heading, write_line, write_note

EXAMPLES = """\
Examples:

    archive demo
    archive demo --posts 1000 --categories 40 --dir /tmp/demo"""


def demo(
    posts: Annotated[int, typer.Option(min=1, max=200_000, help="How many posts the site has.")] = 200,
    categories: Annotated[int, typer.Option(min=1, help="In how many categories.")] = 12,
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Where to; emptied if a demo was there before.")
    ] = Path("demo"),
) -> None:
    """Show the main job on a built-in double of the sites: no network, no settings.

    Crawls the double, exports the documents, checks them, and crawls again.
    """
    from ops.demo import Demonstration  # noqa: PLC0415 the double takes a while to load

    begun = time.monotonic()
    demonstration = Demonstration(folder.absolute(), posts, categories)
    demonstration.run()
    write_line()
    for promise in demonstration.broken:
        write_note(f"archive: not as promised: {promise}")
    if demonstration.broken:
        raise typer.Exit(ExitCode.INTERNAL)
    write_heading(f"All as promised, in {time.monotonic() - begun:.1f} s.")
    write_line("Next: archive crawl, for the site itself; archive --help for the rest.")
