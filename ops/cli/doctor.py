"""`archive doctor`: before the first run, and when in doubt."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer

from archive.errors import UsageError
from ops.doctor.findings import Finding, Level, from_error
from ops.terminal import write_json, write_line
from ops.wiring import configured, sources_of

EXAMPLES = """\
Examples:

    archive doctor
    archive doctor finews
    archive doctor --offline
    archive doctor --json | jq '.findings[] | select(.level != "ok")'"""
_UNWELL = 1
"""The exit code where there is a problem: what monitoring takes for an alarm."""
_WIDTH = 13
"""Of the column of checks; a source's name may be longer."""


def doctor(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Which sources to ask; those that are scheduled if none."),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no site.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Look at everything a crawl needs: configuration, folders, disk, store, clock, service, the sites.

    Each finding is ok, a warning or a problem, and says what to do. Each source is asked for six pages at the
    most, as politely as by a crawl: its newest article must become a document, and recorded pages must give
    what they gave. Nothing is stored. The exit code is 0 without a problem, 1 with one.
    """
    found = _told(_findings(names or [], is_offline=offline), is_shown=not json)
    if json:
        write_json(_as_json(found))
    if any(one.level is Level.PROBLEM for one in found):
        raise typer.Exit(_UNWELL)


def _findings(names: list[str], *, is_offline: bool) -> Iterator[Finding]:
    from ops.doctor.doctor import Doctor  # noqa: PLC0415 it takes half a second, which no `--help` needs

    try:
        settings = configured()
    except UsageError as error:
        yield from_error("configuration", error)
        return
    sources = sources_of(settings)
    for name in names:
        sources.check_name(name)
    yield from Doctor(settings, sources, names, is_offline).findings()


def _told(findings: Iterable[Finding], *, is_shown: bool) -> list[Finding]:
    """The findings, each shown as soon as it is known."""
    found = []
    for one in findings:
        found.append(one)
        if is_shown:
            _show(one)
    if is_shown:
        counted = Counter(one.level for one in found)
        problems, warnings = counted[Level.PROBLEM], counted[Level.WARNING]
        write_line(
            f"{len(found)} checks: {problems or 'no'} problem{'s' * (problems != 1)}, "
            f"{warnings or 'no'} warning{'s' * (warnings != 1)}"
        )
    return found


def _show(finding: Finding) -> None:
    write_line(f"{finding.level:7}  {finding.source or finding.check:{_WIDTH}}  {finding.what}")
    for line in finding.lines:
        write_line(f"{'':7}  {'':{_WIDTH}}    {line}")
    if finding.do:
        write_line(f"{'':7}  {'':{_WIDTH}}  → {finding.do}")


def _as_json(found: list[Finding]) -> dict[str, Any]:
    counted = Counter(one.level for one in found)
    return {
        "problems": counted[Level.PROBLEM],
        "warnings": counted[Level.WARNING],
        "findings": [
            {
                "level": str(one.level),
                "check": one.check,
                "source": one.source or None,
                "what": one.what,
                "do": one.do or None,
                "lines": list(one.lines),
            }
            for one in found
        ],
    }
