"""`archive sources`, and `archive crawl --url`, as they are used."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.folder import FolderSite
from fixtures.hosting import Hosting
from fixtures.portals.portal import Portal
from tests.command import Archive

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared"
KUAIBAO = ROOT / "fixtures" / "sources" / "kuaibao.toml"
NOBODYS = "www.nobodys.example"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The folder of source files of the command, with one of a feed."""
    folder = tmp_path / "sources"
    shutil.copytree(KUAIBAO.parent, folder)
    return folder


@pytest.fixture
def site() -> Iterator[Portal]:
    with Portal("kuaibao", posts=12, seed=2) as site:
        yield site


def mirrors(site: Portal, *others: str) -> dict[str, str]:
    (base,) = site.mirrors.values()
    return {"ARCHIVE_MIRRORS": json.dumps({**site.mirrors, **dict.fromkeys(others, base)})}


def test_the_list_says_how_current_each_source_is(archive: Archive, sources: Path, site: Portal) -> None:
    assert archive("crawl", "kuaibao", env=mirrors(site)).returncode == 0
    listed = archive("sources")
    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [
        "source",
        "finews",
        "cinic",
        "kuaibao",
    ]
    assert "never crawled" in listed.stdout
    found = {one["source"]: one for one in json.loads(archive("sources", "--json").stdout)}
    assert (found["kuaibao"]["state"], found["kuaibao"]["documents"]) == ("current", 12)
    assert found["kuaibao"]["last_outcome"] == "complete"
    assert found["kuaibao"]["file"].endswith("sources/kuaibao.toml")
    assert found["finews"]["last_run"] is None


def test_a_broken_file_is_told_beside_the_list_and_where_its_source_is_asked_for(
    archive: Archive, sources: Path
) -> None:
    (sources / "kuaibao.toml").write_text('title = "x"\n', encoding="utf-8")
    listed = archive("sources")
    assert listed.returncode == 2
    assert "cinic" in listed.stdout
    rows = {one["source"]: one for one in json.loads(archive("sources", "--json").stdout)}
    assert (rows["kuaibao"]["state"], "hosts: missing" in rows["kuaibao"]["problem"]) == ("broken", True)
    told = "sources/kuaibao.toml: hosts: missing; expected a host name"
    assert told in listed.stderr
    for command in (("crawl", "kuaibao"), ("sources", "check"), ("sources", "check", "kuaibao")):
        done = archive(*command)
        assert done.returncode == 2
        assert told in done.stderr
        assert done.stderr.count("\n") == 1


def test_check_shows_what_comes_out_otherwise(archive: Archive, sources: Path) -> None:
    assert archive("sources", "check").returncode == 0
    rules = (sources / "kuaibao.toml").read_text(encoding="utf-8")
    (sources / "kuaibao.toml").write_text(rules.replace("来源", "出处"), encoding="utf-8")
    checked = archive("sources", "check", "kuaibao")
    assert checked.returncode == 3
    assert "something else comes out" in checked.stdout
    assert "    +tags: 财经快报新闻" in checked.stdout
    assert "rss.xml: as expected" in checked.stdout
    shutil.rmtree(sources / "kuaibao")
    assert "no recorded pages" in archive("sources", "check", "kuaibao").stdout
    assert archive("sources", "check", "finews").returncode == 2


def test_try_shows_a_page_field_by_field_and_stores_nothing(
    archive: Archive, sources: Path, site: Portal, tmp_path: Path
) -> None:
    article = site.articles()[0]
    tried = archive("sources", "try", article.address, env=mirrors(site))
    assert tried.returncode == 0
    for shown in (article.title, ".article h2", "after 来源", "layout: post"):
        assert shown in tried.stdout
    saved = tmp_path / "saved.html"
    saved.write_text("<html><body>neu</body></html>", encoding="utf-8")
    without = archive("sources", "try", article.address, "--page", str(saved))
    assert without.returncode == 5
    assert "nothing comes out: no-article: article.title finds nothing: .article h2" in without.stdout
    absent = archive("sources", "try", "https://www.kuaibao.example/a/1/x.html", env=mirrors(site))
    assert (absent.returncode, absent.stdout) == (2, "")
    assert "no page came: https://www.kuaibao.example/a/1/x.html: http-404" in absent.stderr
    assert archive("runs").stdout == "no runs yet\n"


def test_a_page_is_crawled_by_its_address_by_its_owners_rules_or_without_any(
    archive: Archive, sources: Path, site: Portal
) -> None:
    article = min(site.articles(), key=lambda one: len(one.title))
    stranger = article.address.replace("www.kuaibao.example", NOBODYS)
    done = archive(
        "crawl", f"--url={article.address}?from=rss", f"--url={stranger}", env=mirrors(site, NOBODYS)
    )
    assert done.returncode == 0, done.stderr
    owned = json.loads(archive("show", f"kuaibao:{article.id}", "--json").stdout)
    found = json.loads(archive("show", stranger, "--json").stdout)
    assert (owned["fidelity"], found["fidelity"]) == ("page", "generic")
    assert (owned["source_id"], found["source"]) == (article.id, "web")
    assert owned["title"] == found["title"] == article.title
    assert owned["text"] == found["text"]
    again = archive("crawl", f"--url={stranger}", env=mirrors(site, NOBODYS))
    assert (again.returncode, "1 unchanged" in again.stdout) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--url=http://127.0.0.1/a.html",), "private-address"),
        (("--url=x",), "begins with http:// or https://"),
        (("--url=http://a.example/", "finews"), "--url names pages: it goes with neither"),
        (("--url=http://a.example/", "--category=x"), "--url names pages: it goes with neither"),
        (("cinic", "--category=nichts"), "has no such list; there are: hy/tx"),
    ],
)
def test_what_cannot_be_crawled_is_told(arguments: tuple[str, ...], told: str, archive: Archive) -> None:
    done = archive("crawl", *arguments)
    assert done.returncode in {2, 4}
    assert told in done.stdout + done.stderr


@pytest.mark.skipif(not SHARED.exists(), reason="the samples of the sites are not beside this checkout")
def test_a_mirrored_page_on_a_host_that_nobody_knows_gives_the_text_of_the_original(
    archive: Archive, tmp_path: Path
) -> None:
    samples = SHARED / "pages" / "cinic"
    title, text = (samples / "article.txt").read_text(encoding="utf-8").strip().split("\n", 1)
    with Hosting({NOBODYS: FolderSite(samples)}) as folder:
        env = {"ARCHIVE_MIRRORS": json.dumps(folder.mirrors)}
        for name in ("mirrored.html", "article.html"):
            assert archive("crawl", f"--url=http://{NOBODYS}/{name}", env=env).returncode == 0
            shown = json.loads(archive("show", f"http://{NOBODYS}/{name}", "--json").stdout)
            assert (shown["title"], shown["text"]) == (title, text)
            assert (shown["outlet"], shown["fidelity"]) == ("中国产业经济信息网", "generic")
