"""`archive verify`: whether what is kept is still what was written."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archive.errors import StoreAbsent
from ops.configuration.settings import Settings
from ops.exit_codes import ExitCode
from ops.progress import Progress
from ops.terminal import write_json, write_line, write_note
from ops.views.runs import size
from ops.wiring import configured

if TYPE_CHECKING:
    from archive.store import Store
    from archive.verification import Finding

EXAMPLES = """\
Examples:

    archive verify
    archive verify ./seeds
    archive verify --json | jq '.findings[].where'"""
_MB = 1_000_000


def verify(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="DIR", help="Folders exported to, to be verified as well.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Verify the store, the WARC files and exported folders, byte by byte.

    Every capture is read from its place in its WARC file, every content is hashed again, every exported
    file is compared with its manifest. Damage is listed with its file and offset, and makes the exit
    code 7. Notes are harmless. Nothing is changed.
    """
    settings = configured()
    counted: Counter[str] = Counter()
    with ExitStack() as opened:
        store = _store(settings, bool(folders), opened)
        with Progress("verify", ("MB to check", "MB checked", "captures", "contents", "files")) as progress:
            findings = list(_findings(store, settings, folders or [], _Counted(counted, progress)))
    is_damaged = any(finding.kind == "damage" for finding in findings)
    if json:
        write_json(_as_json(findings, counted, store is not None))
    else:
        _show(findings, counted, store is not None)
    if is_damaged:
        raise typer.Exit(ExitCode.STORAGE)


class _Counted:
    """Counts what was looked at, and shows it as it grows."""

    def __init__(self, counted: "Counter[str]", progress: Progress) -> None:
        self._counted, self._progress = counted, progress

    def __call__(self, name: str, count: int) -> None:
        self._counted[name] += count
        checked = -(-self._counted["bytes"] // _MB)
        known = max(-(-self._counted["bytes to check"] // _MB), checked)
        self._progress({**self._counted, "MB to check": known, "MB checked": checked})


def _store(settings: Settings, has_folders: bool, opened: ExitStack) -> "Store | None":
    """The store, or None where folders are all that there is to verify here."""
    from archive.store import Store  # noqa: PLC0415 it takes half a second, which no `--help` needs

    try:
        return opened.enter_context(Store.open(settings.store_address, create=False))
    except StoreAbsent as error:
        if not has_folders or any(settings.warc.glob("*.warc.gz*")):
            raise
        write_note(f"archive: the store was not verified: {error}")
        return None


def _findings(
    store: "Store | None", settings: Settings, folders: list[Path], counted: _Counted
) -> "Iterator[Finding]":
    from archive.verification import verify_export, verify_store  # noqa: PLC0415 as above

    if store:
        yield from verify_store(store, settings.warc, counted)
    for folder in folders:
        yield from verify_export(folder, store, counted)


def _show(findings: "list[Finding]", counted: "Counter[str]", with_store: bool) -> None:
    for finding in findings:
        write_line(str(finding))
    looked_at = f"{counted['captures']} captures, {counted['contents']} contents, " if with_store else ""
    bad = sum(finding.kind == "damage" for finding in findings)
    result = f"damage in {bad} place{'s' * (bad > 1)}" if bad else "no damage"
    write_line(f"verified {looked_at}{counted['files']} exported files, {size(counted['bytes'])}: {result}")


def _as_json(findings: "list[Finding]", counted: "Counter[str]", with_store: bool) -> dict[str, Any]:
    names = ("captures", "contents", "files", "bytes")
    return {
        "store_verified": with_store,
        "checked": {name: counted[name] for name in names},
        "findings": [
            {"kind": one.kind, "where": one.where, "offset": one.offset, "what": one.what} for one in findings
        ],
    }
