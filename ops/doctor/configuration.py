"""Configuration: settings that may be meant otherwise, schedules, source files and their recorded pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from archive.errors import UsageError
from crawler.mirrors import Mirrors
from crawler.plan import USER_AGENT
from crawler.sources.recorded import Checked
from crawler.sources.registry import Sources
from crawler.sources.source import Source
from ops.configuration.schedules import schedules_of
from ops.configuration.settings import FILE, Settings
from ops.doctor.findings import Finding, from_error, ok, problem, warning
from scheduler.schedules import Schedule

_CHECK = "configuration"
_LINES_SHOWN = 6


def settings_findings(settings: Settings) -> Iterator[Finding]:
    """Where the settings come from."""
    file = FILE.absolute()
    origin = str(file) if file.is_file() else f"defaults and environment (there is no {file})"
    yield ok(_CHECK, f"{origin}; data in {settings.data_dir.absolute()}")


def mirror_findings(mirrors: Mapping[str, str], hosts: frozenset[str]) -> Iterator[Finding]:
    """Hosts that are not fetched from where they are; `hosts` are those of all sources."""
    for host in sorted(mirrors.keys() - hosts):
        if near := get_close_matches(host, hosts, n=1, cutoff=0.8):
            what = f"mirrors: {host} is a host of no source"
            yield warning(_CHECK, what, f"is {near[0]} meant? Correct it in ARCHIVE_MIRRORS or {FILE}")
    used = [f"{host} from {base}" for host, base in sorted(mirrors.items()) if host in hosts]
    if used:
        yield ok(_CHECK, f"mirrors: {', '.join(used)}")


def agent_findings(user_agent: str, sources: Iterable[Source], mirrors: Mirrors) -> Iterator[Finding]:
    """Live sites should be told who asks them."""
    live = sorted({host for source in sources for host in source.hosts if not mirrors.is_loopback(host)})
    if live and user_agent == USER_AGENT:
        yield warning(
            _CHECK,
            f"requests to {_some(live)} do not say who runs this (user_agent is the default)",
            f"set user_agent in {FILE}, such as 'finews-archive (+https://example.org; ops@example.org)': a "
            "site that has a complaint writes before it blocks",
        )


def _some(hosts: Sequence[str]) -> str:
    return hosts[0] if len(hosts) == 1 else f"{hosts[0]} and {len(hosts) - 1} more hosts"


def schedules_in(settings: Settings, sources: Sources) -> tuple[list[Schedule], Finding]:
    """The schedules in force, and how they stand."""
    try:
        found = schedules_of(settings.schedules, sources)
    except UsageError as error:
        return [], from_error("schedules", error, f"correct it in ARCHIVE_SCHEDULES or {FILE}")
    told = ", ".join(f"{one.source} {one.when}" for one in found)
    origin = "" if settings.schedules else "none configured, so by the sources' own: "
    return found, ok("schedules", f"{origin}{told or 'none'}")


def broken_finding(error: UsageError) -> Finding:
    """A source file that cannot be loaded."""
    return from_error("source file", error, "correct the file; `archive sources` reads it again")


def recorded_findings(source: str, folder: Path, pages: Sequence[Checked]) -> Iterator[Finding]:
    """Whether what comes out of the recorded pages is still what is expected."""
    check = "recorded pages"
    again = f"correct the source file, or what is expected: `archive sources check {source}` shows it whole"
    wrong = [page for page in pages if not page.is_right]
    for page in wrong:
        found = problem(check, f"{page.page}: {page.problem}", again)
        yield replace(found, lines=page.difference[:_LINES_SHOWN])
    if not pages:
        yield warning(
            check,
            f"{folder}: no recorded pages, so nothing would tell that a rule was broken",
            "record some: `archive sources try URL --record`",
        )
    elif not wrong:
        yield ok(check, f"{len(pages)} in {folder}: as expected")
