"""Why a page did not become a document."""

from enum import StrEnum

from archive.errors import DocumentError


class Reason(StrEnum):
    """The named reasons, to count and to look for."""

    EMPTY = "empty"
    """Nothing came, or nothing that a reader would see."""
    UNDECODABLE = "undecodable"
    """Bytes that are neither UTF-8 nor GB18030."""
    TRUNCATED = "truncated"
    """The page ends before its article does."""
    NO_ARTICLE = "no-article"
    """A whole page, but not one of a post: the layout has changed, or it is an error in disguise."""
    NO_RETURN_LINK = "no-return-link"
    """Nothing says which outlet the article is from: slug and name stand in the link back alone."""
    NO_CODE = "no-code"
    """Neither the share link nor the address has the article's code, its identity."""
    NO_POSTS = "no-posts"
    """A list in which nothing looks like a list."""
    NOT_JSON = "not-json"
    """An answer of the share API that is no JSON object, such as an error page in HTML."""
    NO_BODY = "no-body"
    """An answer of the share API without the key that holds the article."""
    NOT_A_DOCUMENT = "not-a-document"
    """A file that holds no document in any form known here."""


class Rejected(DocumentError):
    """Raised instead of returning half a document; `detail` says what was seen."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
