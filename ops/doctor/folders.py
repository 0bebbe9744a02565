"""Folders: whether the archive can be written where it is to be."""

import errno
import os
import pwd
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ops.doctor.findings import Finding, ok, problem, warning

_CHECK = "folders"
_MOUNTS = Path("/proc/mounts")
_OCTAL = re.compile(r"\\([0-7]{3})")
_OVER_THE_NETWORK = frozenset(
    "9p afs beegfs ceph cifs fuse.ceph fuse.glusterfs fuse.rclone fuse.s3fs fuse.sshfs gfs2 glusterfs lustre "
    "nfs nfs4 ocfs2 smb3 smbfs".split()
)


def existing(folder: Path) -> Path:
    """The folder, or of those above it the first that there is."""
    folder = folder.absolute()
    return next(path for path in (folder, *folder.parents) if _is_there(path))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # within a folder that may not be entered
        return False


def folder_findings(folders: Sequence[Path]) -> Iterator[Finding]:
    """Whether a file can be made in each, which is tried; one that is not there is not made."""
    places = {folder: existing(folder) for folder in folders}
    refusals = {there: _refusal(there) for there in dict.fromkeys(places.values())}
    for there, reason in refusals.items():
        if reason:
            yield problem(_CHECK, f"{there}: cannot be written to ({reason})", _remedy(there, reason))
    well = [folder for folder, there in places.items() if not refusals[there]]
    made = [str(folder) for folder in well if places[folder] == folder.absolute()]
    missing = [str(folder) for folder in well if places[folder] != folder.absolute()]
    if made:
        yield ok(_CHECK, f"{', '.join(made)}: can be written to")
    if missing:
        yield ok(_CHECK, f"{', '.join(missing)}: not there yet, and can be made by the first crawl")


def _refusal(folder: Path) -> str:
    """Why no file can be made in the folder; empty where one can."""
    if not folder.is_dir():
        return "it is no folder"
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        return "disk full" if error.errno == errno.ENOSPC else os.strerror(error.errno or 0).lower()
    return ""


def _remedy(folder: Path, reason: str) -> str:
    if reason == "disk full":
        return "make room, or move data_dir to another disk"
    user = _user(os.geteuid())
    return f"give {user} the right to it (`chown -R {user} {folder}`), or name another folder in data_dir"


def owner_findings(files: Sequence[Path], user: int) -> Iterator[Finding]:
    """Files that are there and that `user`, who runs this, cannot use, or that are somebody else's."""
    for path in files:
        try:
            owner = path.stat().st_uid
        except OSError:
            continue
        if not os.access(path, os.R_OK | os.W_OK):
            yield problem(
                _CHECK,
                f"{path}: belongs to {_user(owner)}, and {_user(user)} may not read and write it",
                f"run as {_user(owner)}, or give it to {_user(user)}: `chown {_user(user)} {path}`",
            )
        elif user == 0 and owner != 0:
            yield warning(
                _CHECK,
                f"{path}: belongs to {_user(owner)}, and this is root: what root makes there, "
                f"{_user(owner)} cannot use",
                f"run crawls, and the doctor, as {_user(owner)}: `sudo -u {_user(owner)} archive doctor`",
            )


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def mounts() -> str:
    """What is mounted where, as Linux tells it; empty on other systems."""
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def network_findings(file: Path, mounted: str) -> Iterator[Finding]:
    """SQLite's file on a file system of another machine; `mounted` is what /proc/mounts says."""
    kind, point = mount_of(file, mounted)
    if kind in _OVER_THE_NETWORK:
        yield warning(
            "store",
            f"{file}: SQLite on {kind} ({point}): its write-ahead log needs memory that is shared, which "
            "there is on one machine alone",
            "put the database on a local disk (data_dir, database_url), or use PostgreSQL",
        )


def mount_of(path: Path, mounted: str) -> tuple[str, str]:
    """Kind and mount point of the file system that a path is on; empty where nothing is known."""
    kind, point = "", ""
    for line in mounted.splitlines():
        fields = [_OCTAL.sub(lambda found: chr(int(found[1], 8)), field) for field in line.split()]
        if len(fields) > 2 and path.is_relative_to(fields[1]) and len(fields[1]) >= len(point):
            kind, point = fields[2], fields[1]
    return kind, point
