"""Posts of a Jekyll tree: the owner's files, and more where Jekyll would not build those as they are."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.documents import Document, SourcedDocument, canonical_text, content_hash, parse, render
from archive.exports.jekyll.markdown import stays_as_it_is
from archive.exports.jekyll.posts import number_of, numbered, post_of
from archive.exports.order import Form
from archive.store.values import Holding
from fixtures.corpus import Corpus
from tests.odd_documents import BODIES, odd_documents

NAME = re.compile(r"_posts/\d{4}-\d\d-\d\d-[0-9A-Za-z]+\.(md|html)")
ANY = st.text(st.characters(exclude_categories=["Cs"]))
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"))


def holding(found: SourcedDocument, **changes: object) -> Holding:
    found = replace(found, document=replace(found.document, **changes))
    document = found.document
    hashed = content_hash(document.title, document.body)
    return Holding(found, hashed, (), (), "", canonical_text(document.body))


def post(found: SourcedDocument, form: Form = Form.PUBLISHED, **changes: object) -> tuple[str, str]:
    name, data = post_of(holding(found, **changes), form)
    return name, data.decode()


@pytest.fixture
def plain() -> SourcedDocument:
    """A post of finews of which nothing is odd."""
    found = next(odd_documents())
    return replace(found, document=replace(found.document, slug="luwang", tags=("鲁网新闻",)))


def test_an_ordinary_post_is_the_owners_file_under_the_owners_name(plain: SourcedDocument) -> None:
    assert post(plain) == ("_posts/2022-01-22-NW202201221500000001.md", render(plain.document))


def test_all_posts_of_the_double_are_the_owners_files(plain: SourcedDocument) -> None:
    corpus = Corpus(posts=200, categories=30, seed=3, twins=9, old_links=5, broken=3)
    for code, file in corpus.expected_documents(corpus.plan.start).items():
        document = parse(file.decode())
        name, text = post_of(holding(replace(plain, source_id=code, document=document)), Form.PUBLISHED)
        assert (text, name) == (file, f"_posts/{document.published:%Y-%m-%d}-{code}.md")


def test_odd_documents_come_back_and_no_two_have_one_name() -> None:
    held = list(odd_documents())
    posts = [post(found) for found in held]
    assert [parse(text) for _, text in posts] == [found.document for found in held]
    assert all(NAME.fullmatch(name) for name, _ in posts)
    assert len({name.casefold() for name, _ in posts}) == len(held)


@given(
    title=ANY,
    body=ANY,
    slug=ANY,
    outlet=LINE,
    tags=st.lists(ANY, max_size=2).map(tuple),
    link=st.one_of(st.none(), LINE),
    return_url=st.one_of(st.none(), LINE),
)
def test_any_document_comes_back(**fields: object) -> None:
    document = Document(published=None, **fields)  # type: ignore[arg-type]
    name, data = post_of(
        holding(SourcedDocument("x", "y", "", "", next(odd_documents()).fidelity, document)), Form.PUBLISHED
    )
    assert parse(data.decode()) == document
    assert NAME.fullmatch(name)


def test_a_post_without_a_date_has_the_day_that_no_document_has_and_no_key_for_one(
    plain: SourcedDocument,
) -> None:
    """To Jekyll an empty date is an invalid one, which ends the build."""
    name, text = post(plain, published=None)
    assert name == "_posts/0001-01-01-NW202201221500000001.md"
    assert "date" not in text.partition("\n---\n")[0]


def test_the_day_is_the_one_in_shanghai(plain: SourcedDocument) -> None:
    name, _ = post(plain, published=datetime(2022, 1, 22, 16, tzinfo=UTC))
    assert name.startswith("_posts/2022-01-23-")


@pytest.mark.parametrize(
    ("source", "source_id"),
    [
        ("web", "NW202201221500000001"),
        ("finews", "nw202201221500000001"),
        ("finews", "a/../b"),
        ("x", "文" * 90),
    ],
)
def test_what_has_no_code_of_the_sites_own_form_is_named_by_a_hash_that_is_never_taken_for_one(
    plain: SourcedDocument, source: str, source_id: str
) -> None:
    name, _ = post(replace(plain, source=source, source_id=source_id))
    assert re.fullmatch(r"_posts/2022-01-22-d[0-9a-f]{23}\.md", name)


@pytest.mark.parametrize(
    "body",
    [
        "<p>一</p>",
        "<p>a<10亿 > b & c</p>\n <p>二</p>",
        '<!-- EM_StockImg_Start --><p><img src="http://x.test/a?b&c" width=5></p><!-- EM_StockImg_End -->',
        "<table>\n<tbody><tr><td>a|b</td></tr></tbody></table><ul>\n  <li>*a*</li>\n</ul>",
        "> 摘要：毛利率>30%的“单品”\n\n<p>一</p>",
    ],
)
def test_rows_of_html_blocks_are_left_to_markdown(plain: SourcedDocument, body: str) -> None:
    assert stays_as_it_is(replace(plain.document, body=body))


@pytest.mark.parametrize("body", [body for body in BODIES if not body.startswith("<p>")][1:12])
def test_what_markdown_would_read_is_a_post_in_html(plain: SourcedDocument, body: str) -> None:
    name, text = post(plain, body=body)
    assert name.endswith(".html")
    assert "\nlayout: exact\n" in text
    assert f'\nlink: "{plain.document.link}"\n' in text


@pytest.mark.parametrize("number", ["#x110000", "#xD800", "#xdfff", "#0", "#99999", "#1114112", "#160 "])
def test_numbers_that_may_be_no_characters_are_not_given_to_markdown(
    plain: SourcedDocument, number: str
) -> None:
    """It makes bytes of them that are no text."""
    assert not stays_as_it_is(replace(plain.document, body=f"<p>&{number};</p>"))
    assert stays_as_it_is(replace(plain.document, body="<p>&#160;&#xa0;&#9650;&#x25B2;</p>"))


@pytest.mark.parametrize("depth", [50, 51])
def test_more_levels_than_rubys_stack_holds_are_not_given_to_markdown(
    plain: SourcedDocument, depth: int
) -> None:
    body = f"<p>{'<b>' * (depth - 1)}x{'</b>' * (depth - 1)}</p>"
    assert stays_as_it_is(replace(plain.document, body=body)) == (depth == 50)


def test_as_plain_text_it_has_its_blocks_as_paragraphs(plain: SourcedDocument) -> None:
    body = "<p>一 &lt;b&gt; &amp;</p><script>x</script><div>*二*<br>三</div>"
    name, text = post(plain, Form.PLAIN, body=body)
    assert name.endswith(".md")
    assert parse(text).body == "<p>一 &lt;b&gt; &amp;</p>\n<p>*二*</p>\n<p>三</p>"
    assert canonical_text(parse(text).body) == canonical_text(body)


def test_a_number_in_a_name_is_found_again() -> None:
    name = numbered(7, "0123456789abcdef" * 4)
    assert (name, number_of(name)) == ("_posts/0001-01-01-d007-0123456789abcdef.html", 7)
    assert number_of("_posts/2022-01-22-NW202201221500000001.md") is None
