"""From the store to the site that Jekyll builds of an export, and from that site back to a store."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree

from archive.documents import Fidelity, SourcedDocument, canonical_text, content_hash, parse
from archive.exports.jekyll.layout import export_jekyll
from archive.store import Store
from archive.store.selection import Duplicates
from archive.store.values import Holding
from crawler.normalizer.finews.addresses import category_address, post_address
from crawler.normalizer.finews.listing import groups_of, read_listing
from fixtures.corpus import Corpus
from fixtures.double import NEWS_HOST, SHARE_HOST
from fixtures.folder import FolderShare, FolderSite
from fixtures.hosting import Hosting
from tests import forked
from tests.odd_documents import odd_documents

pytestmark = pytest.mark.timeout(250)
Told = tuple[str, datetime | None]
LOST = ("NW202201221600000001", "NW202201221600000002")


def holding(found: SourcedDocument) -> Holding:
    document = found.document
    text = canonical_text(document.body)
    return Holding(found, content_hash(document.title, document.body), (), (), "", text)


def told(holding: Holding) -> Told:
    """What a page has to tell of a document: its content, and when it was published."""
    return holding.content_hash, holding.speaker.document.published


def of_double(**plan: int) -> Iterator[Holding]:
    """The posts of a double, as a crawl stores them."""
    corpus = Corpus(seed=1, **plan)
    for code, file in corpus.expected_documents(corpus.plan.start).items():
        document = parse(file.decode())
        yield holding(SourcedDocument("finews", code, "", document.link or "", Fidelity.SOURCE, document))


def beyond_a_page() -> Iterator[Holding]:
    """Documents of which a page cannot carry all."""
    plain = next(odd_documents())
    nowhere = "//finews.withounder.com/category/.html"
    for code, title, back in zip(
        LOST, ("a</h1>b", "无处可回"), (plain.document.return_url, nowhere), strict=True
    ):
        document = replace(plain.document, link="", title=title, return_url=back)
        yield holding(replace(plain, source_id=code, document=document))


@dataclass(frozen=True, slots=True)
class Site:
    """What was exported, and what Jekyll made of it."""

    holdings: list[Holding]
    folder: Path
    told: str

    @property
    def built(self) -> Path:
        return self.folder / "_site"

    def contents(self) -> set[Told]:
        return set(map(told, self.holdings))

    def page(self, path: str) -> bytes:
        return (self.built / path.lstrip("/")).read_bytes()


def built(holdings: Iterable[Holding], folder: Path) -> Site:
    if shutil.which("jekyll") is None:
        pytest.skip("jekyll is not installed")
    held = list(holdings)
    export_jekyll(held, folder)
    done = subprocess.run(["jekyll", "build"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Site(held, folder, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Odd documents of all kinds among ordinary ones."""
    held = [
        *map(holding, odd_documents()),
        *beyond_a_page(),
        *of_double(posts=60, categories=14, twins=6, broken=3, old_links=3),
    ]
    return built(held, tmp_path_factory.mktemp("jekyll") / "site")


def crawled(site: Site, data: Path) -> tuple[forked.Crawled, set[Told]]:
    """What a crawl of the site found, and what it stored. The share API has no texts."""
    empty = data / "share"
    empty.mkdir(parents=True)
    hosts = {NEWS_HOST: FolderSite(site.built), SHARE_HOST: FolderShare(empty)}
    with Hosting(hosts) as served:
        found = forked.crawl(data, served.mirrors)
    with Store.open(f"sqlite:///{data / 'archive.db'}") as store:
        return found, set(map(told, store.holdings(duplicates=Duplicates.ALL)))


def test_jekyll_builds_it_without_a_word_of_warning(site: Site) -> None:
    lines = [line.strip() for line in site.told.splitlines()]
    assert [line.partition(":")[0].partition(" in ")[0] for line in lines] == [
        *("Configuration file", "Source", "Destination", "Incremental build", "Generating..."),
        *("done", "Auto-regeneration"),
    ]


def test_every_document_has_a_page_and_every_page_is_listed_once_by_its_category(site: Site) -> None:
    listed: list[str] = []
    for page in (*site.built.glob("category/**/*.html"), site.built / "emnews/index.html"):
        if page.is_file():
            listed += [one.address for one in read_listing(page.read_bytes())]
    assert len(listed) == len(set(listed)) == len(site.holdings)
    assert all(site.page(unquote(address.split(NEWS_HOST)[1])).decode() for address in listed)


@pytest.mark.parametrize(
    "slug", ["Career In touxingPEVC", "36", "21CN", "21cn", "a/b", "100%", "(c)", "emnews"]
)
def test_the_page_of_a_category_is_where_its_return_links_lead(site: Site, slug: str) -> None:
    path = unquote(category_address(slug).split(NEWS_HOST)[1])
    page = site.page(f"{path}index.html" if path.endswith("/") else path)
    expected = sum(one.speaker.document.slug == slug for one in site.holdings)
    assert len(read_listing(page)) == expected > 0


def test_the_home_page_has_the_five_newest_of_each_tag(site: Site) -> None:
    groups = groups_of(read_listing(site.page("index.html")))
    assert len(groups["鲁网新闻"]) == 5
    newest = max(site.holdings, key=lambda one: str(one.speaker.document.published or ""))
    assert newest.speaker.document.published
    assert groups["鲁网新闻"][0].address.split("/")[4:7] == ["2999", "12", "31"]
    assert max(map(len, groups.values())) == 5


def test_the_feed_has_the_ten_newest_posts(site: Site) -> None:
    feed = etree.fromstring(site.page("feed.xml"))
    links = feed.xpath("//*[local-name()='entry']/*[local-name()='link']/@href")
    assert len({*map(post_address, links)}) == 10
    assert [link.split("/")[4] for link in links[:2]] == ["2999", "2999"]


def test_a_crawl_of_the_site_gives_the_same_content_hashes(site: Site, tmp_path: Path) -> None:
    """Also of documents of other sources, and of those that Markdown would have made something else of.

    So are their dates, of summer times and in the future too; those without one get none.

    What a page cannot carry: a title that ends its heading, and a link back that names no category.
    """
    found, contents = crawled(site, tmp_path)
    lost = {told(one) for one in site.holdings if one.speaker.source_id in LOST}
    assert site.contents() - contents == lost
    assert len(contents - site.contents()) == 1
    assert found.counters["rejected:post-no-return-link"] == found.counters["rejected"] == 1


@pytest.mark.scale
def test_a_thousand_posts_in_300_categories_come_back_from_their_site(tmp_path: Path) -> None:
    held = of_double(posts=1000, categories=300, twins=20, broken=12, old_links=10)
    site = built(held, tmp_path / "site")
    assert "warning" not in site.told.lower()
    assert "error" not in site.told.lower()
    assert len(site.holdings) == 1000
    assert not list((site.folder / "_posts").glob("*.html"))
    _, contents = crawled(site, tmp_path)
    assert contents == site.contents()
