"""`archive schedule`: the service that has crawls begin, and what it has planned."""

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from archive.errors import ArchiveError, StoreAbsent
from ops.configuration.schedules import schedules_of
from ops.exit_codes import ExitCode, code_of_error
from ops.logs.keeping import service_log
from ops.terminal import write_json, write_line, write_note, write_table
from ops.views.runs import minute, moment
from ops.wiring import configured, log_keeping, open_store, sources_of

if TYPE_CHECKING:
    from archive.store import Store
    from archive.store.values import Run
    from scheduler.schedules import Schedule

RUN_EXAMPLES = """\
Examples:

    archive schedule run
    ARCHIVE_SCHEDULES='{"finews": {"every": "5m"}}' archive schedule run"""
LIST_EXAMPLES = """\
Examples:

    archive schedule list
    archive schedule list --json | jq -r '.[].next'"""
_COLUMNS = ("schedule", "source", "when", "last slot (UTC)", "became", "next (UTC)", "next there")


def run() -> None:
    """Run the service: crawls begin when their schedules say so, until it is stopped.

    Each crawl is a process of its own. Of several services on one store one leads, and another takes over
    when it dies. What went by while none was running is caught up with in one run. SIGTERM has crawls under
    way end within 10 seconds; a second one ends them at once. /healthz and /metrics are answered at
    service_listen.
    """
    from ops.serving.service import run_service  # noqa: PLC0415 it takes half a second, which no `--help` needs

    settings = configured()
    sources = sources_of(settings)
    schedules = schedules_of(settings.schedules, sources)
    code = ExitCode.DONE
    log = service_log(settings.logs, settings.log_level, log_keeping(settings))
    with log, open_store(settings) as store:
        for schedule in schedules:
            write_line(f"{schedule.name}: {schedule.when}{' --full' * schedule.full}")
        try:
            run_service(settings, store, sources, schedules)
        except ArchiveError as error:
            write_note(f"archive: {error}")
            code = code_of_error(error)
    # Threads that wait for a store, or for whoever takes alerts, are not waited for.
    sys.stdout.flush()
    os._exit(code)


def list_(json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the schedules: what they say, what became of their last slot, when the next one comes."""
    settings = configured()
    schedules = schedules_of(settings.schedules, sources_of(settings))
    try:
        with open_store(settings, create=False) as store:
            found = [(schedule, _last_slot(store, schedule)) for schedule in schedules]
    except StoreAbsent:  # nothing has run yet
        found = [(schedule, None) for schedule in schedules]
    now = datetime.now(UTC)
    if json:
        write_json([_as_json(schedule, last, now) for schedule, last in found])
    elif found:
        write_table(_COLUMNS, [_row(schedule, last, now) for schedule, last in found])
    else:
        write_line("no schedules")


def _last_slot(store: "Store", schedule: "Schedule") -> "Run | None":
    newest = store.slots.newest(schedule.name)
    return store.slots.at(schedule.name, newest) if newest else None


def _row(schedule: "Schedule", last: "Run | None", now: datetime) -> list[str]:
    coming = _next(schedule, now)
    there = coming.astimezone(ZoneInfo(schedule.zone)) if coming else None
    return [
        schedule.name,
        schedule.source + " --full" * schedule.full,
        schedule.when,
        minute(last.slot_at if last else None),
        (last.outcome or last.state) if last else "-",
        minute(coming),
        f"{there:%H:%M %Z}" if there else "-",
    ]


def _as_json(schedule: "Schedule", last: "Run | None", now: datetime) -> dict[str, Any]:
    coming = _next(schedule, now)
    return {
        "schedule": schedule.name,
        "source": schedule.source,
        "every_seconds": schedule.every.total_seconds() if schedule.every else None,
        "cron": schedule.cron or None,
        "timezone": schedule.zone,
        "jitter_seconds": schedule.jitter.total_seconds(),
        "full": schedule.full,
        "last_slot": moment(last.slot_at) if last and last.slot_at else None,
        "last_run": last.id if last else None,
        "last_state": str(last.state) if last else None,
        "last_outcome": last.outcome if last else None,
        "next": moment(coming) if coming else None,
    }


def _next(schedule: "Schedule", now: datetime) -> datetime | None:
    from scheduler.schedules import next_begin  # noqa: PLC0415 as above

    return next_begin(schedule, now)
