"""Post pages for the tests, made by the double's page builder from the parts that a test is about."""

from datetime import datetime

from fixtures.clock import SHANGHAI
from fixtures.document import Document
from fixtures.pages import post_page

CODE = "NW202201222257607797"
LINK = f"http://finews.zning.xyz/html_News/NewsShare.html?infoCode={CODE}"
ADDRESS = f"https://finews.withounder.com/luwang/2022/01/22/{CODE}.html"
BACK = "[返回鲁网新闻](//finews.withounder.com/category/luwang.html)｜[返回首页](//finews.withounder.com/)"


def a_page(
    body: str = "<p>正文</p>",
    *,
    title: str = "标题",
    link: str = f"<{LINK}>",
    back: str = BACK,
    slug: str = "luwang",
    tag: str = "鲁网新闻",
) -> bytes:
    """The page that the generator makes of a post with these parts, published 2022-01-22 15:20:32 +0800."""
    published = datetime(2022, 1, 22, 15, 20, 32, tzinfo=SHANGHAI)
    return post_page(Document(CODE, title, published, slug, tag, f"{body}\n\n{link}\n\n{back}"))
