"""Feeds of every make: the addresses of their entries, in whatever state their XML is."""

import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.normalizer.feeds import read_entries
from crawler.normalizer.rejected import Reason, Rejected

A, B = "https://a.example/1.html", "https://a.example/2.html?a=1&b=2"
SAFE = B.replace("&", "&amp;")
ITEMS = f"<item><title>题</title><link>{A}</link></item><item><link> {SAFE}\n</link></item>"
CHANNEL = f"<channel><link>https://a.example/</link>{ITEMS}</channel>"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FEEDS = {
    "RSS 2.0": f'<rss version="2.0">{CHANNEL}</rss>',
    "RSS 0.91": f"<!DOCTYPE rss SYSTEM 'http://a.example/rss.dtd'><rss version='0.91'>{CHANNEL}</rss>",
    "RSS 1.0": f"<rdf:RDF xmlns:rdf='{RDF}' xmlns='http://purl.org/rss/1.0/'>{ITEMS}</rdf:RDF>",
    "an undeclared prefix": f"<rdf:RDF>{ITEMS}</rdf:RDF>",
    "CDATA": f"<rss><item><link><![CDATA[{A}]]></link></item>"
    f"<item><link>\n<![CDATA[{B}]]></link></item></rss>",
    "Atom": f'<feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/>'
    f'<entry><link href="{A}"/></entry>'
    f'<entry><link rel="self" href="/x"/><link rel="alternate" href="{SAFE}"/></entry></feed>',
    "Atom with a prefix": f'<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:link href="{A}"/>'
    f'</a:entry><a:entry><a:link href="{SAFE}"/></a:entry></a:feed>',
    "identifiers": f"<rss><item><guid>{A}</guid></item>"
    f"<item><guid isPermaLink='true'>{SAFE}</guid></item></rss>",
    "links of other namespaces": "<rss xmlns:atom='http://www.w3.org/2005/Atom'>"
    + ITEMS.replace("<link>", "<atom:link href='/y'/><source><link>/z</link></source><link>")
    + "</rss>",
    "ampersands": f"<rss><item><title>a & b&c=&nbsp;</title><link>{A}</link></item>"
    f"<item><link>{B}</link></item></rss>",
    "ampersands behind an error": f"<rss><item><title>&#0;</title><link>{A}</link></item>"
    f"<item><link>{SAFE}</link></item></rss>",
    "ampersands in Atom": f'<feed><entry><link href="{A}"/></entry><entry><link href="{B}"/></entry></feed>',
    "tags that do not end": f"<rss>{ITEMS.replace('</item>', '<description>一<br></description></item>')}",
    "lines before it": f"\n\n <?xml version='1.0'?><rss>{ITEMS}</rss>",
    "emoji in halves": f"<rss>{ITEMS.replace('题', '&#xD83D;&#xDE00;&nbsp;')}</rss>",
}


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_feeds_of_every_make_name_their_entries(feed: str) -> None:
    assert read_entries(feed.encode()).entries == ((A,), (B,))


@pytest.mark.parametrize(
    ("codec", "declared"),
    [
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb2312"),
        ("utf-8", "gb2312"),
        ("utf-16", "utf-16"),
        ("gb18030", "utf-8"),
    ],
)
def test_a_feed_is_decoded_by_its_bytes(codec: str, declared: str) -> None:
    items = ITEMS.replace("题", "朱镕基说").replace("1.html", "镕.html")
    feed = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0">{items}</rss>'
    assert read_entries(feed.encode(codec)).entries == ((A.replace("1.html", "镕.html"),), (B,))


def test_an_identifier_comes_behind_the_link_and_only_where_it_is_an_address() -> None:
    entries = {
        f"<guid>{B.partition('?')[0]}</guid><link>{A}</link>": (A, B.partition("?")[0]),
        f"<guid isPermaLink='false'>{A}</guid>": (),
        "<guid>7</guid>": (),
        f"<link>{'a' * 3_000}</link>": (),
        "<title>题</title>": (),
        "<link/>": (),
    }
    items = "".join(f"<item>{entry}</item>" for entry in entries)
    assert read_entries(f"<rss>{items}</rss>".encode()).entries == tuple(entries.values())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b" \n", Reason.EMPTY),
        (b"<html><item><link>/1</link></item></html>", Reason.NO_POSTS),
        (b"<!DOCTYPE html><html><body><p>404<br></body></html>", Reason.NO_POSTS),
        (b"404 Not Found", Reason.NO_POSTS),
        (b'{"items": []}', Reason.NO_POSTS),
        (b"\xff\xfe\0", Reason.NO_POSTS),
        (b"<sitemapindex/>", Reason.NO_POSTS),
        (b"<rss>" + b"<item/>" * 50_001, Reason.TOO_MANY),
    ],
)
def test_what_is_no_feed_is_rejected_by_name(data: bytes, reason: Reason) -> None:
    with pytest.raises(Rejected) as rejected:
        read_entries(data)
    assert rejected.value.reason is reason


HOSTILE = {
    "lines before the first tag": lambda: "\n" * 1_000_000 + FEEDS["RSS 2.0"],
    "an author": lambda: f"<rss><item><author>{'a@' * 500_000}</author></item>",
    "tags": lambda: "<rss>" + "<a>" * 300_000,
    "tags in a description": lambda: "<rss><item><description>" + "&lt;a&gt;<b>" * 100_000,
    "items": lambda: "<rss>" + "<item/>" * 50_000,
    "links": lambda: "<rss><item>" + "<link>/1</link>" * 20_000,
    "a link": lambda: f"<rss><item><link>{'/1' * 1_000_000}</link></item></rss>",
    "ampersands": lambda: f"<rss><item><link>{'&' * 500_000}</link></item></rss>",
    "references": lambda: "<rss>" + "&x;" * 300_000,
    "sections": lambda: "<rss>" + "<![CDATA[" * 200_000,
    "signs": lambda: "<rss>" + "<" * 1_000_000,
    "entities": lambda: "<!DOCTYPE rss [" + "<!ENTITY a 'x'>" * 100_000 + "]>" + FEEDS["RSS 2.0"],
    "a bomb": lambda: (
        '<!DOCTYPE rss [<!ENTITY a "xxxxxxxxxx">'
        + "".join(f'<!ENTITY {y} "{f"&{x};" * 10}">' for x, y in zip("abcdefgh", "bcdefghi", strict=True))
        + "]><rss><item><link>&i;</link></item></rss>"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_feed_takes_little_time_and_memory(name: str) -> None:
    data = HOSTILE[name]().encode()
    tracemalloc.start()
    begun = time.process_time()
    try:
        with suppress(Rejected):
            read_entries(data)
        assert time.process_time() - begun < 4
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


def test_a_file_that_a_feed_refers_to_is_not_read() -> None:
    feed = '<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss><item><link>&f;</link></item></rss>'
    assert read_entries(feed.encode()).entries == (("&f;",),)


PIECES = (
    "<rss> <channel> <item> </item> <link> </link> <guid> </guid> <feed> <entry> <link/> <rdf:RDF> <a:link> "
    "& ; &# &#xD800; &amp; <![CDATA[ ]]> <!-- --> <?xml <!DOCTYPE < > \" ' \0 \ud83d 题 http://a.example/"
).split(" ")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3)), max_size=15))
def test_no_bytes_bring_anything_but_entries_or_a_rejection(pieces: list[str | bytes]) -> None:
    data = b"".join(p if isinstance(p, bytes) else p.encode("utf-8", "surrogatepass") for p in pieces)
    for whole in (data, b"<rss><item><link>" + data, b"\xff\xfe" + data):
        with suppress(Rejected):
            assert all(isinstance(link, str) for entry in read_entries(whole).entries for link in entry)
