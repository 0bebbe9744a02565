"""The files beside those of the contents: templates, pages that list others."""

import hashlib
from collections.abc import Iterable

from archive.errors import ExportError
from archive.exports.by_content.plan import Plan
from archive.exports.folder import ExportFolder
from archive.exports.journal import Placement


class Beside:
    """Such files of a folder; they are few, and small.

    `is_untouched` says that the folder has them as they are listed.
    """

    def __init__(self, target: ExportFolder, plan: Plan, *, is_untouched: bool) -> None:
        self._target, self._plan, self._is_untouched = target, plan, is_untouched
        self.placements: list[Placement] = []
        self.written = self.replaced = self.unchanged = 0

    def stage(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Keep those that the folder has not.

        Raises `ExportError` where somebody else's file has the name, or anything that is no plain file.
        """
        for number, (name, data) in enumerate(files, self._plan.first_free_number()):
            sha256 = hashlib.sha256(data).hexdigest()
            listed = self._plan.listed_sha256(name)
            self._plan.want_extra(name, sha256)
            if (listed if listed and self._is_untouched else self._target.digest(name)) == sha256:
                self.unchanged += 1
                continue
            is_foreign = not listed and self._plan.is_taken(name)
            if is_foreign or self._plan.is_blocked(name):
                path = self._target.path / name
                raise ExportError(
                    f"{path}: not of an export, as far as the manifest says, and in the way of one; "
                    "move it away, or export into another folder"
                )
            self._target.stage(number, data)
            self.placements.append(Placement(number, name, sha256, self._plan.is_present(name)))
        self._target.refuse_blocked(placement.name for placement in self.placements)

    def place(self) -> None:
        """Put them into place."""
        for number, name, _, is_there in self.placements:
            self._target.place(number, name, replaces=is_there)
            self.replaced += is_there
            self.written += not is_there

    def stale(self) -> list[str]:
        """Those that are listed, lie there, and are not wanted any more."""
        return [name for name in self._plan.unwanted_extras() if self._plan.is_present(name)]

    def remove(self) -> None:
        """Delete those that are stale."""
        for name in self.stale():
            self._target.remove(name)
