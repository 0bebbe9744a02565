"""The clock of this machine against those of others, and what the ledger has seen of it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ops.doctor.findings import Finding, Level, length, ok, problem, warning

_CHECK = "clock"
_OFF, _WRONG = 30.0, 300.0
"""Seconds from which on a difference is told, and is a problem: what is due, and when, goes by this clock."""
_SET_IT = "have the clock set by the network: `timedatectl set-ntp true`, or chrony"
_ZONE = "Asia/Shanghai"


def hosts_finding(skews: Mapping[str, float]) -> Finding:
    """This clock against those of hosts, given by how many seconds each is ahead.

    Where one host agrees, this clock is right, and it is the others that are not.
    """
    if not skews:
        return warning(_CHECK, "no host said what time it is", "compare `date -u` with another clock")
    host, skew = min(skews.items(), key=lambda one: abs(one[1]))
    return _finding(skew, f"that of {host}")


def database_finding(ahead: float) -> Finding:
    """This clock against that of the database server, by which leases are timed."""
    return _finding(ahead, "that of the database server")


def _finding(ahead: float, whose: str) -> Finding:
    if abs(ahead) <= _OFF:
        return ok(_CHECK, f"agrees with {whose}")
    told = f"{length(abs(ahead))} {'behind' if ahead > 0 else 'ahead of'} {whose}"
    level = Level.PROBLEM if abs(ahead) > _WRONG else Level.WARNING
    return Finding(level, _CHECK, f"this machine's clock is {told}", _SET_IT)


def ledger_findings(last_begun: datetime | None, now: datetime) -> Iterator[Finding]:
    """A run that begins later than now was begun by a clock that was set back since."""
    if last_begun is not None and last_begun - now > timedelta(seconds=_OFF):
        ahead = length((last_begun - now).total_seconds())
        yield warning(
            _CHECK,
            f"a run began {ahead} from now ({last_begun:%Y-%m-%d %H:%M} UTC): the clock was set back",
            f"is it right now? If so, nothing: schedules go on by it. If not: {_SET_IT}",
        )


def zone_finding() -> Finding:
    """Whether the sites' time zone is known."""
    try:
        ZoneInfo(_ZONE)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        what = f"nothing is known of {_ZONE}: schedules by the clock there cannot be kept"
        return problem("time zones", what, "install them: `pip install tzdata`, or the system's tzdata")
    return ok("time zones", f"{_ZONE} is known")
