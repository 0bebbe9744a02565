"""Captures: one for each response, carried by its request to whoever stores what came of it."""

from scrapy import Request

from archive.store.values import Answer

_KEY = "answers"
WHY = "why"
"""A request's note on why it is asked. Retries and redirects copy it, as they copy all notes."""
LOG = "answers_log"
"""A request's note with a list: there an asker who never sees the last of its retries finds all answers."""


def note_answer(request: Request, answer: Answer) -> None:
    """Note a response on the request that asked for it.

    Retries and redirects copy the request's notes, so that the last of them has the responses to all.
    """
    request.meta[_KEY] = (*answers_of(request), answer)
    if LOG in request.meta:
        request.meta[LOG].append(answer)


def answers_of(request: Request | None) -> tuple[Answer, ...]:
    """What was sent on the way to the answer of this request: the last is the answer itself."""
    found: tuple[Answer, ...] = request.meta.get(_KEY, ()) if request else ()
    return found


def carry_answers(request: Request, source: Request | None) -> None:
    """Have a request that continues another carry its answers on, to be stored with what comes of both."""
    request.meta[_KEY] = answers_of(source)
