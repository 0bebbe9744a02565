"""Every document says which version of the rules made it, and rules that change have another version."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from archive.documents import SourcedDocument, canonical_text
from archive.errors import DocumentError
from crawler.normalizer import combine, read_imported, read_post, read_share_answer
from crawler.normalizer.declared import read_declared
from crawler.normalizer.finews.addresses import post_address
from crawler.normalizer.generic.web_page import read_web_page
from crawler.normalizer.page_text import page_text
from crawler.normalizer.version import VERSION, version_of
from crawler.sources.loading import load_declaration
from crawler.sources.recorded import recorded_articles
from crawler.sources.registry import BUILT_IN
from fixtures.corpus import Corpus
from fixtures.newssite import NewsSite
from fixtures.sharesite import API_PATH, ShareSite

HERE = Path(__file__).parent
OF_TESTS = HERE.parents[2] / "fixtures" / "sources"
MADE_BY = {
    "1": {
        "finews": "08ee32737c21da22",
        "declared": "da199b8beb0dfa50",
        "web": "e333fde03796e5b2",
        "files": "1419ec764419b0ff",
    },
}
"""By version, digests over all that comes out of the samples.

Where one of them differs, something else comes out of pages that were read before: raise `VERSION`, and add
the new digests under it, so that it can be told which documents older rules have made. Where it is the
samples that are others (the double was changed), put the new digest in the place of the old one.
"""

Outcome = SourcedDocument | DocumentError


def tried(read: Callable[..., SourcedDocument], *arguments: Any) -> Outcome:
    try:
        return read(*arguments)
    except DocumentError as error:
        return error


def with_share(page: bytes, address: str, share: bytes) -> SourcedDocument:
    return combine(read_post(page, address), read_share_answer(share))


def of_finews() -> Iterator[Outcome]:
    corpus = Corpus(posts=60, categories=8, seed=3, twins=3, old_links=3, broken=3)
    now, news, api = corpus.plan.start, NewsSite(corpus), ShareSite(corpus)
    for post in corpus.visible(now):
        page, address = news.answer(post.path, {}, now).body, post_address(post.link)
        assert address
        yield tried(lambda page, address: combine(read_post(page, address), None), page, address)
        yield tried(with_share, page, address, api.answer(API_PATH, {"id": post.code}, now).body)


def of_declared_sources() -> Iterator[Outcome]:
    for file in (BUILT_IN / "cinic.toml", OF_TESTS / "kuaibao.toml"):
        rules = load_declaration(file)
        for recorded in recorded_articles(file.with_suffix("")):
            page = page_text(recorded.file.with_suffix(".html").read_bytes())
            yield tried(read_declared, file.stem, rules, page, recorded.address)


def of_the_web() -> Iterator[Outcome]:
    for path in sorted((HERE / "pages_of_many_makes").glob("*.html")):
        yield tried(read_web_page, page_text(path.read_bytes()), f"https://www.unknown.example/{path.name}")


def of_files() -> Iterator[Outcome]:
    files = {path.name: path.read_bytes() for path in sorted(BUILT_IN.glob("cinic/*.*"))}
    corpus = Corpus(posts=30, categories=5, seed=4, broken=3, old_links=2)
    posts = corpus.expected_documents(corpus.plan.start)
    files |= {f"2022-01-22-{code}.md": data for code, data in posts.items()}
    for name, data in files.items():
        yield tried(lambda name, data: read_imported(name, data).found, name, data)


KINDS = {"finews": of_finews, "declared": of_declared_sources, "web": of_the_web, "files": of_files}


@cache
def outcomes(kind: str) -> list[Outcome]:
    return list(KINDS[kind]())


def digest_of(kind: str) -> str:
    """Over all that an export, or a content hash, depends on; of what is no document, over the reason."""
    told = hashlib.sha256()
    for one in outcomes(kind):
        if isinstance(one, DocumentError):
            told.update(f"{one}\n".encode())
            continue
        says = asdict(one) | {"text": canonical_text(one.document.body), "normalizer": ""}
        told.update(json.dumps(says, default=str, sort_keys=True, ensure_ascii=False).encode())
    return told.hexdigest()[:16]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_comes_out_is_what_this_version_has_always_made(kind: str) -> None:
    assert digest_of(kind) == MADE_BY[VERSION][kind], "raise VERSION (see above)"


def test_the_versions_differ_and_the_newest_is_the_last() -> None:
    assert list(MADE_BY)[-1] == VERSION
    assert len({tuple(digests.values()) for digests in MADE_BY.values()}) == len(MADE_BY)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_document_says_which_version_has_made_it(kind: str) -> None:
    versions = {one.normalizer for one in outcomes(kind) if isinstance(one, SourcedDocument)}
    assert {version.partition("+")[0] for version in versions} == {VERSION}
    assert all(("+" in version) is (kind == "declared") for version in versions)


def test_a_source_file_that_says_something_else_of_documents_has_another_version(tmp_path: Path) -> None:
    text = (BUILT_IN / "cinic.toml").read_text(encoding="utf-8")

    def version(old: str = "", new: str = "") -> str:
        assert old in text
        path = tmp_path / "cinic.toml"
        path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
        return version_of(load_declaration(path))

    assert version() == version("delay = 2.0", "delay = 3.0") == version("days = 30", "days = 31")
    others = {
        version('cut = ["div"]', 'cut = ["p"]'),
        version('author = { select = "center", after = "作者" }', ""),
        version('title = "中国产业经济信息网"', 'title = "产业网"'),
        version("[window]", "[document]\nslug = 'cinic'\n[window]"),
    }
    assert len(others - {version()}) == 4
