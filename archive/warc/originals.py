"""Which earlier capture has the payload of an answer: a pure decision over what the store knows."""

from archive.store.values import Answer, Capture, Truncated
from archive.warc.records import is_not_modified


class Originals:
    """The captures that answers can refer to, instead of being kept with their payload once more.

    Begins with what the store has, by payload digest and by address, and learns from each capture that is
    kept. All of its captures are whole ``response`` records: no chain of revisits is to be followed.
    """

    def __init__(self, by_digest: dict[str, Capture], by_address: dict[str, Capture]) -> None:
        self._by_digest = by_digest
        self._by_address = by_address

    def original_of(self, answer: Answer, digest: str) -> Capture | None:
        """The capture with the answer's payload; None where the payload is new, empty or not whole."""
        if is_not_modified(answer):
            return self._by_address.get(answer.address)
        if answer.body and answer.truncated is Truncated.NOT:
            return self._by_digest.get(digest)
        return None

    def add(self, answer: Answer, capture: Capture, original: Capture | None) -> None:
        """Take into account that the answer is kept as `capture`."""
        if answer.truncated is not Truncated.NOT or is_not_modified(answer):
            return
        payload = original or capture
        if answer.body:
            self._by_digest[capture.payload_digest] = payload
        if answer.status == 200:
            self._by_address[answer.address] = payload
