"""What is looked up to verify an exported folder: whether documents and contents were ever there."""

from archive.documents import content_hash
from archive.store import Store
from tests.archive.store.samples import document, seen, sourced


def test_addresses_are_those_of_the_documents_that_there_are(store: Store) -> None:
    twin = seen(1, source="cinic", address="")
    store.write([*(seen(number) for number in range(520)), twin], None)
    documents = [*(sourced(number) for number in range(520)), sourced(1, source="cinic", address="")]
    expected = {(one.source, one.source_id): one.address for one in documents}
    strangers = [("cinic", documents[2].source_id), ("nobody", "1"), ("\x00", "\udcff")]
    assert store.exports.addresses([*expected, *strangers]) == expected
    assert store.exports.addresses([]) == {}


def test_contents_are_known_even_where_no_document_has_them_any_more(store: Store) -> None:
    store.write([seen(1)], None)
    store.write([seen(1, "<p>neu</p>", at=1)], None)
    titled = [document(1), document(1, "<p>neu</p>")]
    hashes = {content_hash(one.title, one.body) for one in titled}
    assert store.exports.known_contents([*hashes, "f" * 64]) == hashes
