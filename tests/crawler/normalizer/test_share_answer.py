"""The share API's answers: the article's HTML, or a named rejection."""

import json

import pytest

from crawler.normalizer import Reason, Rejected, read_share_answer


def answer(**keys: object) -> bytes:
    return json.dumps(keys, ensure_ascii=False).encode()


def test_the_html_is_the_posts_source_but_for_pairs_of_ideographic_spaces() -> None:
    html = '<p>\u3000\u3000一\u3000二\u3000\u3000\u3000三</p>\r\n <p>R&D&nbsp;"</p>'
    assert read_share_answer(answer(text=html)) == '<p>一\u3000二\u3000三</p>\r\n <p>R&D&nbsp;"</p>'


def test_flashes_have_theirs_under_another_key() -> None:
    assert read_share_answer(answer(content="<p>快讯</p>")) == "<p>快讯</p>"
    assert read_share_answer(answer(text="", content="<p>快讯</p>", code=1)) == "<p>快讯</p>"


def test_an_article_of_images_alone_is_one() -> None:
    assert read_share_answer(answer(text='<p><img src="a.jpg"></p>')) == '<p><img src="a.jpg"></p>'


def test_gb18030_and_a_byte_order_mark_are_read() -> None:
    text = json.dumps({"text": "<p>中国电信发布公告</p>"}, ensure_ascii=False)
    assert read_share_answer(text.encode("gb18030")) == "<p>中国电信发布公告</p>"
    assert read_share_answer(b"\xef\xbb\xbf" + text.encode()) == "<p>中国电信发布公告</p>"


def test_what_no_file_and_no_database_can_hold_is_replaced() -> None:
    assert read_share_answer(b'{"text": "<p>a\\u0000b\\ud800c</p>"}') == "<p>a\ufffdb?c</p>"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"<html>502</html>", Reason.NOT_JSON),
        (b'{"text": "<p>cut', Reason.NOT_JSON),
        (b"[" * 100_000, Reason.NOT_JSON),
        (b"[]", Reason.NOT_JSON),
        (b'"<p>x</p>"', Reason.NOT_JSON),
        (b"{}", Reason.NO_BODY),
        (answer(html="<p>x</p>"), Reason.NO_BODY),
        (answer(text=None), Reason.NO_BODY),
        (answer(text=["<p>x</p>"]), Reason.NO_BODY),
        (answer(text="<!DOCTYPE html><html><body>502</body></html>"), Reason.NO_BODY),
        (answer(text=""), Reason.EMPTY),
        (answer(text="<p>\u3000\u3000&nbsp;</p>"), Reason.EMPTY),
        (answer(text="<p>正文正文正文</p>").replace("文".encode(), b"\xe6\x96", 1), Reason.UNDECODABLE),
    ],
)
def test_what_is_no_article_is_rejected_by_name(data: bytes, reason: Reason) -> None:
    with pytest.raises(Rejected) as rejected:
        read_share_answer(data)
    assert rejected.value.reason is reason
