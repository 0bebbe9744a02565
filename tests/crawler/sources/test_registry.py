"""Which sources there are, whose an address is, and that none is without recorded pages."""

import shutil
from pathlib import Path

import pytest

from archive.documents import Fidelity, canonical_text
from archive.errors import UsageError
from crawler.normalizer.declared import read_declared, read_declared_list
from crawler.normalizer.page_text import page_text
from crawler.sources.asked_pages import canonical_url, whose
from crawler.sources.owning import owners_in
from crawler.sources.recorded import checked
from crawler.sources.registry import BUILT_IN, Sources, recorded_folder
from crawler.sources.source import FINEWS

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared"
FIXTURES = ROOT / "fixtures" / "sources"
ZHOUKAN = Path(__file__).parent / "zhoukan.toml"
SOURCES = Sources.load(FIXTURES)
CINIC = SOURCES.named("cinic")
ARTICLE = "http://www.cinic.org.cn/hy/tx/910001.html"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ZHOUKAN, tmp_path)
    return tmp_path


def test_there_are_the_sources_of_the_program_and_those_of_a_folder(folder: Path) -> None:
    assert {source.name for source in Sources.load()} == {"finews", "cinic"}
    assert {source.name for source in Sources.load(folder)} == {"finews", "cinic", "zhoukan"}
    assert {source.name for source in Sources.load(folder / "absent")} == {"finews", "cinic"}


@pytest.mark.parametrize(
    "path", sorted([*BUILT_IN.glob("*.toml"), *FIXTURES.glob("*.toml")]), ids=lambda p: p.stem
)
def test_every_source_has_recorded_pages_and_gives_what_is_expected_of_them(path: Path) -> None:
    source, pages = SOURCES.named(path.stem), list(checked(SOURCES.named(path.stem), recorded_folder(path)))
    assert [page for page in pages if not page.is_right] == []
    rules = source.declaration
    assert rules
    kinds = {one.suffix for one in recorded_folder(path).iterdir()}
    assert {".md", ".list"} <= kinds, "an article and a list at the least"


def test_a_recorded_page_that_comes_out_otherwise_is_shown_as_a_diff(tmp_path: Path) -> None:
    shutil.copytree(BUILT_IN / "cinic", tmp_path / "cinic")
    expected = tmp_path / "cinic" / "910001.md"
    expected.write_text(expected.read_text(encoding="utf-8").replace("<p>", "<h2>", 1), encoding="utf-8")
    (tmp_path / "cinic" / "tx.list").unlink()
    (tmp_path / "cinic" / "910021.md").write_text("---\ntitle: x\n---\nno address", encoding="utf-8")
    found = {one.page.name: one for one in checked(CINIC, tmp_path / "cinic")}
    assert found["910001.html"].problem == "something else comes out"
    assert any(line.startswith("-<h2>") for line in found["910001.html"].difference)
    assert "tx.md or tx.list is missing" in found["tx.html"].problem
    assert "its last line is not the page's address" in found["910021.html"].problem
    assert found["910026.html"].is_right


def test_a_broken_file_breaks_its_own_source_alone(folder: Path) -> None:
    (folder / "zhoukan.toml").write_text("title = 5", encoding="utf-8")
    sources = Sources.load(folder)
    assert sources.named("finews") is FINEWS
    assert sources.named("cinic")
    assert set(sources.broken) == {"zhoukan"}
    with pytest.raises(UsageError, match=r"zhoukan\.toml: title: text must stand in quotation marks"):
        sources.named("zhoukan")
    with pytest.raises(UsageError):
        sources.owner_of("https://www.zhoukan.example/")
    with pytest.raises(UsageError, match="unknown source 'nobody'; there is: cinic, finews"):
        sources.named("nobody")


@pytest.mark.parametrize("name", ["finews", "web", "import", "Zhoukan", "zhou kan", "a" * 40])
def test_a_name_that_no_source_can_have_is_refused(name: str, folder: Path) -> None:
    (folder / "zhoukan.toml").rename(folder / f"{name}.toml")
    with pytest.raises(UsageError, match="the name of the file is that of the source; expected lower-case"):
        Sources.load(folder).check()


def test_a_host_has_one_source_and_a_file_takes_the_place_of_one_of_its_name(folder: Path) -> None:
    twin = ZHOUKAN.read_text(encoding="utf-8").replace("www.zhoukan.example", "www.cinic.org.cn")
    (folder / "zhoukan.toml").write_text(twin, encoding="utf-8")
    with pytest.raises(UsageError, match="belongs to the source cinic; a host has one source"):
        Sources.load(folder).named("zhoukan")
    (folder / "zhoukan.toml").rename(folder / "cinic.toml")
    assert Sources.load(folder).named("cinic").title == "商业周刊"


ADDRESSES = {
    "an article": (ARTICLE, "cinic", ARTICLE),
    "under https, with parameters": (f"https{ARTICLE[4:]}?from=rss#top", "cinic", ARTICLE),
    "a list": ("http://www.cinic.org.cn/hy/tx/", "cinic", "http://www.cinic.org.cn/hy/tx/"),
    "another page of its host": ("http://www.cinic.org.cn/about", "web", "http://www.cinic.org.cn/about"),
    "a post of finews": (
        "http://finews.withounder.com/luwang/2022/01/22/NW202201222257607797.html",
        "finews",
        "https://finews.withounder.com/luwang/2022/01/22/NW202201222257607797.html",
    ),
    "its home page": ("https://finews.withounder.com/", "finews", "https://finews.withounder.com/"),
    "anybody's": ("https://例子.cn/新闻?a=b c", "web", "https://xn--fsqu00a.cn/%E6%96%B0%E9%97%BB?a=b%20c"),
    "with a usual port": ("https://a.example:443", "web", "https://a.example/"),
}


@pytest.mark.parametrize(("url", "name", "canonical"), ADDRESSES.values(), ids=ADDRESSES)
def test_a_page_named_by_hand_is_its_owners_or_the_webs(url: str, name: str, canonical: str) -> None:
    ((source, addresses),) = whose(SOURCES, [url, url])
    assert (source.name, addresses) == (name, (canonical,))


def test_pages_named_by_hand_are_asked_of_each_source_together() -> None:
    groups = whose(
        SOURCES, [ARTICLE, "http://a.example/1", ARTICLE.replace("1.html", "2.html"), "http://b.example/"]
    )
    assert [(source.name, len(addresses)) for source, addresses in groups] == [("cinic", 2), ("web", 2)]
    assert groups[1][0].hosts == {"a.example", "www.a.example", "b.example", "www.b.example"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://a.b/",
        "http://",
        "http://a.b:9000/",
        "http://u:p@a.b/",
        "http://[::1",
        "http://a/" + "x" * 3000,
    ]
    + ["javascript:alert(1)", "file:///etc/passwd", "http://a..b/"],
)
def test_what_is_no_address_of_a_page_is_told_as_such(url: str) -> None:
    with pytest.raises(UsageError, match="--url"):
        canonical_url(url)


def test_an_import_asks_the_same_owners() -> None:
    owners = owners_in(FIXTURES)
    assert owners.identity_of(ARTICLE) == ("cinic", "910001")
    assert owners.identity_of("http://a.example/") is None
    assert owners.reader_of("http://www.cinic.org.cn/about") is None
    read = owners.reader_of(f"https{ARTICLE[4:]}")
    assert read
    page = page_text((BUILT_IN / "cinic" / "910001.html").read_bytes())
    assert read(page, "").source_id == "910001"


@pytest.mark.skipif(not SHARED.exists(), reason="the samples of the sites are not beside this checkout")
def test_the_samples_of_cinic_give_exactly_their_text_and_their_list() -> None:
    samples = SHARED / "pages" / "cinic"
    title, *paragraphs = (samples / "article.txt").read_text(encoding="utf-8").strip().split("\n")
    rules = CINIC.declaration
    assert rules
    for name in ("article.html", "mirrored.html"):
        page = page_text((samples / name).read_bytes())
        found = read_declared("cinic", rules, page, ARTICLE)
        assert found.document.title == title
        assert canonical_text(found.document.body).split("\n") == paragraphs
        assert (found.document.outlet, found.document.slug) == (
            "中国产业经济信息网",
            "zhongguochanyejingjixinxiwang",
        )
        assert str(found.document.published) == "2021-01-05 00:00:00+08:00"
        assert (found.fidelity, page.lost) == (Fidelity.PAGE, 0 if name == "mirrored.html" else None)
    listed = read_declared_list(rules, (samples / "list.html").read_bytes(), "http://www.cinic.org.cn/hy/tx/")
    assert [post.address for post in listed.posts] == [ARTICLE, ARTICLE.replace("1.html", "2.html")]
    assert listed.next == "http://www.cinic.org.cn/hy/tx/2.html"
