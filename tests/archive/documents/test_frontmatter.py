"""The corpus' file format: what is rendered is what is parsed, for us and for other readers of it."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from archive.documents import SHANGHAI, Document, frontmatter, parse, render
from archive.documents.frontmatter import read_file
from archive.errors import DocumentError

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_TRAILER = (
    "\n\n<http://x/>\n\n[返回甲新闻](//finews.withounder.com/category/a.html)"
    "｜[返回首页](//finews.withounder.com/)"
)
NASTY = st.sampled_from(
    ['"', "\\", "---", "\n---\n", ": ", " #", "{{ x }}", "{% raw %}", "!!python/object:os.system", "\u2028"]
    + ["\u2029", "\u0085", "\x00", "\x1b[31m", "\ufeff", "\ufffe", "\r\n", "\t", "<10亿", "%", "@", "- a"]
    + ["'", "🚀", "", " ", _TRAILER]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NASTY = st.sampled_from(
    [
        '"',
        "\\",
        "---",
        "\n---\n",
        ": ",
        " #",
        "{{ x }}",
        "{% raw %}",
        "!!python/object:os.system",
        "\u2028",
        "\u2029",
    ]
    + [
        "\u0085",
        "\x00",
        "\x1b[31m",
        "\ufeff",
        "\ufffe",
        "\r\n",
        "\t",
        "<10亿",
        "%",
        "@",
        "- a",
        "'",
        "🚀",
        "",
        " ",
    ]
    + [
        "\n\n<http://x/>\n\n[返回甲新闻](//finews.withounder.com/category/a.html)｜[返回首页](//finews.withounder.com/)"
    ]
)
TEXT = st.one_of(ANY_TEXT, st.lists(st.one_of(NASTY, ANY_TEXT)).map("".join))
TIMES = st.datetimes(datetime(1000, 1, 2), datetime(8999, 12, 30)).map(  # noqa: DTZ001 the zone follows
    lambda found: found.replace(microsecond=0, tzinfo=SHANGHAI)
)


def a_document(**fields: object) -> Document:
    given_fields: dict[str, object] = {
        "title": "央行公开市场操作",
        "published": datetime(2022, 1, 22, 15, 20, 32, tzinfo=SHANGHAI),
        "slug": "luwang",
        "outlet": "鲁网",
        "tags": ("鲁网新闻",),
        "body": "<p>正文</p>",
        "link": "http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202201222257607797",
        "return_url": "//finews.withounder.com/category/luwang.html",
    }
    return Document(**(given_fields | fields))  # type: ignore[arg-type]


def front_matter(text: str) -> dict[str, object]:
    return yaml.safe_load(text.split("\n---\n", maxsplit=1)[0].removeprefix("---\n"))


GOLDEN = """---
layout: post
title: "他说\\"好\\"：C:\\\\盘 100% #1 “引”"
date: 2022-01-22 15:20:32 +0800
categories: Career In touxingPEVC
tags: Career In投行PEVC新闻
---
<p>一</p>
 <p>二</p>

<http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202201222257607797>

[返回Career In投行PEVC新闻](//finews.withounder.com/category/Career In touxingPEVC.html)\
｜[返回首页](//finews.withounder.com/)"""


def test_a_document_is_written_as_the_corpus_has_it() -> None:
    document = a_document(
        title='他说"好"：C:\\盘 100% #1 “引”',
        slug="Career In touxingPEVC",
        outlet="Career In投行PEVC",
        tags=("Career In投行PEVC新闻",),
        body="<p>一</p>\n <p>二</p>",
        return_url="//finews.withounder.com/category/Career In touxingPEVC.html",
    )
    assert render(document) == GOLDEN
    assert parse(GOLDEN) == document


@given(title=TEXT, body=TEXT, published=st.one_of(st.none(), TIMES))
def test_any_title_and_body_come_back(title: str, body: str, published: datetime | None) -> None:
    document = a_document(title=title, body=body, published=published)
    assert parse(render(document)) == document


@given(title=TEXT, body=TEXT)
def test_any_body_comes_back_from_a_document_that_only_has_its_own_address(title: str, body: str) -> None:
    document = a_document(
        title=title, body=body, return_url=None, link="https://www.cinic.org.cn/hy/tx/1.html"
    )
    assert parse(render(document)) == a_document(
        title=title, body=body, return_url=None, link=document.link, outlet="鲁网"
    )


@given(
    slug=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    outlet=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1),
)
def test_any_slug_and_outlet_come_back(slug: str, outlet: str) -> None:
    document = a_document(slug=slug, outlet=outlet, tags=(f"{outlet}新闻",))
    again = parse(render(document))
    assert (again.slug, again.outlet, again.tags) == (slug, outlet.removesuffix("新闻"), (f"{outlet}新闻",))


LIKE_ITS_ENDS = st.lists(
    st.sampled_from(
        ["\n\n<http://x/>", "\n\n<>", "\n\n</p>", "<br>", "新闻", "甲", "](", ")", "<", ">", "\n", " "]
    )
    | st.sampled_from(
        [_TRAILER, _TRAILER.partition("\n\n[")[1] + _TRAILER.partition("\n\n[")[2], "\r\n", "a"]
    )
).map("".join)
PART = st.one_of(LIKE_ITS_ENDS, TEXT)
LINE = PART.map(lambda text: text.replace("\n", " "))


@given(
    body=PART,
    slug=PART,
    outlet=LINE,
    tags=st.lists(PART, max_size=3).map(tuple),
    link=st.one_of(st.none(), LINE),
    return_url=st.one_of(st.none(), LINE),
)
def test_any_document_comes_back_whatever_its_parts_could_be_taken_for(**parts: object) -> None:
    document = a_document(**parts)
    assert parse(render(document)) == document


@pytest.mark.parametrize(
    "text",
    ["36", "1_000", "1e3", "0x1F", "+.5", ".inf", "12:30:45", "2022-01-22", "2022-01-22 15:20:32 +0800"]
    + ["true", "No", "OFF", "y", "null", "~", "=", "<<"],
)
def test_names_that_a_yaml_parser_takes_for_other_things_are_text(text: str) -> None:
    fields = front_matter(render(a_document(slug=text, tags=(text,))))
    assert (fields["categories"], fields["tags"]) == (text, text)


def test_what_a_name_says_stays_bare_where_it_is_text_anyway() -> None:
    names = ("21CNkeji", "36氪", "luwang", "Career In touxingPEVC", "0to1", "36 ke", "21cai", "1.5 x")
    assert all(
        f"\ncategories: {name}\ntags: {name}\n" in render(a_document(slug=name, tags=(name,)))
        for name in names
    )


def test_a_document_whose_outlet_its_tags_do_not_tell_says_it() -> None:
    document = a_document(outlet="甲报", tags=("乙", "丙"), return_url=None)
    assert '\noutlet: "甲报"\n---\n' in render(document)
    assert parse(render(document)) == document
    assert "outlet" not in render(a_document(return_url=None))


@pytest.mark.parametrize(
    "said", ["body: 99", "body: -1", "body: 3\noutlet: x", "body: x", "body: []", "outlet: []"]
)
def test_a_body_that_is_not_as_long_as_is_said_ends_where_it_seems_to(said: str) -> None:
    text = render(a_document()).replace("\ntags: ", f"\n{said}\ntags: ", 1)
    assert parse(text).body == "<p>正文</p>"
    assert parse(text).link == a_document().link


@given(title=TEXT)
def test_a_yaml_parser_reads_the_title_that_was_meant(title: str) -> None:
    fields = front_matter(render(a_document(title=title)))
    assert fields["title"] == title
    assert fields["layout"] == "post"


def test_jekylls_own_yaml_parser_reads_the_titles_that_were_meant(tmp_path: Path) -> None:
    ruby = shutil.which("ruby") or pytest.skip("ruby is not installed")
    titles = [
        '"',
        "\\",
        "a: b #c",
        "\u2028\u2029\u0085",
        "\x00\x1b\x7f\ufeff\uffff",
        "a\r\nb\t",
        "🚀 <10亿 %",
        "'",
    ]
    files = []
    for number, title in enumerate(titles):
        files.append(tmp_path / f"{number}.md")
        text = render(a_document(title=title, slug=": #x", tags=("- t",)))
        files[-1].write_text(text, encoding="utf-8", newline="")
    reader = Path(__file__).with_name("read_front_matter.rb")
    answer = subprocess.run([ruby, reader, *files], capture_output=True, check=True).stdout
    assert json.loads(answer) == [[title, ": #x", "- t"] for title in titles]


def test_a_rendered_document_has_no_newline_at_its_end_and_no_carriage_return_in_its_front_matter() -> None:
    text = render(a_document(title="a\r\nb"))
    assert not text.endswith("\n")
    assert "\r" not in text


def test_times_are_written_in_shanghai_time() -> None:
    noon = datetime(2022, 1, 22, 4, 0, 0, tzinfo=UTC)
    assert "\ndate: 2022-01-22 12:00:00 +0800\n" in render(a_document(published=noon))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2022-01-22 15:20:32 +0800", datetime(2022, 1, 22, 15, 20, 32, tzinfo=SHANGHAI)),
        ("2022-01-22 15:20:32", datetime(2022, 1, 22, 15, 20, 32, tzinfo=SHANGHAI)),
        ("2022-01-22 15:20", datetime(2022, 1, 22, 15, 20, tzinfo=SHANGHAI)),
        ("2022-01-22", datetime(2022, 1, 22, tzinfo=SHANGHAI)),
        ("2022-01-22T15:20:32+09:00", datetime(2022, 1, 22, 15, 20, 32, tzinfo=timezone(timedelta(hours=9)))),
        ("2022-1-3 9:05", datetime(2022, 1, 3, 9, 5, tzinfo=SHANGHAI)),
        ("2022/01/03", datetime(2022, 1, 3, tzinfo=SHANGHAI)),
        ("2022.1.3 09：05：07 +0900", datetime(2022, 1, 3, 9, 5, 7, tzinfo=timezone(timedelta(hours=9)))),
        ("2022年1月3日 9:05", datetime(2022, 1, 3, 9, 5, tzinfo=SHANGHAI)),
        ("2022-01-03T09:05:00Z", datetime(2022, 1, 3, 9, 5, tzinfo=UTC)),
        ("2022-1-3 09:05:00.25 UTC", datetime(2022, 1, 3, 9, 5, tzinfo=UTC)),
        ("", None),
        (" +0800", None),
    ],
)
def test_dates_are_read_as_they_are_found_in_the_wild(written: str, meant: datetime | None) -> None:
    assert parse(f"---\ntitle: a\ndate: {written}\n---\nx").published == meant


@pytest.mark.parametrize(
    "written",
    ["tomorrow", "2022-13-01", "0001-01-01 00:00:00 +0800", "[[[[", "3/1/2022", "2022-1-32", "2022-1-3 9:5"]
    + ["2022-01-03 09:05 CST", "22-1-3", "2" * 5000, "1 " * 5000],
)
def test_a_date_that_is_none_is_an_error_not_a_guess(written: str) -> None:
    with pytest.raises(DocumentError, match="date"):
        parse(f'---\ntitle: a\ndate: "{written}"\n---\nx')


def test_titles_that_the_owner_left_unescaped_are_read() -> None:
    text = '---\nlayout: post\ntitle: "他说"好": \\o/"\ndate: 2022-01-22 15:20:32 +0800\n---\nx'
    read = read_file(text)
    assert (read.document.title, read.is_yaml) == ('他说"好": \\o/', False)


def test_a_file_tells_how_it_says_what_it_says() -> None:
    read = read_file("---\ntitle: a\ndate:  2022/1/3 \npublished: False\n...\nx")
    assert (read.is_yaml, read.date, read.is_published) == (True, "2022/1/3", False)
    assert read_file(render(a_document())).is_published


YAML = st.lists(
    st.one_of(
        st.sampled_from(
            ["\n", " ", "  ", ": ", "- ", '"', "'", "[", "]", ", ", "#", " #", "&a", "*a", "|", ">"]
        )
        | st.sampled_from(
            ["\\", "\\n", "\\x", "%", "@", "a", "title: ", "date: 2022-01-22", "中", "：", "“", "---", "🚀"]
        ),
        ANY_TEXT,
    ),
    max_size=12,
).map("".join)


@given(text=YAML)
@example("|#")
@example("1\n\t")
@example("\r\n\ufeff")
@example("!x,")
@example("[? \n]")
def test_the_loader_in_c_reads_what_the_one_in_python_reads(text: str) -> None:
    front_matter = f"layout: post\ntitle: {text}\ntags: [{text}]\n"
    for tried in (text, front_matter):
        loader = frontmatter._loader_for(tried)
        assert _loaded(tried, loader) == _loaded(tried, yaml.BaseLoader)


def test_ordinary_front_matter_is_read_in_c() -> None:
    text = render(a_document(title='他说"好"：C:\\盘 100% #1'))
    assert frontmatter._loader_for(text.partition("\n---\n")[0][4:]) is yaml.CBaseLoader


def _loaded(text: str, loader: type) -> object:
    try:
        return yaml.load(text, loader)
    except yaml.YAMLError:
        return None


def test_an_empty_link_and_an_empty_date_are_kept_as_published() -> None:
    document = a_document(link="", published=None)
    assert "\n\n<>\n\n[返回" in render(document)
    assert "\ndate:\n" in render(document)
    assert parse(render(document)) == document


@pytest.mark.parametrize(
    "text",
    ["", "no front matter", "---\ntitle: a\n", "---\n- a\n- b\n---\nx", "----\ntitle: a\n----\n"]
    + ["---\n" + "a: b\n" * 20_000 + "---\n"],
)
def test_what_is_no_document_is_refused_by_name(text: str) -> None:
    with pytest.raises(DocumentError):
        parse(text)


def test_deep_and_self_referring_yaml_is_harmless() -> None:
    bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n"
    assert parse(f"---\ntitle: t\ntags: {'[' * 5000}\n---\nx").title == "t"
    assert parse(f"---\ntitle: t\n{bomb}---\nx").title == "t"
    assert parse(f"---\ntitle: t\ntags:\n{'- ' * 30_000}\n---\nx").title == "t"


def test_naive_times_and_fractions_of_a_second_are_refused() -> None:
    with pytest.raises(DocumentError, match="time zone"):
        a_document(published=datetime(2022, 1, 1))  # noqa: DTZ001
    with pytest.raises(DocumentError, match="finer"):
        a_document(published=datetime(2022, 1, 1, microsecond=1, tzinfo=UTC))


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(DocumentError, match="UTF-8"):
        a_document(title="\ud800")
