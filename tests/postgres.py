"""A real PostgreSQL for the tests: started by them, on a socket of its own, and thrown away."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
}


class PostgresServer:
    """A running server, by its programs and the folder of its socket."""

    def __init__(self, programs: Path, folder: Path, user: str) -> None:
        self._programs, self._folder, self._user = programs, folder, user

    def url(self, database: str) -> str:
        """The address of a database as a user would write it."""
        return f"postgresql://{self._user}@/{database}?host={self._folder}"

    def create(self, database: str, encoding: str = "UTF8") -> str:
        """Create a database; its address.

        Its texts are sorted as Chinese is: what depends on the order of code points must say so itself.
        """
        self._psql(
            f'CREATE DATABASE "{database}" TEMPLATE template0 '
            f"ENCODING '{encoding}' LOCALE_PROVIDER icu ICU_LOCALE 'zh' STRATEGY FILE_COPY"
        )
        return self.url(database)

    def drop(self, database: str) -> None:
        self._psql(f'DROP DATABASE "{database}" WITH (FORCE)')

    def _psql(self, statement: str) -> None:
        _run(
            [self._programs / "psql", "-X", "-q", "-h", self._folder, "-U", self._user]
            + ["-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", statement]
        )


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where it is not installed."""
    places = [Path(place) for place in os.environ["PATH"].split(os.pathsep)]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places += sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True)
    for place in places:
        if all((place / name).exists() for name in ("initdb", "pg_ctl")):
            # initdb looks for its companions where it is itself, which a link to it may not be.
            return (place / "initdb").resolve().parent
    return None


@contextmanager
def running_postgres(programs: Path) -> Iterator[PostgresServer]:
    """A new server as long as the block lasts."""
    # A short path: that of a socket has 107 characters at most, and pytest's folders are long.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user, as_user = _unprivileged(folder)
    data = folder / "data"
    control = [*as_user, programs / "pg_ctl", "-D", data]
    try:
        _run(
            [*as_user, programs / "initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8"]
            + ["--locale", "C", "--no-sync"]
        )
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        _run([*control, "-w", "-l", folder / "log", "-o", f"-k {folder} {options}", "start"])
        try:
            yield PostgresServer(programs, folder, user)
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> tuple[str, list[str]]:
    """Who runs the server, and how to run a program as that user: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name, []
    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    become = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--"]
    return entry.pw_name, become


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
