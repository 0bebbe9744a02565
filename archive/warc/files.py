"""The WARC files of one source: answers are appended, and what was never committed is cut off again."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from archive.errors import LeaseLost, StoreUnavailable
from archive.store.values import Answer, Capture, RecordType, WarcFile
from archive.warc.locked_file import LockedFile, explained, sync_folder
from archive.warc.originals import Originals
from archive.warc.records import is_not_modified, payload_digest, response, revisit, warcinfo
from archive.warc.recovery import Condition, condition_of

_MOST_BYTES = 1 << 30


class Ledger(Protocol):
    """What the store knows of WARC files and of what is in them."""

    def enter_warc(self, file: WarcFile) -> bool:
        """Enter a new file; False where its name is taken."""

    def seal_warc(self, name: str) -> None:
        """Note that nothing is appended to it any more."""

    def drop_warc(self, name: str) -> None:
        """Strike out a file that has no captures."""

    def warc_files(self, source: str | None = None, *, open_only: bool = False) -> list[WarcFile]:
        """The files of the source, by name; `open_only` leaves out those that are sealed."""

    def originals(self, digests: Iterable[str]) -> dict[str, Capture]:
        """By payload digest the capture whose record has that payload."""

    def payloads(self, addresses: Iterable[str]) -> dict[str, Capture]:
        """By address the newest capture of its payload."""


class WarcFiles:
    """Keeps answers in the files of `source` in the folder, for the run that holds the source's lease.

    The ledger alone says how much of a file is committed: `keep` begins by cutting off what is beyond. So
    bytes of a transaction that failed, or of a run that was killed, never stand between two captures.
    Raises `StoreUnavailable` where the folder or a file cannot be used, `LeaseLost` where another run has
    taken the files over.
    """

    def __init__(self, folder: Path, ledger: Ledger, source: str, *, most_bytes: int = _MOST_BYTES) -> None:
        self._folder, self._ledger, self._source, self._most_bytes = folder, ledger, source, most_bytes
        self._files: dict[str, LockedFile] = {}
        self._entries: dict[str, WarcFile] = {}

    def recover(self) -> list[str]:
        """Take up what earlier runs left open; what the user should know of it, a line each.

        Touches no file but those that the ledger has as open ones of this source. One that has room is
        written on, the others are sealed. One that was never finished is removed; a damaged one is sealed and
        left as it is.
        """
        self.close()
        with explained(self._folder):
            sync_folder(self._folder)  # without it every file would seem to be missing
        lines = [self._recover(file) for file in self._ledger.warc_files(self._source, open_only=True)]
        return [line for line in lines if line]

    def keep(self, answers: Sequence[Answer]) -> list[Capture]:
        """Append the answers in their order, and bring them to disk; the captures to be stored.

        They count as kept when the store has committed them. After any error nothing was kept.
        """
        digests = [payload_digest(answer.body) for answer in answers]
        self._cut_to_ledger()
        originals = self._originals(answers, digests)
        captures: list[Capture] = []
        try:
            for answer, digest in zip(answers, digests, strict=True):
                original = originals.original_of(answer, digest)
                captures.append(self._append(answer, digest, original))
                originals.add(answer, captures[-1], original)
            for name in dict.fromkeys(capture.warc_file for capture in captures):
                with explained(self._folder / name):
                    self._files[name].sync()
        except BaseException:
            self._cut_back()
            raise
        return captures

    def close(self) -> None:
        """Let go of the files. They stay open in the ledger: the next run writes on."""
        for name in list(self._files):
            self._let_go(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _recover(self, file: WarcFile) -> str:
        """Take up a file, or have done with it; what is to be said of it, if anything."""
        path = self._folder / file.name
        with explained(path):
            try:
                self._hold(file, LockedFile.open(path))
            except FileNotFoundError:
                return self._bring_to_agree(file, condition_of(file, None, ""))
            except BlockingIOError:
                return f"{path}: another process has it open; left to that one"
            held = self._files[file.name]
            head_sha256 = held.head_sha256(file.head_length)
            return self._bring_to_agree(file, condition_of(file, held.size, head_sha256))

    def _bring_to_agree(self, file: WarcFile, condition: Condition) -> str:
        """Make file and ledger say the same, in steps that can be done again after a kill."""
        path = self._folder / file.name
        if condition is Condition.SOUND:
            self._files[file.name].cut(file.length)
            if len(self._files) > 1 or not self._has_room(file.name):
                self._seal(file.name)
            return ""
        if condition is Condition.UNMADE:
            path.unlink(missing_ok=True)
            sync_folder(self._folder)
            self._ledger.drop_warc(file.name)
            self._let_go(file.name)
            return ""
        self._seal(file.name)
        return f"{path}: {condition.value}"

    def _cut_to_ledger(self) -> None:
        """Cut off what was not committed since, and seal what is full."""
        if not self._files:
            return
        entries = {file.name: file for file in self._ledger.warc_files(self._source, open_only=True)}
        for name, file in list(self._files.items()):
            if name not in entries:
                raise LeaseLost(f"{file.path}: another run has taken it over; nothing more is written")
            self._entries[name] = entries[name]
            with explained(file.path):
                if not file.is_as_long_as_it_was():
                    raise StoreUnavailable(
                        f"{file.path}: was shortened by another program; see `archive verify`"
                    )
                file.cut(entries[name].length)
            if not self._has_room(name):
                self._seal(name)

    def _cut_back(self) -> None:
        """Give back the room, as far as the disk lets us; the next `keep` or recovery does the rest."""
        for name, file in self._files.items():
            with suppress(OSError):
                file.cut(self._entries[name].length)

    def _originals(self, answers: Sequence[Answer], digests: Sequence[str]) -> Originals:
        not_modified = {answer.address for answer in answers if is_not_modified(answer)}
        payloads = self._ledger.payloads(not_modified) if not_modified else {}
        with_payload = {digest for answer, digest in zip(answers, digests, strict=True) if answer.body}
        with_payload |= {found.payload_digest for found in payloads.values()}
        by_digest = self._ledger.originals(with_payload) if with_payload else {}
        by_address = {
            address: found if found.record is RecordType.RESPONSE else by_digest[found.payload_digest]
            for address, found in payloads.items()
            if found.record is RecordType.RESPONSE or found.payload_digest in by_digest
        }
        return Originals(by_digest, by_address)

    def _append(self, answer: Answer, digest: str, original: Capture | None) -> Capture:
        name = self._name_with_room(answer.fetched_at)
        file = self._files[name]
        capture = Capture(
            address=answer.address,
            fetched_at=answer.fetched_at,
            status=answer.status,
            payload_digest=digest,
            payload_bytes=len(answer.body),
            etag=answer.header("ETag"),
            last_modified=answer.header("Last-Modified"),
            truncated=answer.truncated,
            record=RecordType.REVISIT if original else RecordType.RESPONSE,
            warc_file=name,
            warc_offset=file.size,
            took=answer.took,
            why=answer.why,
        )
        member = revisit(answer, capture, original) if original else response(answer, capture)
        with explained(file.path):
            file.append(member)
        sha256 = hashlib.sha256(member).hexdigest()
        return replace(capture, warc_length=len(member), record_sha256=sha256)

    def _name_with_room(self, at: datetime) -> str:
        return next((name for name in self._files if self._has_room(name)), "") or self._begin(at)

    def _has_room(self, name: str) -> bool:
        return self._files[name].size < self._most_bytes

    def _begin(self, at: datetime) -> str:
        """Begin a file; its name."""
        stem = f"{self._source}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        names = (f"{stem}-{serial:05}.warc.gz" for serial in count())
        return next(name for name in names if self._make(name, at))

    def _make(self, name: str, at: datetime) -> bool:
        """Make a file of that name; False where the name is taken.

        It is entered first: then nothing of ours is ever in the folder without the ledger knowing it. The
        name of a stranger's file is not even entered: recovery would take what stands there for ours.
        """
        path = self._folder / name
        head = warcinfo(name, self._source, at)
        sha256 = hashlib.sha256(head).hexdigest()
        file = WarcFile(name, self._source, len(head), len(head), sha256, sealed=False)
        with explained(path):
            if os.path.lexists(path) or not self._ledger.enter_warc(file):
                return False
            try:
                self._hold(file, LockedFile.create(path, head))
            except FileExistsError:
                self._ledger.drop_warc(name)
                return False
        return True

    def _hold(self, file: WarcFile, held: LockedFile) -> None:
        self._files[file.name], self._entries[file.name] = held, file

    def _seal(self, name: str) -> None:
        self._ledger.seal_warc(name)
        self._let_go(name)

    def _let_go(self, name: str) -> None:
        if file := self._files.pop(name, None):
            del self._entries[name]
            file.close()
