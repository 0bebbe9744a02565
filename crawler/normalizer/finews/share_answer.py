"""The answer of the share API: the article's HTML as its outlet wrote it."""

import json
import re

from archive.documents import canonical_text
from crawler.normalizer.decode import decode
from crawler.normalizer.rejected import Reason, Rejected

_KEYS = ("text", "content")
"""Outlet news and flashes, in this order; no other key is promised."""
_WHOLE_PAGE = re.compile(r"\s*<(?:!doctype|html)\b", re.IGNORECASE)
_INDENT = "\u3000\u3000"


def read_share_answer(data: bytes) -> str:
    """The article's HTML, without the pairs of ideographic spaces that the site's posts do not have.

    Raises `Rejected` for whatever is not an article: errors in HTML, JSON without the key, empty text.
    """
    answer = _json_object(decode(data))
    bodies = [body for key in _KEYS if isinstance(body := answer.get(key), str)]
    if not bodies:
        raise Rejected(Reason.NO_BODY, f"keys {', '.join(sorted(answer))[:80] or 'none'}")
    body = next((body for body in bodies if body.strip()), "")
    if _WHOLE_PAGE.match(body):
        raise Rejected(Reason.NO_BODY, "a whole page in place of an article")
    # Lone surrogates can be written in JSON, but not in UTF-8.
    body = body.encode("utf-8", "replace").decode().replace("\0", "\ufffd").replace(_INDENT, "")
    if not canonical_text(body):
        raise Rejected(Reason.EMPTY, "no text and no image")
    return body


def _json_object(text: str) -> dict[str, object]:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Rejected(Reason.NOT_JSON, f"begins {text.strip()[:40]!r}") from error
    if not isinstance(answer, dict):
        raise Rejected(Reason.NOT_JSON, f"a JSON {type(answer).__name__}, not an object")
    return answer
