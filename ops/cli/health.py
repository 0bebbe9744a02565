"""`archive health`: is the service of this machine well? For a container's HEALTHCHECK."""

from typing import TYPE_CHECKING

import typer

from archive.errors import ArchiveError
from ops.configuration.settings import NOWHERE, Settings
from ops.exit_codes import ExitCode
from ops.terminal import write_line
from ops.wiring import configured, open_store

if TYPE_CHECKING:
    from archive.store import Store

EXAMPLES = """\
Examples:

    archive health"""
_SECONDS = 5.0
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 asked, not bound
"""Where a service is asked that listens on all addresses."""


def health() -> None:
    """Ask the scheduling service of this machine whether it is well; exit code 0 if so, else 1.

    It is asked at /healthz, within five seconds. One that listens nowhere (service_listen is none) is judged
    by its signs of life in the store.
    """
    settings = configured()
    try:
        is_well, told = _by_store(settings) if settings.service_listen == NOWHERE else _by_http(settings)
    except ArchiveError as error:
        is_well, told = False, str(error)
    write_line(f"{'well' if is_well else 'not well'}: {told}")
    raise typer.Exit(ExitCode.DONE if is_well else ExitCode.INTERNAL)


def _by_http(settings: Settings) -> tuple[bool, str]:
    import httpx  # noqa: PLC0415 it takes a while, and `--help` needs none

    from ops.serving.health import place_of  # noqa: PLC0415 as above

    host, port = place_of(settings.service_listen)
    url = httpx.URL(scheme="http", host=_EVERYWHERE.get(host, host), port=port, path="/healthz")
    try:
        with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
            answer = client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return False, f"{url}: {str(error) or type(error).__name__}; is the service running?"
    return answer.status_code == httpx.codes.OK, answer.text.strip()[:500]


def _by_store(settings: Settings) -> tuple[bool, str]:
    with open_store(settings, create=False) as store:
        return _sign_of_life(store)


def _sign_of_life(store: "Store") -> tuple[bool, str]:
    from ops.overview import is_alive  # noqa: PLC0415 as above
    from scheduler.runs import HOST  # noqa: PLC0415 as above

    here = [one for one in store.services.all() if one.host == HOST]
    if not here:
        return False, f"no service of {HOST} is in the store"
    latest = min(here, key=lambda one: one.silent)
    return is_alive(latest), f"process {latest.pid}, last heard of {latest.silent:.0f} s ago"
