"""The document: what one file of the corpus says."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from archive.errors import DocumentError

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The corpus' time zone. China keeps no daylight saving time, so a fixed offset says it all."""


@dataclass(frozen=True, slots=True)
class Document:
    """One article, as a front-matter file of the corpus carries it.

    `published` is aware and of whole seconds, or None where the site published none. `body` is the
    article's HTML, for a flash led by its digest as a Markdown quotation (``> DIGEST``, a blank line).
    `link` is the address in angle brackets behind the body: the share link, or the article's own
    address; empty where the site published an empty one (``<>``), None where there is no such line.
    `return_url` is where the link back to the category leads, None where there is none. `lost` is how many
    characters of a damaged original could not be restored: each is a question mark in title or body.

    Raises `DocumentError` for a naive or fractional time, for text that UTF-8 cannot carry, and for
    line breaks in the fields that stand on one line.
    """

    title: str
    published: datetime | None
    slug: str
    outlet: str
    tags: tuple[str, ...]
    body: str
    link: str | None
    return_url: str | None
    lost: int = 0

    def __post_init__(self) -> None:
        if self.published is not None:
            if self.published.utcoffset() is None:
                raise DocumentError(f"published time {self.published} has no time zone")
            if self.published.microsecond:
                raise DocumentError(f"published time {self.published} is finer than a second")
        for field in ("outlet", "link", "return_url"):
            if "\n" in (getattr(self, field) or ""):
                raise DocumentError(f"{field} has a line break")
        try:
            "\n".join((self.title, self.slug, self.outlet, *self.tags, self.body)).encode()
        except UnicodeEncodeError as error:
            raise DocumentError(f"text that UTF-8 cannot carry: {error.reason}") from error
