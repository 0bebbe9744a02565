"""What an address is to the sources, in whatever way it is written."""

from pathlib import Path

import pytest

from archive.errors import UsageError
from crawler.sources.place import PlaceKind, place_of, spellings
from crawler.sources.registry import Sources

SITE = "https://finews.withounder.com"
CODE = "NW202201222257607797"
POST = f"{SITE}/luwang/2022/01/22/{CODE}.html"
CATEGORY = f"{SITE}/category/x.html"
ARTICLE = "http://www.cinic.org.cn/hy/tx/910001.html"


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources.load()


@pytest.mark.parametrize(
    ("url", "source", "kind", "address", "source_id"),
    [
        (POST, "finews", PlaceKind.ARTICLE, POST, CODE),
        (POST.replace("https", "http") + "?from=x#top", "finews", PlaceKind.ARTICLE, POST, CODE),
        (f"{SITE}/a%20b/2022/01/22/甲.html", "finews", PlaceKind.ARTICLE, None, ""),
        ("http://finews.withounder.com", "finews", PlaceKind.LIST, f"{SITE}/", ""),
        (f"{SITE}/feed.xml/", "finews", PlaceKind.FEED, f"{SITE}/feed.xml", ""),
        (f"{SITE}/emnews", "finews", PlaceKind.LIST, f"{SITE}/emnews/", ""),
        (CATEGORY.replace("https", "http"), "finews", PlaceKind.LIST, CATEGORY, ""),
        (f"{SITE}/robots.txt", "finews", PlaceKind.ROBOTS, f"{SITE}/robots.txt", ""),
        (f"{SITE}/about.html", "finews", PlaceKind.OTHER, f"{SITE}/about.html", ""),
        (ARTICLE.replace("http:", "https:"), "cinic", PlaceKind.ARTICLE, ARTICLE, "910001"),
        ("https://www.cinic.org.cn/hy/tx", "cinic", PlaceKind.LIST, "http://www.cinic.org.cn/hy/tx/", ""),
        ("https://nobody.example/x?a=1#b", "web", PlaceKind.ARTICLE, "https://nobody.example/x?a=1", None),
    ],
)  # fmt: skip
def test_an_address_is_known_however_it_is_written(
    sources: Sources, url: str, source: str, kind: PlaceKind, address: str | None, source_id: str | None
) -> None:
    place = place_of(sources, url)
    assert place is not None
    assert (place.source.name, place.kind, place.is_owned) == (source, kind, source != "web")
    assert place.address == (address or place.address)
    assert place.source_id == ("nobody.example/x?a=1" if source_id is None else source_id)
    assert place.address in spellings(url, place)


@pytest.mark.parametrize("host", ["finews.zning.xyz", "choicewzp1.eastmoney.com"])
@pytest.mark.parametrize(
    "form", ["/html_News/NewsShare.html?x=1&infoCode={}", "/NewsData/GetNewsText.do?id={}"]
)
def test_what_is_shared_tells_whose_it_is(sources: Sources, host: str, form: str) -> None:
    place = place_of(sources, f"http://{host}{form.format(CODE)}")
    assert place is not None
    assert (place.source.name, place.kind) == ("finews", PlaceKind.SHARE)
    assert place.source_id == CODE


@pytest.mark.parametrize("text", [CODE, "a.txt", "ftp://x.test/", "http://", "http://[", ""])
def test_what_is_no_address_has_no_place(sources: Sources, text: str) -> None:
    assert place_of(sources, text) is None


def test_a_broken_source_hides_no_other_and_may_own_what_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("title = 7\n")
    sources = Sources.load(tmp_path)
    assert place_of(sources, POST) is not None
    with pytest.raises(UsageError, match=r"broken\.toml"):
        place_of(sources, "https://nobody.example/x")
