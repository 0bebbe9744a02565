"""Sketches: small, the same everywhere, and true enough to find what is alike."""

import hashlib
import random
from statistics import fmean

import pytest

from archive.similarity import THRESHOLD
from archive.similarity import features as shingling
from archive.similarity import sketch as module
from archive.similarity.features import Features, features, similarity
from archive.similarity.sketch import MINIMA, SIZE, Estimate, Signature, sketch
from fixtures.lookalikes.pairs import labelled_pairs

GOLDEN = "".join(map(chr, range(0x4E00, 0x4E00 + 90))) + "，增长12.5%至1,200亿元。"


def shingles(count: int) -> list[int]:
    """So many made-up shingles, spread as hashes are."""
    return random.Random(count).sample(range(2**32), count)


def estimated(one: Features, other: Features) -> float:
    signatures = [Signature.of(sketch(found)) for found in (one, other)]
    return (signatures[0].minima ^ signatures[1].minima).to_bytes(MINIMA, "big").count(0) / MINIMA


def test_a_sketch_is_the_same_on_every_machine() -> None:
    made = sketch(features(GOLDEN))
    assert len(made) == SIZE
    assert (
        hashlib.sha256(made).hexdigest() == "39292bf634346627c9392bc0d9155be7462e81474802153746d38e9d349f36c3"
    )


def test_a_short_text_has_none() -> None:
    assert sketch(features("央行开展逆回购操作。")) == b""


@pytest.mark.parametrize("size", [60, 150, 1000])
@pytest.mark.parametrize("common", [0.3, 0.6, 0.9])
def test_the_share_of_shingles_is_estimated_without_bias(size: int, common: float) -> None:
    errors = []
    drawn, shared = shingles(60_000), round(2 * size * common / (1 + common))
    for start in range(0, 60_000 - 2 * size, 57_000 // 40):
        one = Features(set(drawn[start : start + size]), set())
        other = Features(set(drawn[start + size - shared : start + 2 * size - shared]), set())
        exactly = len(one.shingles & other.shingles) / len(one.shingles | other.shingles)
        errors.append(estimated(one, other) - exactly)
    assert abs(fmean(errors)) < 0.025  # three standard errors of the mean of 40
    assert max(map(abs, errors)) < 0.2


def test_shingles_that_were_chosen_to_fall_together_make_a_sketch_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen, others = (Features({number * MINIMA for number in range(n, n + 60)}, set()) for n in (0, 60))
    assert len(sketch(chosen)) == SIZE
    assert estimated(chosen, chosen) == 1.0
    monkeypatch.setattr(module, "_ROUNDS", 1)  # none draws again: all parts but one are filled in the end
    assert estimated(chosen, others) < 0.1


def test_what_is_similar_is_not_refused_and_most_of_what_is_not_is() -> None:
    refused = {True: 0, False: 0}
    number = {True: 0, False: 0}
    estimate = Estimate(THRESHOLD)
    for pair in labelled_pairs(3, 15):
        one, other = features(pair.first), features(pair.second)
        if not one.is_short and not other.is_short:
            is_similar = similarity(one, other) >= THRESHOLD
            number[is_similar] += 1
            refused[is_similar] += not estimate(Signature.of(sketch(one)), Signature.of(sketch(other)))
    assert refused[True] == 0
    assert refused[False] > 0.9 * number[False] > 50


def test_reports_of_one_make_are_refused_by_their_numbers_alone() -> None:
    words = "".join(map(chr, range(0x5000, 0x5000 + 300)))
    one, other = (features(words + " ".join(map(str, range(start, start + 8)))) for start in (100, 200))
    signatures = Signature.of(sketch(one)), Signature.of(sketch(other))
    assert estimated(one, other) > THRESHOLD
    assert Estimate(THRESHOLD)(*signatures) == 0.0


def test_the_numbers_of_a_long_text_of_which_a_part_is_kept_do_not_speak_against_a_shorter_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draws = random.Random(1)
    words = ["".join(chr(draws.randrange(0x4E00, 0x9000)) for _ in range(60)) for _ in range(100)]
    long = "".join(f"{word}{number}" for number, word in enumerate(words, 1000))
    shorter = features(long[: len(long) * 64 // 100])
    monkeypatch.setattr(shingling, "_MOST", 2048)
    whole = features(long)
    assert whole.sampled > shorter.sampled == 1
    assert similarity(whole, shorter) > THRESHOLD
    assert Estimate(THRESHOLD)(Signature.of(sketch(whole)), Signature.of(sketch(shorter))) > 0
