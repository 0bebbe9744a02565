"""Rules and channels as they are configured: the tables `alert_rules` and `alert_channels`."""

import math
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from crawler.outcome import Outcome
from ops.alerts.rule import BUILT_IN, FRESHNESS, WORDS, Rule, built_in

Name = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,40}$")]
"""What a rule or a channel is called."""

COMMAND_VARIABLES = tuple(
    f"ARCHIVE_ALERT_{name}" for name in ("KIND", "RULE", "SOURCE", "TEXT", "RUN", "OUTCOME", "NEXT")
)
"""What the command of a channel has in its environment: no settings, though they are spelt like some."""

_OF_A_RUN = ("outcome", "state", "exit_code", "seconds")
_STATES = ("finished", "interrupted", "crashed")
_COUNTERS = tuple(
    "requests not_modified new changed unchanged duplicates gone rejected failed bytes found fetched known "
    "stored lists posts waiting left lost window_overflow "
    "share_served share_unserved share_not_asked share_still_failing".split()
)
"""Counters that runs have. There may be others, but hardly one that is spelt nearly so."""
_COUNTER = re.compile(r"[a-z][a-z0-9_]*(:[\w-]+)?")
_STAT = (
    "a counter of runs, such as rejected or failed:http-503; outcome, state, exit_code or seconds; or of "
    f"freshness {', '.join(sorted(FRESHNESS))}"
)


def _key(default: Any, allowed: str, **limits: Any) -> Any:
    """A key of a table; `allowed` ends the message for a value that is not."""
    return Field(default, json_schema_extra={"allowed": allowed}, **limits)


class _Table(BaseModel):
    # What stands in a channel is secret: pydantic's own messages would show it.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RuleTable(_Table):
    """One rule."""

    enabled: bool = _key(True, "true or false")
    stat: str = _key(..., _STAT)
    compare: Literal[">", ">=", "<", "<=", "==", "!="] = _key(..., "one of > >= < <= == !=")
    threshold: float | str = _key(..., "a number; for outcome and state a word")
    runs: int = _key(1, "a whole number from 1 to 100; for freshness 1", ge=1, le=100)
    sources: tuple[str, ...] = _key((), "a list of names of sources; all if it is left out")
    unless: tuple[str, ...] = _key((), "a list of names of rules that explain this one while they hold")

    @field_validator("stat")
    @classmethod
    def _check_stat(cls, stat: str) -> str:
        known = (*_OF_A_RUN, *_COUNTERS, *FRESHNESS)
        if stat in known:
            return stat
        if near := get_close_matches(stat, known, n=1, cutoff=0.8):
            raise ValueError(f"{stat!r:.60} is none; did you mean {near[0]}?")
        if not _COUNTER.fullmatch(stat):
            raise ValueError(f"{stat!r:.60} is none")
        return stat

    @field_validator("compare")
    @classmethod
    def _check_compare(cls, compare: str, info: ValidationInfo) -> str:
        if (stat := info.data.get("stat")) in WORDS and compare not in {"==", "!="}:
            raise ValueError(f"{stat} is a word, which is compared by == or !=")
        return compare

    @field_validator("threshold", mode="before")
    @classmethod
    def _check_threshold(cls, value: Any, info: ValidationInfo) -> Any:
        stat = info.data.get("stat")
        if stat in WORDS:
            words = [str(one) for one in Outcome] if stat == "outcome" else _STATES
            if value not in words:
                raise ValueError(f"{value!r:.40} is no {stat}; there are {', '.join(words)}")
        elif isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{value!r:.40} is no number, with which {stat or 'a stat'} is compared")
        return value

    @field_validator("runs")
    @classmethod
    def _check_runs(cls, runs: int, info: ValidationInfo) -> int:
        if runs > 1 and (stat := info.data.get("stat")) in FRESHNESS:
            raise ValueError(f"{stat} is a matter of no run")
        return runs


class ChannelTable(_Table):
    """One channel: a webhook, or a command."""

    kind: Literal["json", "slack", "feishu", "dingtalk", "wecom", "command"] = _key(
        ..., "json, slack, feishu, dingtalk, wecom or command"
    )
    enabled: bool = _key(True, "true or false")
    url: SecretStr = _key(
        SecretStr(""),
        "the address of the webhook, http:// or https://, for every kind but command",
        validate_default=True,
    )
    secret: SecretStr = _key(SecretStr(""), "the secret to sign with, for feishu, dingtalk and json")
    command: tuple[str, ...] = _key(
        (),
        'a program and its arguments, such as ["/usr/local/bin/page-me"], for the kind command alone',
        validate_default=True,
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: SecretStr, info: ValidationInfo) -> SecretStr:
        kind, address = info.data.get("kind"), url.get_secret_value()
        if kind == "command" and address:
            raise ValueError("a command has no address")
        if kind not in {None, "command"} and not address:
            raise ValueError("it is missing")
        if address and not _is_address(address):  # it may hold a key, so it is not told
            raise ValueError("what stands there is no address of a webhook, without user and without #")
        return url

    @field_validator("secret")
    @classmethod
    def _check_secret(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        kind = info.data.get("kind")
        if secret.get_secret_value() and kind not in {None, "feishu", "dingtalk", "json"}:
            raise ValueError(f"the kind {kind} has none")
        return secret

    @field_validator("command")
    @classmethod
    def _check_command(cls, command: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        kind = info.data.get("kind")
        if kind == "command" and not (command and command[0]):
            raise ValueError("it is missing")
        if kind not in {None, "command"} and command:
            raise ValueError(f"the kind {kind} has none")
        if any("\0" in word for word in command):
            raise ValueError("no program can be given U+0000")
        return command


def completed(tables: Any) -> Any:
    """The tables as they were read, with what they leave out of a rule that comes with the program.

    A table that names a `stat` replaces the rule of its name; one that does not changes what it names.
    """
    if not isinstance(tables, Mapping):
        return tables
    return {name: _completed(built_in(str(name)), table) for name, table in tables.items()}


def _completed(known: Rule | None, table: Any) -> Any:
    if known is None or not isinstance(table, Mapping) or "stat" in table:
        return table
    keys = ("stat", "compare", "threshold", "runs", "sources", "unless")
    return {key: getattr(known, key) for key in keys} | dict(table)


def rules_in_force(tables: Mapping[str, RuleTable]) -> tuple[Rule, ...]:
    """The rules of the program and the user's own, without those that are switched off."""
    untouched = [rule for rule in BUILT_IN if rule.name not in tables]
    return *untouched, *(_rule(name, table) for name, table in tables.items() if table.enabled)


def _rule(name: str, table: RuleTable) -> Rule:
    known = built_in(name)
    is_alike = known is not None and known.stat == table.stat
    return Rule(
        name,
        table.stat,
        table.compare,
        table.threshold,
        table.runs,
        table.sources,
        table.unless,
        meaning=known.meaning if known and is_alike else "",
        advice=known.advice if known and is_alike else "",
        origin="changed" if known else "own",
    )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 raises ValueError where it is no number
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and " " not in text
    is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return is_plain and is_whole and parts.username is None and not parts.fragment
