"""What each kind of channel is sent, and how it says whether it took it, as their makers document it.

- Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
- Feishu: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
- DingTalk: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages
- WeCom: https://developer.work.weixin.qq.com/document/path/91770
"""

import base64
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from ops.alerts.configuration import ChannelTable
from ops.terminal import safe
from ops.views.runs import moment

SIGNATURE = "X-Archive-Signature-256"
"""The header of a JSON channel with a secret: ``sha256=`` and the HMAC-SHA256 of the body, in hex."""
_LONGEST = 2000
"""Bytes of a text: WeCom takes 2,048."""
_LONGEST_ANSWER = 200
_SHORTEST_SECRET = 6
"""Parts of an address that are shorter are no keys, but words such as ``robot``."""
_BETWEEN_PARTS = re.compile(r"[/?&=;]")
_CODES = {"feishu": ("code", "StatusCode"), "dingtalk": ("errcode",), "wecom": ("errcode",)}
_WORDS = ("msg", "errmsg", "StatusMessage")


@dataclass(frozen=True, slots=True)
class Message:
    """What is told, for every kind of channel."""

    kind: str
    """``alert``, ``repeat``, ``all-clear`` or ``test``."""
    text: str
    host: str
    rule: str = ""
    source: str = ""
    run: int | None = None
    """The run that opened the incident."""
    outcome: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    next: str = ""
    """The command to type next."""
    incident: int | None = None
    delivery: int | None = None
    """A receiver may get one message twice, where we were ended while sending it: by this it can tell."""


@dataclass(frozen=True, slots=True)
class Post:
    """A request to make."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(message: Message) -> dict[str, Any]:
    """The message as JSON channels and commands get it."""
    return {
        "kind": message.kind,
        "rule": message.rule,
        "source": message.source,
        "text": message.text,
        "run": message.run,
        "outcome": message.outcome or None,
        "opened_at": moment(message.opened_at) if message.opened_at else None,
        "closed_at": moment(message.closed_at) if message.closed_at else None,
        "host": message.host,
        "next": message.next or None,
        "incident": message.incident,
        "delivery": message.delivery,
    }


def post_of(channel: ChannelTable, message: Message, now: datetime) -> Post:
    """The request that brings a message to a webhook, signed where it has a secret."""
    url, secret = channel.url.get_secret_value(), channel.secret.get_secret_value()
    text = _bounded(message.text)
    match channel.kind:
        case "slack":
            return _post(url, {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")})
        case "feishu":
            signed = _feishu_signature(secret, str(int(now.timestamp()))) if secret else {}
            return _post(url, {**signed, "msg_type": "text", "content": {"text": text}})
        case "dingtalk":
            signed = _dingtalk_signature(secret, str(int(now.timestamp() * 1000))) if secret else {}
            joined = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(signed)}" if signed else url
            return _post(joined, {"msgtype": "text", "text": {"content": text}})
        case "wecom":
            return _post(url, {"msgtype": "text", "text": {"content": text}})
        case _:
            post = _post(url, as_json(message))
            signature = f"sha256={hmac.digest(secret.encode(), post.body, 'sha256').hex()}"
            return Post(url, post.body, {SIGNATURE: signature} if secret else {})


def refusal(channel: ChannelTable, status: int, body: bytes) -> str:
    """Why a message was not taken, in the receiver's words; empty where it was.

    Robots answer 200 whatever they think of a message, with a code in the body.
    """
    told = body.decode("utf-8", "replace")
    if not 200 <= status < 300:
        return without_secrets(channel, f"HTTP {status}: {told.strip()[:_LONGEST_ANSWER]}".rstrip(": "))
    if channel.kind not in _CODES:
        return ""
    try:
        answer = json.loads(told)
        code = next(answer[name] for name in _CODES[channel.kind] if name in answer)
    except (ValueError, TypeError, StopIteration):
        return without_secrets(
            channel, f"an answer that is none of {channel.kind}'s: {told[:_LONGEST_ANSWER]}"
        )
    if code == 0:
        return ""
    words = next((str(answer[name]) for name in _WORDS if name in answer), "")
    return without_secrets(channel, f"code {code}: {words[:_LONGEST_ANSWER]}".rstrip(": "))


def shown(channel: ChannelTable) -> str:
    """The channel as it may be shown: host and tail of an address, a command without its arguments."""
    if channel.kind == "command":
        return f"{channel.command[0]}{' …' * (len(channel.command) > 1)}"
    url = channel.url.get_secret_value()
    parts = urlsplit(url)
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    rest = url.partition("://")[2].partition("/")[2]
    return f"{parts.scheme}://{host}/…{rest[-4:] if len(rest) >= 4 * _SHORTEST_SECRET else ''}"


def without_secrets(channel: ChannelTable, text: str) -> str:
    """The text on one line, without what the channel's address and secret consist of."""
    below = channel.url.get_secret_value().partition("://")[2].partition("/")[2]
    parts = [below, *_BETWEEN_PARTS.split(below), channel.secret.get_secret_value()]
    for one in sorted({*parts, *map(unquote, parts)}, key=len, reverse=True):
        if len(one) >= _SHORTEST_SECRET:
            text = text.replace(one, "…")
    return safe(text)


def _post(url: str, value: Mapping[str, Any]) -> Post:
    return Post(url, json.dumps(value, ensure_ascii=False).encode())


def _feishu_signature(secret: str, seconds: str) -> dict[str, str]:
    """Feishu signs nothing at all, with a key made of both."""
    digest = hmac.digest(f"{seconds}\n{secret}".encode(), b"", "sha256")
    return {"timestamp": seconds, "sign": base64.b64encode(digest).decode()}


def _dingtalk_signature(secret: str, milliseconds: str) -> dict[str, str]:
    digest = hmac.digest(secret.encode(), f"{milliseconds}\n{secret}".encode(), "sha256")
    return {"timestamp": milliseconds, "sign": base64.b64encode(digest).decode()}


def _bounded(text: str) -> str:
    data = text.encode("utf-8", "replace")
    return text if len(data) <= _LONGEST else f"{data[:_LONGEST].decode('utf-8', 'ignore')}…"
