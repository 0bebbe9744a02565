"""The files beside those of the contents: templates, pages that list others."""

import hashlib
from collections.abc import Iterable

from archive.errors import ExportError
from archive.exports.by_content.plan import Plan
from archive.exports.folder import ExportFolder


class Beside:
    """Such files of a folder; they are few, and small.

    `is_untouched` says that the folder has them as they are listed.
    """

    def __init__(self, target: ExportFolder, plan: Plan, *, is_untouched: bool) -> None:
        self._target, self._plan, self._is_untouched = target, plan, is_untouched
        self._staged: dict[str, int] = {}
        self._stale: set[str] = set()
        self.written = self.replaced = self.unchanged = 0

    def stage(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Keep those that the folder has not.

        Raises `ExportError` where somebody else's file has the name, or anything that is no plain file.
        """
        claimed = self._target.claimed()
        self._stale = set(claimed)
        for number, (name, data) in enumerate(files, self._plan.first_free_number()):
            sha256 = hashlib.sha256(data).hexdigest()
            listed = self._plan.listed_sha256(name)
            self._plan.want_extra(name, sha256)
            self._stale.discard(name)
            if (listed if listed and self._is_untouched else self._target.digest(name)) == sha256:
                self.unchanged += 1
                continue
            is_foreign = not listed and name not in claimed and self._plan.is_taken(name)
            if is_foreign or self._plan.is_blocked(name):
                path = self._target.path / name
                raise ExportError(
                    f"{path}: not of an export, as far as the manifest says, and in the way of one; "
                    "move it away, or export into another folder"
                )
            self._target.stage(number, data)
            self._staged[name] = number
        self._target.refuse_blocked(self._staged)
        self._target.claim([name for name in self._staged if not self._plan.listed_sha256(name)])

    def place(self) -> None:
        """Put them into place."""
        for name, number in self._staged.items():
            is_there = self._plan.is_present(name)
            self._target.place(number, name, replaces=is_there)
            self.replaced += is_there
            self.written += not is_there

    def remove(self) -> None:
        """Delete those that are listed, or were claimed before a kill, and are not wanted any more."""
        for name in sorted(self._stale.union(self._plan.unwanted_extras())):
            if self._plan.is_present(name):
                self._target.remove(name)
