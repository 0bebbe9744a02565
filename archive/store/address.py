"""The database's address: which it may be, and how it may be shown."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from archive.errors import UsageError

_EXPECTED = "expected sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
_SECRETS = ("password", "sslpassword")


def parse_address(url: str) -> URL:
    """The address with the driver that this program uses.

    Raises `UsageError` for what is no address, and for databases other than SQLite files and PostgreSQL.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # without the address itself: it may hold a password
        raise UsageError(f"the database's address cannot be read; {_EXPECTED}") from None
    backend = address.drivername.partition("+")[0]
    if backend in {"postgresql", "postgres"}:
        return address.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise UsageError(f"{show_address(address)}: not a database for this program; {_EXPECTED}")
    if address.database in {None, "", ":memory:"} or address.host:
        raise UsageError(f"{show_address(address)}: names no file; {_EXPECTED}")
    return address.set(drivername="sqlite")


def show_address(address: URL) -> str:
    """The address as it may be shown and logged: without passwords, a file by its path."""
    if address.drivername == "sqlite" and address.database and not address.host:
        return address.database
    hidden = {name: "***" for name in _SECRETS if name in address.query}
    plain = address.set(drivername=address.drivername.partition("+")[0]).update_query_dict(hidden)
    return plain.render_as_string(hide_password=True)
