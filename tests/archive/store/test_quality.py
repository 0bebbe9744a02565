"""What a report is made of, on both databases."""

from datetime import date

from archive.documents import Fidelity
from archive.store import Store
from archive.store.quality import Grouping, RejectedPages, RejectionCount
from archive.store.selection import Selection
from archive.store.values import RunState
from tests.archive.store.samples import T0, gone, imported, later, rejected, seen, sourced

EVENING = 8 * 60
"""Minutes from T0, four in the afternoon of Shanghai, to its midnight."""


def test_documents_are_counted_by_what_they_have_and_by_the_days_of_shanghai(store: Store) -> None:
    store.write([seen(1), seen(2, at=EVENING - 1), seen(3, at=EVENING, outlet="", slug="kx")], None)
    store.write([seen(4, source="cinic", published=None, fidelity=Fidelity.GENERIC)], None)
    with store.quality.survey() as survey:
        assert survey.counts(Grouping.SOURCE) == {("cinic",): 1, ("finews",): 3}
        assert survey.counts(Grouping.OUTLET) == {("",): 1, ("东方财富",): 3}
        assert survey.counts(Grouping.CATEGORY) == {("kuaixun",): 3, ("kx",): 1}
        assert survey.counts(Grouping.NORMALIZER) == {("",): 4}
        assert survey.counts(Grouping.SEEN, of=Grouping.FIDELITY) == {
            ("2024-05-01", "generic"): 1,
            ("2024-05-01", "page"): 2,
            ("2024-05-02", "page"): 1,
        }
        assert survey.counts(Grouping.PUBLISHED) == {("",): 1, ("2024-05-01",): 3}


def test_a_selection_holds_for_all_that_is_told(store: Store) -> None:
    store.write([seen(1), seen(2, "<p>gleich</p>", title="T"), seen(3, source="cinic")], None)
    store.write([seen(2, "<p>gleich</p>", source="cinic", title="T")], None)
    with store.quality.survey(Selection(sources=["cinic"])) as survey:
        assert survey.counts(Grouping.SOURCE) == {("cinic",): 2}
        assert survey.contents() == 2
        assert [one.source for one in survey.documents(with_text=False)] == ["cinic", "cinic"]
        assert len(survey.shared()) == 1
        assert survey.newest(Grouping.SOURCE, 9).keys() == {"cinic"}
    with store.quality.survey(Selection(sources=["cinic"], since=later(1))) as survey:
        assert survey.counts(Grouping.SOURCE) == {}
    with store.quality.survey(Selection(sources=["nobody"])) as survey:
        assert list(survey.documents(with_text=True)) == []


def test_documents_come_in_the_order_of_their_first_sight_with_text_only_where_asked(store: Store) -> None:
    store.write([seen(2), imported(3, name="a.txt", lost=4)], None)
    store.write([seen(1)], None)
    store.write([gone(2, at=5)], None)
    with store.quality.survey() as survey:
        bare = list(survey.documents(with_text=False))
        whole = list(survey.documents(with_text=True))
    assert [one.source_id[-1] for one in bare] == ["2", "3", "1"]
    assert {(one.title, one.text) for one in bare} == {("", "")}
    assert (whole[0].title, whole[0].text) == ("上证指数第2报", "收盘第2段。")
    assert [one.lost for one in bare] == [0, 4, 0]
    assert [one.gone_since for one in bare] == [later(5), None, None]
    assert bare[1].fidelity is Fidelity.IMPORT
    assert (bare[0].first_seen, bare[0].published) == (T0, sourced(2).document.published)


def test_more_documents_than_are_read_at_once_all_come(store: Store) -> None:
    store.write([seen(n) for n in range(210)], None)
    with store.quality.survey() as survey:
        assert [one.text for one in survey.documents(with_text=True)] == [
            f"收盘第{n}段。" for n in range(210)
        ]


def test_the_newest_of_each_group_are_named_and_read_again(store: Store) -> None:
    store.write([seen(1), seen(2), seen(3), seen(4, outlet="")], None)
    with store.quality.survey() as survey:
        newest = survey.newest(Grouping.OUTLET, 2)
        assert [one.source_id[-1] for one in survey.named(newest["东方财富"])] == ["3", "2"]
        assert [one.source_id[-1] for one in survey.named(newest[""])] == ["4"]
        assert survey.named([]) == []
        assert [one.text for one in survey.named(newest[""])] == ["收盘第4段。"]


def test_contents_that_documents_share_are_told_whether_the_others_are_selected_or_not(store: Store) -> None:
    same = {"body": "<p>gleich</p>", "title": "T"}
    store.write([seen(1, **same), seen(2, **same), seen(3), seen(1, source="cinic", **same)], None)
    with store.quality.survey() as survey:
        assert (len(survey.shared()), survey.contents()) == (1, 2)
    with store.quality.survey(Selection(sources=["cinic"])) as survey:
        assert len(survey.shared()) == 1


def test_rejections_are_counted_by_day_source_stage_and_reason(store: Store) -> None:
    run = store.start_run("finews", "cli", T0, "host", 7)
    other = store.start_run("cinic", "cli", T0, "host", 7)
    store.write([rejected(1), rejected(2), rejected(3, at=EVENING)], run)
    store.write([rejected(4)], other)
    store.write([rejected(5)], None)
    first, second = date(2024, 5, 1), date(2024, 5, 2)
    with store.quality.survey() as survey:
        assert survey.rejections() == [
            RejectionCount("", "parse", "no_body", first, 1),
            RejectionCount("cinic", "parse", "no_body", first, 1),
            RejectionCount("finews", "parse", "no_body", first, 2),
            RejectionCount("finews", "parse", "no_body", second, 1),
        ]
    with store.quality.survey(Selection(sources=["cinic"])) as survey:
        assert [one.rejections for one in survey.rejections()] == [1]


def test_the_pages_behind_rejections_are_counted_once_with_those_that_are_documents_by_now(
    store: Store,
) -> None:
    run = store.start_run("finews", "cli", T0, "host", 7)
    store.write([rejected(1), rejected(1, at=5), rejected(2), rejected(2, at=5), rejected(3)], run)
    store.write([rejected(3), seen(1), seen(3), imported(4, name="a.txt", address="")], None)
    with store.quality.survey() as survey:
        assert survey.rejected_pages() == {
            ("", "parse", "no_body"): RejectedPages(1, 1),
            ("finews", "parse", "no_body"): RejectedPages(3, 2),
        }
    with store.quality.survey(Selection(sources=["cinic"])) as survey:
        assert survey.rejected_pages() == {}


def test_the_first_crawl_that_saw_a_whole_source_is_known(store: Store) -> None:
    for at, outcome in ((0, "unreachable"), (10, "complete"), (20, "complete")):
        run = store.start_run("finews", "cli", later(at), "host", 7)
        store.finish_run(run, RunState.FINISHED, outcome, {}, later(at + 1))
    store.write([seen(1), seen(2, source="cinic")], None)
    with store.quality.survey() as survey:
        assert survey.first_crawls() == {"finews": later(11)}


def test_a_survey_sees_one_state_however_much_is_stored_meanwhile(store: Store) -> None:
    store.write([seen(1)], None)
    with store.quality.survey() as survey:
        assert survey.contents() == 1
        store.write([seen(2)], None)
        assert survey.contents() == 1
        assert len(list(survey.documents(with_text=True))) == 1
