"""The entry: one exported file and the documents that it stands for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an export, as the manifest lists it.

    `sha256` is over the file's bytes, `content_hash` is that of its content. The document named is the one
    that speaks for the content; `others` are the rest, as (source, source_id, address). A file that is of no
    content, such as a template, has a name and bytes only.
    """

    name: str
    sha256: str
    content_hash: str = ""
    source: str = ""
    source_id: str = ""
    address: str = ""
    others: tuple[tuple[str, str, str], ...] = ()
    group: str = ""
    """What the layout puts files together by; empty where it does not."""
    gone: bool = False
    """Whether the sources have taken away all of the documents."""

    @property
    def document(self) -> tuple[str, str]:
        """The identity of the document that speaks for the content."""
        return self.source, self.source_id

    @property
    def documents(self) -> frozenset[tuple[str, str]]:
        """The identities of all documents with this content."""
        return frozenset((self.document, *(other[:2] for other in self.others)))
