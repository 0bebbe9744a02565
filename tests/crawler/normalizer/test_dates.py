"""Days and times as pages write them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.normalizer.dates import date_in, dated

DAY = "2022-02-28"
MIDNIGHT = f"{DAY} 00:00:00"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("2022年2月28日", MIDNIGHT),
        ("2022/2/28 15:22", f"{DAY} 15:22:00"),
        ("2022.02.28 15时22分", f"{DAY} 15:22:00"),
        ("2022-02-28T15:22:07.123", f"{DAY} 15:22:07"),
        ("2022年2月28日15时5分", f"{DAY} 15:05:00"),
        ("2022年2月28日15时22分07秒", f"{DAY} 15:22:07"),
    ],
)
def test_a_time_without_a_zone_is_chinas(text: str, seen: str) -> None:
    assert f"{date_in(text):%F %T %z}" == f"{seen} +0800"


@pytest.mark.parametrize(
    ("zone", "seen"),
    [
        ("Z", "2022-03-01 04:00"),
        (" GMT", "2022-03-01 04:00"),
        (" UTC", "2022-03-01 04:00"),
        (" (GMT+8)", "2022-02-28 20:00"),
        (" UTC+08:00", "2022-02-28 20:00"),
        ("+08", "2022-02-28 20:00"),
        (" +0000", "2022-03-01 04:00"),
        ("-05:30", "2022-03-01 09:30"),
        ("-22:00", "2022-02-28 20:00"),
        (" UTC+8:00", "2022-02-28 20:00"),
        (" 来源：甲报", "2022-02-28 20:00"),
        (" Zhang San", "2022-02-28 20:00"),
    ],
)
def test_a_time_of_another_zone_is_told_in_chinas(zone: str, seen: str) -> None:
    assert f"{date_in(f'2022-02-28 20:00{zone}'):%F %H:%M}" == seen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("下午3:22", "15:22"),
        ("下午 3时22分", "15:22"),
        ("晚上8:05", "20:05"),
        ("上午9:05", "09:05"),
        ("凌晨12:05", "00:05"),
        ("中午12:05", "12:05"),
        ("中午1:05", "13:05"),
        ("3:22 PM", "15:22"),
        ("3:22:00 p.m.", "15:22"),
        ("12:22 am", "00:22"),
        ("12:22 pm", "12:22"),
        ("15:22 PM", "15:22"),
        ("3:22 Pmx", "03:22"),
    ],
)
def test_an_hour_of_half_a_day_is_told_of_the_whole_day(text: str, seen: str) -> None:
    assert f"{date_in(f'{DAY} {text}'):%F %H:%M}" == f"{DAY} {seen}"


@pytest.mark.parametrize("clock", ["24:00", "24:00:00", "25:10", "12:99", "12:00 GMT+99:99"])
def test_a_time_that_no_clock_shows_leaves_the_day(clock: str) -> None:
    assert f"{date_in(f'{DAY} {clock}'):%F %T %z}" == f"{MIDNIGHT} +0800"


def test_what_names_the_time_is_all_cut_from_a_line() -> None:
    for named in (DAY, f"{DAY} 20:00 GMT", f"{DAY} 下午3:22", f"{DAY} 3:22 PM", "2022年2月28日15时22分07秒"):
        found = dated(f"来源：甲报 {named} 张三")
        assert found
        assert (found.start, found.end - len(named)) in {(6, 6), (6, 7)}  # a space may go with it


def test_a_time_as_in_mail_is_read() -> None:
    assert f"{date_in('Mon, 28 Feb 2022 20:00:00 GMT'):%F %T %z}" == "2022-03-01 04:00:00 +0800"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="2019-/.年月日时分:： T上下午晚AP.MZUTCGM+()", max_size=60))
def test_whatever_stands_there_is_a_moment_in_chinas_time_or_nothing(text: str) -> None:
    for found in (date_in(text), date_in(f"{DAY}{text}")):
        assert found is None or f"{found:%z}" == "+0800"


def test_time_taken_is_bounded() -> None:
    begun = time.process_time()
    for piece in ("2022-", "2022-01-01", "2022-1-1 ", "1 ", "2022 - 1 - 1  下午"):
        date_in(piece * 300_000)
    assert time.process_time() - begun < 2
