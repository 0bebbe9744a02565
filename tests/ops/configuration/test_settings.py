"""Where settings come from, and the page about them."""

import os
from pathlib import Path

import pytest

from archive.errors import UsageError
from archive.store import Store
from archive.store.glance import file_of
from ops.configuration.settings import PREFIX, Settings
from ops.configuration.settings_page import settings_page

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(autouse=True)
def nobodys_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_page_is_that_of_the_settings() -> None:
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == settings_page(), (
        "run: python -m ops.configuration.settings_page > docs/configuration.md"
    )


def test_every_setting_has_help_and_says_what_is_allowed() -> None:
    for name in Settings.model_fields:
        section = settings_page().partition(f"## {name}\n")[2].partition("\n## ")[0]
        assert f"`{PREFIX}{name.upper()}`" in section
        for line in section.splitlines():
            assert not line.endswith((":", ": "))


def test_without_settings_everything_is_in_the_data_folder() -> None:
    settings = Settings.load()
    assert settings.data_dir == Path("data")
    assert settings.store_address == "sqlite:///data/archive.db"
    assert settings.mirrors == {}


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("archive.toml").write_text(
        'data_dir = "/file"\nlog_level = "debug"\n[mirrors]\n"a.test" = "http://127.0.0.1:1"\n'
    )
    monkeypatch.setenv("ARCHIVE_DATA_DIR", "/environment")
    settings = Settings.load()
    assert settings.data_dir == Path("/environment")
    assert settings.log_level == "DEBUG"
    assert settings.mirrors == {"a.test": "http://127.0.0.1:1"}
    monkeypatch.setenv("ARCHIVE_MIRRORS", '{"b.test": "https://x.test/below"}')
    assert Settings.load().mirrors == {"b.test": "https://x.test/below"}


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_MIRRORS", "")
    assert Settings.load().mirrors == {}


def test_the_database_can_be_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_DATABASE_URL", "postgresql://h/d")
    assert Settings.load().store_address == "postgresql://h/d"


@pytest.mark.parametrize("name", ["50%41", "what?mode=ro", "a#b", "数据 中心", "a+b", "not utf-8 \udcff"])
def test_the_database_is_in_the_data_folder_whatever_that_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("ARCHIVE_DATA_DIR", str(tmp_path / name))
    settings = Settings.load()
    with Store.open(settings.store_address):
        pass
    assert list(tmp_path.iterdir()) == [tmp_path / name]
    assert file_of(settings.store_address) == settings.data_dir / "archive.db"
    assert (settings.data_dir / "archive.db").stat().st_size


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("USER_AGENT", "two\nlines"),
        ("USER_AGENT", "字"),
        ("DOWNLOAD_DELAY", "nan"),
        ("DOWNLOAD_DELAY", "soon"),
        ("CONCURRENCY_PER_HOST", "0"),
        ("DOWNLOAD_TIMEOUT", "0"),
        ("DOWNLOAD_TIMEOUT", "inf"),
        ("RECHECK_MINUTES", "-1"),
        ("RECHECK_MINUTES", "nan"),
        ("WARC_FILE_MIB", "0"),
        ("WARC_FILE_MIB", "1.5"),
        ("LOG_LEVEL", "LOUD"),
        ("DEBUG", "perhaps"),
        ("MIRRORS", '{"x.test": "http://y?z"}'),
        ("MIRRORS", '{"x.test": "http://"}'),
        ("MIRRORS", '{"x.test": 1}'),
        ("MIRRORS", '{"X.test": "http://y"}'),
    ],
)
def test_a_value_that_is_not_allowed_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(UsageError) as caught:
        Settings.load()
    message = str(caught.value)
    assert message.startswith(f"{PREFIX}{name} in the environment: ")
    assert "; expected " in message
    assert "\n" not in message


def test_somebody_elses_variables_are_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_ORG_TOKEN", "x")
    Settings.load()


def test_a_file_that_cannot_be_read_is_named() -> None:
    Path("archive.toml").write_bytes(b"data_dir = '\xff'")
    with pytest.raises(UsageError, match=r"archive\.toml: not TOML"):
        Settings.load()
