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
    WRONG_ARTICLE = "wrong-article"
    """Another post's page: the code in its share link is not the one in the address."""
    TOO_LONG = "too-long"
    """A title, slug, name or link of a length that no article's has."""
    NO_POSTS = "no-posts"
    """A list in which nothing looks like a list."""
    TOO_MANY = "too-many"
    """A list of more posts than the site can have."""
    NOT_JSON = "not-json"
    """An answer of the share API that is no JSON object, such as an error page in HTML."""
    NO_BODY = "no-body"
    """An answer of the share API without the key that holds the article."""
    NOT_A_DOCUMENT = "not-a-document"
    """A file that holds no document in any form known here."""
    UNPUBLISHED = "unpublished"
    """A post whose front matter says that it is not to be published."""


_MAX_DETAIL = 300


class Rejected(DocumentError):
    """Raised instead of returning half a document; `detail` says what was seen.

    It quotes hostile pages into logs and the store: it is kept short, on one line and encodable.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        detail = "".join(
            character if character.isprintable() else "\ufffd" for character in detail[:_MAX_DETAIL]
        )
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
