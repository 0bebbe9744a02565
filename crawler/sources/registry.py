"""All sources there are: finews, those that come with the program, and those of the user's own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from archive.errors import UsageError
from crawler.normalizer.generic.web_addresses import GENERIC, IMPORTED
from crawler.sources.loading import load_declaration
from crawler.sources.source import FINEWS, Source, declared_source

BUILT_IN = Path(__file__).parent
"""The folder of the source files that come with the program."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_RESERVED = {FINEWS.name, IMPORTED, GENERIC, "robots"}


@dataclass(slots=True)
class Sources:
    """The sources by name. A broken file breaks what needs its source, and nothing else."""

    by_name: dict[str, Source] = field(default_factory=lambda: {FINEWS.name: FINEWS})
    files: dict[str, Path] = field(default_factory=dict)
    """Where those stand that a file declares."""
    broken: dict[str, UsageError] = field(default_factory=dict)
    """What is wrong with the files that could not be loaded."""

    @classmethod
    def load(cls, *folders: Path) -> Self:
        """The sources of the program and of the folders; a file takes the place of one of its name before."""
        sources = cls()
        for folder in (BUILT_IN, *folders):
            for path in sorted(folder.glob("*.toml")):
                sources._add(path)
        return sources

    def named(self, name: str) -> Source:
        """The source of that name. Raises `UsageError` that names those there are, or says what is wrong."""
        self.check_name(name)
        if name in self.broken:
            raise self.broken[name]
        return self.by_name[name]

    def check_name(self, name: str) -> None:
        """Raise `UsageError` that names the sources there are, for the name of none."""
        if name not in self.by_name and name not in self.broken:
            known = ", ".join(sorted({*self.by_name, *self.broken}))
            raise UsageError(f"unknown source {name!r:.60}; there is: {known}")

    def owner_of(self, address: str) -> Source | None:
        """The source whose host the address is on. Raises `UsageError` for a broken file: it may own it."""
        self.check()
        try:
            host = urlsplit(address).hostname
        except ValueError:
            return None
        return next((source for source in self.by_name.values() if host in source.hosts), None)

    def identity_of(self, address: str) -> tuple[str, str] | None:
        """Source and source_id of the article at an address, where a source owns it and can tell."""
        source = self.owner_of(address)
        source_id = source.source_id_in(address) if source else None
        return (source.name, source_id) if source and source_id else None

    def check(self) -> None:
        """Raise what is wrong with the first broken file, if any is."""
        for error in self.broken.values():
            raise error

    def __iter__(self) -> Iterator[Source]:
        return iter(self.by_name.values())

    def _add(self, path: Path) -> None:
        name = path.stem
        self.by_name.pop(name, None)
        self.broken.pop(name, None)
        self.files[name] = path
        try:
            _check_name(path)
            source = declared_source(name, load_declaration(path))
            self._refuse_shared(source, path)
        except UsageError as error:
            self.broken[name] = error
        else:
            self.by_name[name] = source

    def _refuse_shared(self, source: Source, path: Path) -> None:
        for other in self.by_name.values():
            if shared := sorted(source.hosts & other.hosts):
                raise UsageError(
                    f"{path}: hosts: {shared[0]} belongs to the source {other.name}; a host has one source"
                )


def _check_name(path: Path) -> None:
    if not _NAME.fullmatch(path.stem) or path.stem in _RESERVED:
        raise UsageError(
            f"{path}: the name of the file is that of the source; expected lower-case letters, digits and "
            f"hyphens, such as my-site.toml, and none of {', '.join(sorted(_RESERVED))}"
        )


def recorded_folder(path: Path) -> Path:
    """The folder with the recorded pages of the source that a file declares."""
    return path.with_suffix("")
