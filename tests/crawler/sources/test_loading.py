"""A mistake in a source file is answered by one line: which file, which key, what is allowed there."""

from pathlib import Path

import pytest

from archive.errors import UsageError
from crawler.sources.loading import load_declaration
from crawler.sources.reference import tables

GOOD = (Path(__file__).parent / "zhoukan.toml").read_text(encoding="utf-8")
BODY = 'body = ".story"'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "zhoukan.toml"


def test_what_may_be_left_out_has_a_default(file: Path) -> None:
    file.write_text(GOOD, encoding="utf-8")
    rules = load_declaration(file)
    assert rules.starts == ("https://www.zhoukan.example/latest?page=1",)
    assert (rules.window.days, rules.window.posts_leave, rules.politeness.delay) == (7, False, 1.0)
    assert rules.article.title[0].select == "h1"


def test_a_file_saved_on_windows_is_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_declaration(file).title == "商业周刊"


MISTAKES = {
    "a key is missing": ('title = "商业周刊"\n', "", "title: missing; expected a name"),
    "a key is misspelt": ("hosts =", "host =", "host: no such key; did you mean hosts?"),
    "a table is misspelt": ("[article]", "[artikel]", "artikel: no such key; did you mean article?"),
    "a key is in the wrong table": (
        BODY,
        f'{BODY}\nstart = "x"',
        "article.start: no such key; there are: addr",
    ),
    "a key of a rule is misspelt": (
        "attribute",
        "atribute",
        "article.published.atribute: no such key; did you",
    ),
    "text without quotation marks": (
        '"商业周刊"',
        "商业周刊",
        "not TOML: Invalid value (at line 1, column 9)",
    ),
    "a key stands twice": (BODY, f"{BODY}\n{BODY}", "a key stands there once"),
    "a bracket is missing": ("[article]", "[article", "(at line 9, column 9)"),
    "a number in the place of text": (
        '".entry"',
        "5",
        "list.entry: text must stand in quotation marks; expected a C",
    ),
    "nothing in the place of text": (
        '".entry"',
        '""',
        "list.entry: there is nothing between the quotation marks",
    ),
    "a selector that is none": (
        '".story"',
        '"div > > p"',
        "article.body: 'div > > p' is no CSS selector (The comb",
    ),
    "a selector of a list that is none": (
        '".story"',
        '[".a", "[b"]',
        "article.body (number 2): '[b' is no CSS",
    ),
    "an address without an id": ("?id={id}", "", "article.address: '/read' must have {id} once"),
    "an address with another name": (
        "{id}",
        "{nr}",
        "article.address: '/read?id={nr}' has {nr}; the only name",
    ),
    "an address with a host": ('"/read', '"https://a.b/read', "does not begin with a slash"),
    "a start page elsewhere": (
        "//www.z",
        "//m.z",
        "start: https://m.zhoukan.example/latest?page=1 is not on one of",
    ),
    "a start page without http": (
        '"https://www',
        '"www',
        "list.start: 'www.zhoukan.example/latest?page=1' is no addr",
    ),
    "a host with http": (
        '["www',
        '["https://www',
        "hosts: 'https://www.zhoukan.example' is no host name; expected a",
    ),
    "a host in capitals": ('["www', '["WWW', "hosts: 'WWW.zhoukan.example' is no host name"),
    "an expression that is none": (
        '"h1"',
        '{ select = "h1", pattern = "(" }',
        "article.title.pattern: '(' is no reg",
    ),
    "an expression without brackets": (
        '"h1"',
        '{ select = "h1", pattern = "x" }',
        "must have one pair of round br",
    ),
    "an empty list": ('"h1"', "[]", "article.title: the list is empty; expected a CSS selector"),
    "a rule without a selector": (
        '"h1"',
        '[{ after = "来源" }]',
        "article.title.select: missing; expected a CSS s",
    ),
    "a number that is too small": (
        BODY,
        f"{BODY}\n[window]\ndays = 0",
        "expected a whole number from 1 to 3650",
    ),
    "a number in quotation marks": (
        BODY,
        f'{BODY}\n[window]\ndays = "7"',
        "window.days: it must be a whole number",
    ),
    "a word for true or false": (
        BODY,
        f'{BODY}\n[window]\nposts_leave = "no"',
        "it must be true or false, without",
    ),
    "a delay that is none": (BODY, f"{BODY}\n[politeness]\ndelay = -1", "expected a number from 0 to 3600"),
    "neither lists nor a feed": (
        GOOD[GOOD.index("[list]") : GOOD.index("[article]")],
        "",
        "neither a table [list]",
    ),
    "a key below a table": (
        GOOD,
        f"[list]\n{GOOD}".replace("\n[list]", "", 1),
        "hosts belongs above the first table",
    ),
    "a slug with a space": (BODY, f'{BODY}\n[document]\nslug = "a b"', "document.slug: 'a b' has a space"),
    "a tag with another name": (
        BODY,
        f'{BODY}\n[document]\ntags = "{{x}}"',
        "a name in braces that is not {outlet}",
    ),
    "an id beside a star": ("?id={id}", "/*{id}", "has a * right beside {id}: nothing says where it ends"),
    "an address with a password": ("https://www", "https://u:p@www", "is no address"),
    "brackets without end": (GOOD, "a=" + "[" * 5000, "brackets within brackets without end"),
    "a list in the place of one text": (
        '".entry"',
        '[".a"]',
        "list.entry: one text, and no list; expected a CSS",
    ),
    "quotation marks of a Chinese keyboard": (
        '".entry"',
        "“.entry”",
        "is it “, which stands there? Signs are to be",
    ),
    "an ideographic space": ("entry =", "entry\u3000=", "is it U+3000, which stands there?"),
    "several at once": (GOOD, 'title = "x"', "hosts: missing; expected a host name in lower case such as"),
    "a table that is text": (
        "[article]",
        'article = "x"\n[document]',
        "list.article: article belongs above the first table",
    ),
}


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES.values(), ids=MISTAKES)
def test_each_kind_of_mistake_is_told_in_one_line(right: str, wrong: str, told: str, file: Path) -> None:
    assert right in GOOD
    file.write_text(GOOD.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(UsageError) as error:
        load_declaration(file)
    line = str(error.value)
    assert line.startswith(f"{file}: ")
    assert told in line
    assert "\n" not in line
    assert len(line) < len(str(file)) + 300


def test_what_is_no_text_is_told_as_such(file: Path) -> None:
    for data, told in ((b"title = '\xff'", "not UTF-8 at byte 9"), (b"#" * 70_000, "larger than 64 KiB")):
        file.write_bytes(data)
        with pytest.raises(UsageError, match=told):
            load_declaration(file)
    with pytest.raises(UsageError, match="cannot be read"):
        load_declaration(file.with_name("absent.toml"))


def test_further_mistakes_are_counted(file: Path) -> None:
    file.write_text('title = "x"', encoding="utf-8")
    with pytest.raises(UsageError, match=r"\(and 1 more to correct\)"):
        load_declaration(file)


def test_every_key_says_in_words_what_it_is_for_and_what_is_allowed() -> None:
    assert all(key.help and key.allowed for table in tables() for key in table.keys)
