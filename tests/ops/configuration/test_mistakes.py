"""Mistakes within tables of settings are told with their place, however deep."""

import os
from pathlib import Path

import pytest

from archive.errors import UsageError
from ops.configuration.settings import PREFIX, Settings

WHOLE = 'stat = "rejected"\ncompare = ">="\nthreshold = 20\n'
WEBHOOK = 'kind = "feishu"\nurl = "https://open.feishu.cn/hook/KEY-1234"\n'


@pytest.fixture(autouse=True)
def nobodys_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def told(text: str) -> str:
    Path("archive.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        Settings.load()
    message = str(caught.value)
    assert "\n" not in message
    assert "KEY-1234" not in message
    return message


@pytest.mark.parametrize(
    ("table", "place", "reason"),
    [
        (WHOLE.replace(">=", "=>"), ".compare", "input should be '>', '>=', "),
        (WHOLE.replace("20", '"many"'), ".threshold", "'many' is no number, with which rejected is compared"),
        (WHOLE.replace("20", "inf"), ".threshold", "inf is no number"),
        (WHOLE.replace("20", "true"), ".threshold", "true is no number"),
        (WHOLE.replace("rejected", "rejectd"), ".stat", "'rejectd' is none; did you mean rejected?"),
        (WHOLE.replace("rejected", "re jected!"), ".stat", "is none"),
        (WHOLE.partition("compare")[0], ".compare", "it is missing; expected one of > >= < <= == !="),
        (WHOLE + "runs = 0", ".runs", "expected a whole number from 1 to 100"),
        (
            WHOLE + "run = 3",
            ".run",
            "there is no such key; there are enabled, stat, compare, threshold, runs",
        ),
        (WHOLE + 'sources = "finews"', ".sources", "it is no list; expected a list of names of sources"),
        ('stat = "outcome"\ncompare = ">"\nthreshold = "crashed"', ".compare", "is a word"),
        (
            'stat = "outcome"\ncompare = "=="\nthreshold = "crash"',
            ".threshold",
            "'crash' is no outcome; there",
        ),
        ('stat = "disk_free_mib"\ncompare = "<"\nthreshold = 9\nruns = 2', ".runs", "is a matter of no run"),
    ],
)
def test_a_wrong_rule(table: str, place: str, reason: str) -> None:
    message = told(f"[alert_rules.many-rejected]\n{table}")
    assert message.startswith(f"alert_rules.many-rejected{place} in {Path('archive.toml').absolute()}: ")
    assert reason in message


@pytest.mark.parametrize(
    ("table", "place", "reason"),
    [
        ('kind = "mail"', ".kind", "expected json, slack, feishu, dingtalk, wecom or command"),
        ('kind = "slack"', ".url", "it is missing"),
        ('kind = "slack"\nurl = "hooks.slack.com/KEY-1234"', ".url", "no address of a webhook"),
        ('kind = "json"\nurl = "https://u:KEY-1234@x.test/"', ".url", "no address of a webhook"),
        (WEBHOOK.replace("feishu", "wecom", 1) + 'secret = "KEY-1234"', ".secret", "the kind wecom has none"),
        (WEBHOOK + 'command = ["x"]', ".command", "the kind feishu has none"),
        ('kind = "command"', ".command", "it is missing; expected a program"),
        ('kind = "command"\ncommand = "page-me"', ".command", "it is no list"),
        ('kind = "command"\ncommand = ["x"]\nurl = "http://x.test/KEY-1234"', ".url", "has no address"),
    ],
)
def test_a_wrong_channel(table: str, place: str, reason: str) -> None:
    message = told(f"[alert_channels.ops]\n{table}")
    assert message.startswith(f"alert_channels.ops{place} in /")
    assert reason in message


def test_what_is_no_table_or_has_no_name() -> None:
    assert told("[alert_rules]\nlate = 5").partition(" in /")[0] == "alert_rules.late"
    assert "it is no table; expected tables such as" in told("alert_channels = 5")
    assert "no such name can be given" in told('[alert_channels."a b"]\nkind = "json"')


def test_tables_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_ALERT_RULES", '{"late": {"threshold": "soon"}}')
    with pytest.raises(
        UsageError, match=r"^ARCHIVE_ALERT_RULES in the environment: late\.threshold: 'soon' is"
    ):
        Settings.load()
    monkeypatch.setenv("ARCHIVE_ALERT_RULES", '{"late": {"threshold": 8}}')
    assert Settings.load().alert_rules["late"].threshold == 8


def test_a_table_changes_a_rule_or_replaces_it() -> None:
    Path("archive.toml").write_text(
        f"[alert_rules.unreachable]\nruns = 5\n[alert_rules.late]\n{WHOLE}"
        "[alert_rules.silent]\nenabled = false\n"
    )
    rules = Settings.load().alert_rules
    changed, replaced, off = rules["unreachable"], rules["late"], rules["silent"]
    assert (changed.stat, changed.threshold, changed.runs) == ("outcome", "unreachable", 5)
    assert (replaced.stat, replaced.unless) == ("rejected", ())
    assert not off.enabled


def test_what_a_command_finds_in_its_environment_is_no_misspelt_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARCHIVE_ALERT_RULE", "late")
    Settings.load()
    monkeypatch.setenv("ARCHIVE_ALERT_CHANEL", "{}")
    with pytest.raises(UsageError, match="did you mean ARCHIVE_ALERT_CHANNELS"):
        Settings.load()
