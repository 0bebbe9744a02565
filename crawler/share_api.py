"""Whether to go on asking the share API, which is slow and goes away for hours."""

_FAILURES_TO_REST = 20
"""In a row. A fault that hits half of all answers trips this once in two million posts."""
_POSTS_BETWEEN_TRIES = 50


class ShareApiHealth:
    """Gives the API a rest after many failures in a row, and tries it again now and then.

    The post's page serves in the meantime: its text is the same. Without this, an API that times out
    would hold up every one of thousands of posts for minutes, until the first of them expire.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._skipped = 0

    def should_ask(self) -> bool:
        """Whether to ask for the next post."""
        if self._failures < _FAILURES_TO_REST:
            return True
        self._skipped += 1
        return self._skipped % _POSTS_BETWEEN_TRIES == 0

    def answered(self) -> None:
        """It gave an article."""
        self._failures = 0

    def failed(self) -> None:
        """It gave none."""
        self._failures += 1
