"""`archive sources`: what is crawled, by which rules, and how current it is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import UsageError
from ops.exit_codes import ExitCode
from ops.fetching import Fetched, fetch
from ops.terminal import write_fields, write_json, write_line, write_note, write_table, write_text
from ops.views.sources import COLUMNS, broken_json, seen_in, source_json, source_row
from ops.wiring import configured, crawl_plan, sources_of, store_or_empty

if TYPE_CHECKING:
    from crawler.sources.registry import Sources
    from crawler.sources.source import Source
    from crawler.sources.trial import Trial

EXAMPLES = """\
Examples:

    archive sources
    archive sources --json
    archive sources check cinic
    archive sources try http://www.cinic.org.cn/hy/tx/910001.html"""
CHECK_EXAMPLES = """\
Examples:

    archive sources check
    archive sources check cinic"""
TRY_EXAMPLES = """\
Examples:

    archive sources try http://www.cinic.org.cn/hy/tx/910001.html
    archive sources try http://www.cinic.org.cn/hy/tx/
    archive sources try http://www.cinic.org.cn/hy/tx/910001.html --page saved.html
    archive sources try http://www.cinic.org.cn/hy/tx/910001.html --record"""
_LINES_SHOWN = 6
_WIDTH_SHOWN = 100


def sources(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the sources: their state, the last run, how fresh their documents are.

    Sources are declared in files: some come with the program, yours lie in the folder sources. How to add
    one is told in docs/adding-a-source.md.
    """
    if context.invoked_subcommand is not None:
        return
    settings = configured()
    known = sources_of(settings)
    with store_or_empty(settings) as store:
        found = [seen_in(store, source, known.files.get(source.name)) for source in known]
    broken = [(name, known.files[name], str(error)) for name, error in known.broken.items()]
    if json:
        write_json([*map(source_json, found), *(broken_json(*one) for one in broken)])
    else:
        rows = [*map(source_row, found), *([name, "", "broken", "-", "-", "-"] for name, _, _ in broken)]
        write_table(COLUMNS, rows, ("documents",))
    for error in known.broken.values():
        write_note(f"archive: {error}")
    if known.broken:
        raise typer.Exit(ExitCode.USAGE)


def check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Which sources; all if none.")
    ] = None,
) -> None:
    """Run the rules of sources against their recorded pages: does the same come out as ever?"""
    known = sources_of(configured())
    wrong, broken = 0, 0
    for name in dict.fromkeys(names or sorted(known.files)):
        if name in known.broken:
            write_note(f"archive: {known.broken[name]}")
            broken += 1
        else:
            wrong += _check(known, known.named(name))
    if broken or wrong:
        raise typer.Exit(ExitCode.USAGE if broken else ExitCode.PARTIAL)


def _check(known: "Sources", source: "Source") -> int:
    """How many of the source's recorded pages are not as they should be."""
    from crawler.sources.recorded import checked  # noqa: PLC0415 parsers take a while, and `--help` needs none
    from crawler.sources.registry import recorded_folder  # noqa: PLC0415 as above

    path = known.files.get(source.name)
    if path is None:
        raise UsageError(
            f"{source.name} has no source file: its rules are in the program, and tested with it"
        )
    folder = recorded_folder(path)
    pages = list(checked(source, folder))
    if not pages:
        write_line(
            f"{source.name}: no recorded pages in {folder}; archive sources try URL --record makes some"
        )
        return 1
    for page in pages:
        write_line(f"{source.name}: {page.page.name}: {page.problem or 'as expected'}")
        for line in page.difference:
            write_line(f"    {line}")
    return sum(not page.is_right for page in pages)


def try_(
    url: Annotated[str, typer.Argument(metavar="URL", help="A page: an article, a list, a feed.")],
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="FILE", help="The page as it was saved: nothing is fetched."),
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Keep the page and what came out as a recorded page.")
    ] = False,
    whole: Annotated[bool, typer.Option("--whole", help="Show all of what comes out.")] = False,
) -> None:
    """Show what would be extracted from a page, field by field, and by which rule.

    The page is fetched as politely as in a crawl. Nothing is stored.
    """
    from crawler.sources.asked_pages import whose  # noqa: PLC0415 as above
    from crawler.sources.trial import tried  # noqa: PLC0415 as above

    settings = configured()
    known = sources_of(settings)
    ((source, (address,)),) = whose(known, [url])
    owner = known.owner_of(address)
    if owner and owner.declaration:
        source = owner  # also of pages that it knows nothing of: which is what there is to find out
    fetched = Fetched(_read(page), address) if page else fetch(crawl_plan(settings, source), address)
    trial = tried(source, fetched.data, fetched.address)
    written = _record(known, source, fetched, trial) if record else None
    _show(source, fetched.address, trial, whole=whole)
    if written:
        write_line()
        write_line(f"recorded {written} and {written.with_suffix(trial.kind).name}: read the latter over")
    if trial.problem:
        raise typer.Exit(ExitCode.NOTHING_PARSED)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error


def _show(source: "Source", address: str, trial: "Trial", *, whole: bool) -> None:
    owner = f"{source.name} ({source.title})" if source.declaration else f"{source.name}, without rules"
    write_fields([("source", owner), ("address", address)])
    write_line()
    if trial.fields:
        rows = [(name, value[:_WIDTH_SHOWN], by) for name, value, by in trial.fields]
        write_table(("field", "found", "by"), rows)
    if trial.problem:
        write_line()
        write_line(f"nothing comes out: {trial.problem}")
        return
    write_line()
    lines = trial.text.split("\n")
    if whole or len(lines) <= 3 * _LINES_SHOWN:
        write_text(trial.text)
        return
    more = f"… {len(lines) - 3 * _LINES_SHOWN} more lines, shown with --whole …"
    for line in (*lines[: 2 * _LINES_SHOWN], more, *lines[-_LINES_SHOWN:]):
        write_line(line if len(line) <= _WIDTH_SHOWN else f"{line[:_WIDTH_SHOWN]}…")


def _record(known: "Sources", source: "Source", fetched: Fetched, trial: "Trial") -> Path:
    from crawler.sources.recorded import record  # noqa: PLC0415 as above
    from crawler.sources.registry import recorded_folder  # noqa: PLC0415 as above
    from crawler.sources.trial import DOCUMENT  # noqa: PLC0415 as above

    path = known.files.get(source.name)
    if path is None or trial.problem:
        reason = "nothing came out of it" if path else f"{source.name} has no source file"
        raise UsageError(f"{fetched.address}: not recorded, {reason}")
    name = source.source_id_in(fetched.address) if trial.kind == DOCUMENT else ""
    name = name or fetched.address.rstrip("/").rpartition("/")[2]
    plain = "".join(one if one.isalnum() or one in "-_" else "-" for one in name)[:80]
    return record(recorded_folder(path), fetched.data, trial, plain or "page")
