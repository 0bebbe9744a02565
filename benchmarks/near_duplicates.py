"""Near-duplicates: precision and recall over labelled pairs, time a text, and the search among many.

The pairs are of our own making (`fixtures/lookalikes`): copies as outlets and later editions make them, and
others that have much in common and are two texts all the same. A pair counts as found where its similarity
is at least the threshold. `copies in a corpus` mixes texts, their copies and thousands of reports of a few
makes, and counts what the whole search finds: sketches, candidates, comparisons, groups.

The search among many is that of `archive duplicates` without its reading of texts: sketches drawn by chance,
one in ten a copy of an earlier one, one in ten of a family of 1,000 that look alike; in a process of its own,
at a tenth of the number and at all of it.

Run as ``python -m benchmarks.near_duplicates [--pairs N] [--texts N] [--sketches N]``.
"""

import argparse
import multiprocessing
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import quantiles

from archive.similarity import THRESHOLD
from archive.similarity import features as shingling
from archive.similarity.candidates import Pair, Sketches, candidates
from archive.similarity.features import Features, features, similarity
from archive.similarity.groups import Links
from archive.similarity.sketch import MINIMA, Estimate, sketch
from fixtures.draws import Draws
from fixtures.lookalikes.corpus import Text, mixed_corpus
from fixtures.lookalikes.others import other_names
from fixtures.lookalikes.pairs import LabelledPair, labelled_pairs

_THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9)
_WIDTHS = (3, 4, 5, 6, 8)
_FAMILY = 1_000


def curve(pairs: Sequence[LabelledPair]) -> None:
    """Precision and recall at each threshold, for each width of a shingle."""
    chosen = shingling._WIDTH  # noqa: SLF001 it is what is measured
    print("width  " + "".join(f"{threshold:>14}" for threshold in _THRESHOLDS))
    for width in _WIDTHS:
        shingling._WIDTH = width  # noqa: SLF001
        scores = scored(pairs)
        points = (precision_and_recall(scores, threshold) for threshold in _THRESHOLDS)
        mark = "*" if width == chosen else " "
        print(f"{width}{mark}     " + "".join(f"  {one:.3f}/{other:.3f}" for one, other in points))
    shingling._WIDTH = chosen  # noqa: SLF001


def scored(pairs: Iterable[LabelledPair]) -> list[tuple[LabelledPair, float]]:
    return [(pair, similarity(features(pair.first), features(pair.second))) for pair in pairs]


def precision_and_recall(
    scores: Sequence[tuple[LabelledPair, float]], threshold: float
) -> tuple[float, float]:
    found = [pair.is_copy for pair, score in scores if score >= threshold]
    return sum(found) / max(len(found), 1), sum(found) / sum(pair.is_copy for pair, _ in scores)


def by_kind(scores: Sequence[tuple[LabelledPair, float]]) -> None:
    """What the similarities of each kind are, and how many of them are found."""
    kinds: defaultdict[tuple[bool, str], list[float]] = defaultdict(list)
    for pair, score in scores:
        kinds[pair.is_copy, pair.kind].append(score)
    print(f"\n{'kind':32}   5 %   50 %   95 %   found at {THRESHOLD}")
    for (is_copy, kind), found in kinds.items():
        low, middle, high = (quantiles(found, n=20)[place] for place in (0, 9, 18))
        name = f"{'copy' if is_copy else 'other'}: {kind}"
        print(f"{name:32} {low:5.2f}  {middle:5.2f}  {high:5.2f}   {share_found(found):6.1%}")


def beyond(number: int) -> None:
    """What is not told apart: reports of one make without any number, of two companies."""
    draws = Draws("beyond")
    found = [similarity(*map(features, other_names(draws))) for _ in range(number)]
    middle = quantiles(found, n=20)[9]
    print(f"{'beyond it: names without numbers':32}        {middle:5.2f}          {share_found(found):6.1%}")


def share_found(scores: Sequence[float]) -> float:
    return sum(score >= THRESHOLD for score in scores) / len(scores)


def search_texts(texts: Sequence[Text]) -> None:
    """How long a text takes, and what the whole search makes of a corpus."""
    began = time.process_time()
    read = [features(text.text) for text in texts]
    shingled = time.process_time()
    sketched = [sketch(one) for one in read]
    done = time.process_time()
    print(
        f"\n{len(texts)} texts of {sum(len(text.text) for text in texts) / len(texts):.0f} characters: "
        f"features {(shingled - began) / len(texts) * 1e3:.2f} ms a text, "
        f"sketch {(done - shingled) / len(texts) * 1e3:.2f} ms"
    )
    sketches, numbers = Sketches(), [number for number, data in enumerate(sketched) if data]
    for number in numbers:
        sketches.add(sketched[number])
    links, compared = _Compared(read, numbers), 0
    began = time.process_time()
    searched = Links(THRESHOLD, links.compare)
    for pairs in candidates(sketches, THRESHOLD):
        compared += searched.add(pairs)
    origins = [
        [texts[numbers[one]].origin for one in (group.first, *group.others)] for group in searched.groups()
    ]
    took = time.process_time() - began
    right = sum(origin == first for first, *others in origins for origin in others)
    wrong = sum(len(others) for _, *others in origins) - right
    wanted = len(numbers) - len({texts[number].origin for number in numbers})
    print(
        f"copies in a corpus: searched in {took:.1f} s, {compared} pairs compared; of {wanted} copies "
        f"{right} ({right / wanted:.1%}) are with their original, {wrong} texts with one that is not theirs"
    )


class _Compared:
    def __init__(self, read: Sequence[Features], numbers: Sequence[int]) -> None:
        self._read, self._numbers = read, numbers

    def compare(self, pairs: Sequence[Pair]) -> list[float]:
        return [
            similarity(self._read[self._numbers[one]], self._read[self._numbers[other]])
            for one, other in pairs
        ]


def search_sketches(number: int) -> tuple[float, float, int]:
    """Seconds and megabytes that the search among so many sketches takes, and the members it finds."""
    sketches, draws = Sketches(), random.Random(1)
    for place in range(number):
        sketches.add(_drawn(sketches, place, draws))
    estimate = Estimate(THRESHOLD)
    began = time.process_time()
    links = Links(THRESHOLD, lambda pairs: [estimate(sketches[one], sketches[other]) for one, other in pairs])
    for pairs in candidates(sketches, THRESHOLD):
        links.add(pairs)
    found = sum(len(group.others) for group in links.groups())
    took = time.process_time() - began
    return took, _megabytes(), found


def _megabytes() -> float:
    """The most that this process had: what `getrusage` says begins with what its parent had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _drawn(sketches: Sketches, place: int, draws: random.Random) -> bytes:
    fate = draws.random()
    if place and fate < 0.1:
        return _varied(sketches.data(draws.randrange(place)), 0.9, draws)
    if place > _FAMILY and fate < 0.2:
        return _varied(sketches.data(place % (place // _FAMILY)), 0.4, draws)
    return draws.randbytes(MINIMA) + bytes(30) + b"\0\x14"


def _varied(data: bytes, kept: float, draws: random.Random) -> bytes:
    other = draws.randbytes(MINIMA)
    return (
        bytes(one if draws.random() < kept else two for one, two in zip(data[:MINIMA], other, strict=True))
        + data[MINIMA:]
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=300, help="labelled pairs of each kind")
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--sketches", type=int, default=1_000_000)
    arguments = parser.parse_args()
    pairs = list(labelled_pairs(1, arguments.pairs))
    copies = sum(pair.is_copy for pair in pairs)
    print(f"precision/recall over {len(pairs)} labelled pairs, {copies} of them copies")
    curve(pairs)
    by_kind(scored(pairs))
    beyond(arguments.pairs)
    search_texts(list(mixed_corpus(1, arguments.texts)))
    for number in (arguments.sketches // 10, arguments.sketches):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            took, megabytes, found = pool.apply(search_sketches, (number,))
        print(f"{number} sketches: searched in {took:.1f} s, {megabytes:.0f} MB, {found} with an earlier one")


if __name__ == "__main__":
    main()
