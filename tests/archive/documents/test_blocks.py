"""A body's blocks: the canonical text, with what each block is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.documents import canonical_text
from archive.documents.blocks import Block, blocks_of

PIECES = st.sampled_from(
    "<p> </p> <ul> </ul> <ol> <ol start=4> <ol start=x> </ol> <li> <li value=9> </li> <blockquote> "
    "</blockquote> <table> <tr> <td> </td> </tr> </table> <h2> </h2> <b> </b> <p style=display:none> <br> "
    "一 二 &amp; <script> </script> <div> </div>".split(" ")
)


def read(body: str) -> list[Block]:
    return blocks_of(body, canonical_text(body))


@given(st.lists(PIECES, max_size=30).map("".join))
def test_the_texts_are_the_canonical_text_whatever_the_markup(body: str) -> None:
    found = read(body)
    assert "\n".join(block.text for block in found) == canonical_text(body)
    assert all(block.quoted >= 0 and block.listed >= 0 for block in found)


@pytest.mark.parametrize(
    ("body", "blocks"),
    [
        ("<h2>业绩</h2><p>正文</p>", [Block("业绩", heading=2), Block("正文")]),
        (
            "<p><strong>小标题</strong></p><p><b>鲁网讯</b>正文</p>",
            [Block("小标题", is_strong=True), Block("鲁网讯正文")],
        ),
        ("> 摘要。\n\n<p>正文</p>", [Block("摘要。", quoted=1), Block("正文")]),
        (
            "<ol start=3><li>甲<br>续<ul><li>子</ul><li>乙<li value=9>丙</ol>丁",
            [
                Block("甲", listed=1, mark="3."),
                Block("续", listed=1),
                Block("子", listed=2, mark="-"),
                Block("乙", listed=1, mark="4."),
                Block("丙", listed=1, mark="9."),
                Block("丁"),
            ],
        ),
        (
            "<table><tr><th>项目<th>金额<tr><td>收入<td>3<td>4</table>尾",
            [
                Block("项目", row=1, cell=1),
                Block("金额", row=1, cell=2),
                Block("收入", row=2, cell=1),
                Block("3", row=2, cell=2),
                Block("4", row=2, cell=3),
                Block("尾"),
            ],
        ),
        (
            "<ul><li>明<div hidden><h2>暗</h2><ul></ul></div><li>亮</ul>",
            [Block("明", listed=1, mark="-"), Block("亮", listed=1, mark="-")],
        ),
        ("<ul><li></li></ul><p>明</p>", [Block("明")]),
        (
            "<div>" * 900 + "<ul><li>深</ul>" + "</div>" * 900 + "<p>后</p>",
            [Block("深", listed=1, mark="-"), Block("后")],
        ),
        ("", []),
    ],
    ids=["heading", "strong", "digest", "lists", "table", "hidden", "no item", "deep", "empty"],
)
def test_what_a_block_is_comes_from_the_markup(body: str, blocks: list[Block]) -> None:
    assert read(body) == blocks


def test_a_text_that_was_made_otherwise_is_taken_as_it_is() -> None:
    assert blocks_of('<img src="https://x.test/a.png">', "https://x.test/a.png") == [
        Block("https://x.test/a.png")
    ]
    assert blocks_of("<h1>新</h1>", "旧\n文") == [Block("旧"), Block("文")]
