"""Every kind of channel against a real receiver: what it is sent, and what is made of its answers."""

import base64
import hashlib
import hmac
import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ops.alerts import sending
from ops.alerts.channels import SIGNATURE, Message, shown
from ops.alerts.configuration import ChannelTable
from ops.alerts.sending import NotDelivered, send
from tests.receiver import Receiver, receiving

SECRET = "SEC0123456789"
KEY = "0123456789abcdef"
AT = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
ALERT = Message(
    kind="alert",
    text="ALERT finews: layout-changed\n路网 <b> & rejected >= 20",
    host="host1",
    rule="layout-changed",
    source="finews",
    run=41,
    outcome="nothing-parsed",
    opened_at=AT,
    next="archive rejections --run 41",
    incident=3,
    delivery=7,
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PAUSE", 0)


def channel(kind: str, url: str = "", **table: Any) -> ChannelTable:
    return ChannelTable.model_validate({"kind": kind, "url": url, **table})


def test_slack_gets_a_text_without_markup(receiver: Receiver) -> None:
    receiver.body = b"ok"
    assert send(channel("slack", receiver.url()), ALERT) == "HTTP 200"
    assert receiver.bodies == [
        {"text": "ALERT finews: layout-changed\n路网 &lt;b&gt; &amp; rejected &gt;= 20"}
    ]


@pytest.mark.parametrize(
    "answer", [{"code": 0, "msg": "success"}, {"StatusCode": 0, "StatusMessage": "success"}]
)
def test_feishu_gets_a_signed_text(receiver: Receiver, answer: dict[str, Any]) -> None:
    receiver.body = json.dumps(answer).encode()
    send(channel("feishu", receiver.url(), secret=SECRET), ALERT)
    (body,) = receiver.bodies
    assert body["msg_type"] == "text"
    assert body["content"] == {"text": ALERT.text}
    assert abs(int(body["timestamp"]) - time.time()) < 60
    key = f"{body['timestamp']}\n{SECRET}".encode()
    assert body["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()


def test_dingtalk_gets_a_text_signed_in_its_address(receiver: Receiver) -> None:
    send(channel("dingtalk", receiver.url("/robot/send?access_token=abc123456"), secret=SECRET), ALERT)
    assert receiver.bodies == [{"msgtype": "text", "text": {"content": ALERT.text}}]
    query = parse_qs(urlsplit(receiver.received[0][0]).query)
    assert query["access_token"] == ["abc123456"]
    timestamp = query["timestamp"][0]
    assert abs(int(timestamp) / 1000 - time.time()) < 60
    digest = hmac.new(SECRET.encode(), f"{timestamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert query["sign"] == [base64.b64encode(digest).decode()]


@pytest.mark.parametrize("kind", ["feishu", "dingtalk", "wecom"])
def test_without_a_secret_nothing_is_signed(receiver: Receiver, kind: str) -> None:
    send(channel(kind, receiver.url()), ALERT)
    assert b"sign" not in receiver.received[0][2]
    assert "sign" not in receiver.received[0][0]


def test_wecom_gets_no_more_than_it_takes(receiver: Receiver) -> None:
    long = Message("alert", "字" * 2000, "host1")
    send(channel("wecom", receiver.url()), long)
    (body,) = receiver.bodies
    assert body["msgtype"] == "text"
    assert 1900 < len(body["text"]["content"].encode()) <= 2048


def test_json_has_all_that_is_known_and_a_signature(receiver: Receiver) -> None:
    receiver.status = 204
    send(channel("json", receiver.url(), secret=SECRET), ALERT)
    _, headers, body = receiver.received[0]
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE.lower()] == f"sha256={digest}"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(body) == {
        "kind": "alert",
        "rule": "layout-changed",
        "source": "finews",
        "text": ALERT.text,
        "run": 41,
        "outcome": "nothing-parsed",
        "opened_at": "2024-05-01T08:00:00.000Z",
        "closed_at": None,
        "host": "host1",
        "next": "archive rejections --run 41",
        "incident": 3,
        "delivery": 7,
    }


@pytest.mark.parametrize(
    ("kind", "answer", "problem"),
    [
        ("feishu", b'{"code": 19021, "msg": "sign match fail"}', "code 19021: sign match fail"),
        (
            "dingtalk",
            b'{"errcode": 310000, "errmsg": "keywords not in content"}',
            "code 310000: keywords not",
        ),
        ("wecom", b'{"errcode": 93000, "errmsg": "invalid webhook url"}', "code 93000: invalid webhook url"),
        ("wecom", b"<html>captive portal</html>", "an answer that is none of wecom's: <html>captive"),
        ("feishu", b"[]", "an answer that is none of feishu's: []"),
        ("dingtalk", b"", "an answer that is none of dingtalk's"),
    ],
)
def test_a_robot_that_refuses_with_200_is_understood(
    receiver: Receiver, kind: str, answer: bytes, problem: str
) -> None:
    receiver.body = answer
    with pytest.raises(NotDelivered, match=re.escape(problem)):
        send(channel(kind, receiver.url()), ALERT)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(("status", "attempts"), [(500, 2), (503, 2), (404, 1), (302, 1)])
def test_a_status_that_is_no_success_is_told(receiver: Receiver, status: int, attempts: int) -> None:
    receiver.status, receiver.body = status, b"no \x1b[2J"
    receiver.headers = {"location": receiver.url("/elsewhere")}
    with pytest.raises(NotDelivered, match=rf"^127\.0\.0\.1: HTTP {status}: no \\x1b\[2J$"):
        send(channel("json", receiver.url()), ALERT)
    assert [path for path, _, _ in receiver.received] == [f"/hook/{KEY}"] * attempts


def test_a_receiver_that_is_slow_is_given_up(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    receiver.delay = 0.6
    begun = time.monotonic()
    with pytest.raises(NotDelivered, match=r"no answer within 0\.2 s"):
        send(channel("json", receiver.url()), ALERT)
    assert time.monotonic() - begun < 0.55
    assert len(receiver.received) == 1, "a second attempt might tell it twice"


def test_where_nobody_listens_is_told() -> None:
    with receiving() as closed:
        pass
    with pytest.raises(NotDelivered, match=r"127\.0\.0\.1: Connection refused"):
        send(channel("json", closed.url()), ALERT)


def test_an_endless_answer_is_not_read_to_its_end(receiver: Receiver) -> None:
    receiver.status, receiver.body, receiver.is_endless = 400, b"x" * 10_000, True
    with pytest.raises(NotDelivered, match=r"HTTP 400: x+$") as caught:
        send(channel("json", receiver.url()), ALERT)
    assert len(str(caught.value)) < 300


def test_no_proxy_of_the_environment_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    send(channel("json", receiver.url()), ALERT)


def test_nothing_secret_is_told_or_logged(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.body = f'{{"errcode": 1, "errmsg": "no robot {KEY}, tok%2F999, tok/999, {SECRET}"}}'.encode()
    there = channel("dingtalk", receiver.url(f"/hook/{KEY}?token=tok%2F999"), secret=SECRET)
    with pytest.raises(NotDelivered) as caught:
        send(there, ALERT)
    told = [str(caught.value), shown(there), repr(there), caplog.text]
    assert "code 1: no robot …, …, …, …" in told[0]
    for text in told:
        for secret in (KEY, "tok%2F999", "tok/999", SECRET):
            assert secret not in text
    assert shown(there).startswith(f"http://127.0.0.1:{receiver.port}/…")


def command(tmp_path: Path, script: str) -> ChannelTable:
    path = tmp_path / "page-me"
    path.write_text(f"#!{sys.executable}\n{script}")
    path.chmod(0o755)
    return channel("command", command=[str(path), "--urgent"])


def test_a_command_gets_the_message(tmp_path: Path) -> None:
    page = command(
        tmp_path,
        "import json, os, sys\n"
        f"out = open({str(tmp_path / 'out')!r}, 'w')\n"
        "json.dump([json.load(sys.stdin), sys.argv[1:], dict(os.environ)], out)\n",
    )
    assert send(page, ALERT) == "exit code 0"
    told, arguments, environment = json.loads((tmp_path / "out").read_text())
    assert told["text"] == ALERT.text
    assert arguments == ["--urgent"]
    assert {name: value for name, value in environment.items() if name.startswith("ARCHIVE_ALERT_")} == {
        "ARCHIVE_ALERT_KIND": "alert",
        "ARCHIVE_ALERT_RULE": "layout-changed",
        "ARCHIVE_ALERT_SOURCE": "finews",
        "ARCHIVE_ALERT_TEXT": ALERT.text,
        "ARCHIVE_ALERT_RUN": "41",
        "ARCHIVE_ALERT_OUTCOME": "nothing-parsed",
        "ARCHIVE_ALERT_NEXT": "archive rejections --run 41",
    }


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(NotDelivered, match=r"page-me: exit code 3: no pager$"):
        send(command(tmp_path, "import sys\nprint('well\\nno pager', file=sys.stderr)\nsys.exit(3)"), ALERT)
    with pytest.raises(NotDelivered, match=r"^/nothing/here: No such file or directory$"):
        send(channel("command", command=["/nothing/here"]), ALERT)


def test_a_command_that_hangs_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    late = tmp_path / "late"
    page = channel("command", command=["/bin/sh", "-c", f"(sleep 0.9; touch {late}) & sleep 30"])
    begun = time.monotonic()
    with pytest.raises(NotDelivered, match=r"killed after 0\.3 s"):
        send(page, ALERT)
    assert time.monotonic() - begun < 0.8
    time.sleep(0.8)
    assert not late.exists()
