"""A corpus with every fault that a report looks for, among documents that have none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.documents import SHANGHAI, Document, Fidelity, SourcedDocument
from archive.store import Store
from archive.store.values import Observation, Rejection, RunState

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TEXT = (
    "本报讯（记者 Alice Müller）央行今日开展1000亿元逆回购操作，中标利率为1.5%，与此前持平。"
    "分析人士认为，AT&T、L’Oréal 与 São Paulo 等公司的 P/E<15，市场流动性保持合理充裕——“稳”字当头……"
    "气温约25°C，3×4＝12，误差±0.5‰；这是为什么？谁知道呢？！"
)


def document(number: int, **changes: Any) -> SourcedDocument:
    """A document without a fault, that differs from others by its number."""
    of_sourced = {"source", "source_id", "address", "fidelity", "author", "normalizer"}
    ours = {name: changes.pop(name) for name in of_sourced & changes.keys()}
    plain = Document(
        title=f"央行开展第{number}次逆回购",
        published=datetime(2026, 11, 20, 9, 30, tzinfo=SHANGHAI),
        slug="luwang",
        outlet="鲁网",
        tags=("鲁网新闻",),
        body=f"<p>{TEXT.replace('&', '&amp;').replace('<', '&lt;')}</p><p>第{number}段。</p>",
        link=f"https://finews.example/{number}.html",
        return_url="//finews.withounder.com/category/luwang.html",
    )
    found = SourcedDocument(
        source="finews",
        source_id=f"NW{number:06}",
        address=f"https://finews.example/{number}.html",
        share_address="",
        fidelity=Fidelity.SOURCE,
        document=replace(plain, **changes),
    )
    return replace(found, **ours)


def crawled(number: int, took: timedelta = 7 * MINUTE, **changes: Any) -> Observation:
    """One that was seen so long after it was published; an hour later than the one of the number before."""
    seen_at = changes.pop("seen_at", NOW - 10 * DAY + number * 11 * MINUTE)
    published = changes.pop("published", (seen_at - took).astimezone(SHANGHAI).replace(microsecond=0))
    return Observation(seen_at, document(number, published=published, **changes))


def good(first: int, count: int, **changes: Any) -> list[Observation]:
    """Documents without a fault, seen five to fourteen minutes after they were published."""
    return [crawled(n, (5 + n % 10) * MINUTE, **changes) for n in range(first, first + count)]


ONE_EACH: dict[str, dict[str, Any]] = {
    "title-missing": {"title": " \u3000"},
    "text-missing": {"body": "<p> </p>"},
    "text-short": {"body": "<p>图片新闻</p>"},
    "text-enormous": {"body": f"<p>{TEXT * 660}</p>".replace("&", "&amp;").replace("<15", "&lt;15")},
    "images-only": {"body": '<img src="https://img.example/a.jpg"><img src="b.png?x=1">'},
    "date-missing": {"published": None},
    "date-in-future": {"took": -3 * DAY},
    "date-midnight": {"published": datetime(2026, 11, 20, tzinfo=SHANGHAI)},
    "date-before-2000": {"published": datetime(1970, 1, 1, 8, 0, 1, tzinfo=SHANGHAI)},
    "outlet-missing": {"outlet": ""},
    "slug-missing": {"slug": " "},
    "link-missing": {"link": ""},
    "date-eight-hours-off": {"took": -8 * HOUR + 7 * MINUTE},
    "length-odd": {"body": f"<p>{'很短的一篇文章，说完了，就这么多。' * 2}</p>"},
    "replacement-characters": {"title": "央行\ufffd逆回购"},
    "gbk-as-latin-1": {"title": "中国人民银行".encode("gbk").decode("latin-1")},
    "utf-8-as-latin-1": {"title": "中国人民银行".encode().decode("latin-1")},
    "utf-8-as-gbk": {"body": f"<p>{TEXT.replace('<', '')}</p>".encode().decode("gbk", "ignore")},
    "replaced-as-gbk": {"title": "央行锟斤拷逆回购"},
    "uninitialised-memory": {"title": "烫烫烫烫"},
    "escaped-twice": {"body": f"<p>央行&amp;nbsp;降准</p><p>{TEXT}</p>".replace("P/E<15", "")},
    "control-characters": {"title": "央行\x08降准"},
    "private-use": {"title": "央行\ue5e5降准"},
    "question-marks": {"title": "央行?????降准"},
    "characters-lost": {"lost": 2},
    "readings-left": {"title": "精準(zhǔn)扶貧彰顯央企擔(dān)當(dāng)"},
    "archived-late": {"took": 3 * DAY},
}
"""For each rule that a document can break alone among good ones, what breaks it."""


def faulty(store: Store, *, shifted: int = 6) -> None:
    """Fill the store: 60 good documents, one for each fault, an outlet that is shifted, and the rest."""
    numbers = {rule: 1001 + n for n, rule in enumerate(ONE_EACH)}
    observations = good(1, 60, normalizer="1")
    observations += [crawled(numbers[rule], **broken) for rule, broken in ONE_EACH.items()]
    observations += [
        crawled(2001 + n, 8 * HOUR + 6 * MINUTE, outlet="证券时报", slug="zhengquanshibao")
        for n in range(shifted)
    ]
    store.write(observations, None)
    store.write([Observation(NOW - DAY, gone=(("finews", "NW000007"),))], None)
    same = document(8, source="cinic", source_id="8", fidelity=Fidelity.PAGE, author="王五")
    store.write([Observation(NOW - 2 * HOUR, same)], None)
    authors = [
        crawled(3001 + n, source="cinic", fidelity=Fidelity.PAGE, author="王五" * (n > 0)) for n in range(30)
    ]
    store.write(authors, None)
    run = store.start_run("finews", "cli", NOW - 20 * DAY, "host", 7)
    for n, reason in enumerate(("no-article", "no-article", "empty")):
        page = Rejection(f"https://finews.example/x/{n}.html", "post", reason, "no <section> in it")
        store.write([Observation(NOW - 2 * HOUR, rejection=page)], run)
    store.finish_run(run, RunState.FINISHED, "partial", {}, NOW - 19 * DAY)
