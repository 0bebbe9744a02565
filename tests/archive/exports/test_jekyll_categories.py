"""Categories of a Jekyll tree: a page for each slug, whatever that is."""

import re
import unicodedata

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from archive.exports.file_names import folded, is_usable_below
from archive.exports.jekyll.categories import category_pages, folder_of, listed_at
from archive.exports.jekyll.layout import FOLDERS
from tests.odd_documents import EMPTY_SLUGS, SLUGS


def pages(*slugs: str) -> dict[str, dict[str, str]]:
    """The front matter of each page, by the name of its file."""
    found = {name: data.decode() for name, data in category_pages(slugs)}
    return {
        name: yaml.safe_load(text.removeprefix("---\n").removesuffix("---\n")) for name, text in found.items()
    }


def test_the_page_of_a_slug_has_its_name_and_lists_its_posts() -> None:
    assert pages("Career In touxingPEVC", "21CNkeji") == {
        "category/21CNkeji.html": {
            "layout": "category",
            "title": "21CNkeji",
            "category": "21CNkeji",
            "lists": "21CNkeji",
        },
        "category/Career In touxingPEVC.html": {
            "layout": "category",
            "title": "Career In touxingPEVC",
            "category": "Career In touxingPEVC",
            "lists": "Career In touxingPEVC",
        },
    }


def test_flashes_have_a_page_of_their_own() -> None:
    assert [*pages("emnews")] == ["emnews/index.html"]


def test_a_slug_that_no_file_can_be_named_by_has_its_page_where_its_links_lead_all_the_same() -> None:
    ((name, page),) = pages("a/b%").items()
    assert re.fullmatch(r"category/d[0-9a-f]{15}\.html", name)
    assert (page["permalink"], page["lists"]) == ("/category/a/b%25.html", "/category/a/b%.html")


@pytest.mark.parametrize("slug", ["", "..", "a/../b", "/a", "x.html/y", "a\nb", "长" * 70])
def test_where_links_back_can_lead_to_no_page_a_hash_names_one(slug: str) -> None:
    assert re.fullmatch(r"/category/d[0-9a-f]{15}\.html", listed_at(slug))


def test_of_two_slugs_that_are_one_name_to_some_file_systems_both_have_a_file_and_their_own_page() -> None:
    found = pages("21CN", "21cn")
    assert [page.get("permalink") for page in found.values()] == [None, "/category/21cn.html"]
    assert next(iter(found)) == "category/21CN.html"
    assert len({*map(folded, found)}) == 2


def test_a_new_category_adds_a_file_and_changes_none() -> None:
    before = dict(category_pages(["a", "C d", "{{ x }}"]))
    after = dict(category_pages(["a", "b", "C d", "{{ x }}"]))
    assert after.keys() - before.keys() == {"category/b.html"}
    assert before.items() <= after.items()


@given(
    st.lists(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(SLUGS)), max_size=6)
)
def test_whatever_the_slugs_are_each_has_one_file_that_stays_in_its_folder(slugs: list[str]) -> None:
    names = [name for name, _ in category_pages(slugs)]
    assert len({*map(folded, names)}) == len(names) == len(set(slugs))
    assert all(is_usable_below(FOLDERS, name) for name in names)
    # Jekyll passes over what begins with these.
    assert not any(name.split("/")[1][0] in "._#~" for name in names)


@pytest.mark.parametrize("slug", [*SLUGS, *EMPTY_SLUGS], ids=ascii)
def test_a_path_is_made_of_a_slug_only_where_nobody_would_read_it_otherwise(slug: str) -> None:
    folder = folder_of(slug)
    if folder is None:
        return
    assert folder == "/".join(word.lower() for word in slug.split())
    assert not re.search(r"[%:?#\\\[\]{}|<>\"'~\x00-\x1f]|\.\.|\./|//", f"{folder}/")
    assert not any(unicodedata.category(one).startswith(("C", "Z")) for one in folder)


@pytest.mark.parametrize("slug", ["a  b", "a a", "a/b", "100%", ":title", "", "feed.xml", "category x", "_a"])
def test_slugs_that_jekyll_would_make_something_else_of_are_no_paths(slug: str) -> None:
    assert folder_of(slug) is None
