"""The settings: `ARCHIVE_*` in the environment, over `archive.toml` in the working directory."""

import json
import os
import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from archive.errors import UsageError
from crawler.plan import USER_AGENT
from ops.alerts.configuration import COMMAND_VARIABLES, ChannelTable, Name, RuleTable, completed
from ops.configuration.mistakes import first, place, reason
from ops.configuration.schedules import ScheduleSettings

PREFIX = "ARCHIVE_"
FILE = Path("archive.toml")
NOWHERE = "none"
"""What `service_listen` says where nothing is to answer."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def _setting(default: Any, help_: str, allowed: str, **limits: Any) -> Any:
    """A field; `allowed` ends the message for a value that is not."""
    return Field(default, description=help_, json_schema_extra={"allowed": allowed}, **limits)


class Settings(BaseSettings):
    """What can be configured. `Settings.load` reads it with messages that name the setting and its origin."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, toml_file=FILE, extra="forbid", frozen=True
    )

    data_dir: Path = _setting(
        Path("data"),
        "The folder of the archive: `archive.db`, `warc/`, `logs/`. It is made where it does not exist.",
        "the path of a folder",
    )
    database_url: str = _setting(
        "",
        "The database, if it is not to be `archive.db` in the data folder.",
        "`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`",
    )
    sources_dir: Path = _setting(
        Path("sources"),
        "The folder of your own source files, `NAME.toml` each. One with the name of a source that comes "
        "with the program replaces it.",
        "the path of a folder",
    )
    mirrors: Annotated[dict[str, str], NoDecode] = _setting(
        {},
        "Where hosts are really fetched from: a test double, a proxy, a site that moved. Documents keep the "
        "canonical addresses.",
        'a JSON object from host names to base addresses, such as {"finews.withounder.com": '
        '"http://127.0.0.1:9000"}; in archive.toml a table of the same',
    )
    user_agent: str = _setting(
        USER_AGENT,
        "How requests introduce themselves. Say who runs this, and where to complain.",
        "one line of printable ASCII",
        pattern=r"^[\x20-\x7e]+$",
        max_length=300,
    )
    download_delay: float = _setting(
        1.0,
        "Seconds between two requests to one live host. A mirror on this machine is asked without delay.",
        "a number from 0 to 3600",
        ge=0,
        le=3600,
        allow_inf_nan=False,
    )
    concurrency_per_host: int = _setting(
        2,
        "Requests to one live host at a time.",
        "a whole number from 1 to 16",
        ge=1,
        le=16,
    )
    download_timeout: float = _setting(
        30.0,
        "Seconds that one response may take, from the request to the end of its body.",
        "a number from 1 to 600",
        ge=1,
        le=600,
        allow_inf_nan=False,
    )
    recheck_minutes: float = _setting(
        10.0,
        "Minutes for which a crawl looks again at what it knows, once there is nothing new. What is due and "
        "not reached waits for the next crawl.",
        "a number from 0 to 1440",
        ge=0,
        le=1440,
        allow_inf_nan=False,
    )
    warc_file_mib: int = _setting(
        1024,
        "Size in MiB from which on a WARC file is followed by another.",
        "a whole number from 1 to 65536",
        ge=1,
        le=65536,
    )
    schedules: Annotated[dict[Name, ScheduleSettings], NoDecode] = _setting(
        {},
        "When the service crawls what: a table for each schedule, `[schedules.NAME]`, with `source` (its "
        "name if left out), `every` (`10m`, `1h30m`) or `cron` (five fields), `timezone`, `jitter` (a run "
        "begins up to so much later) and `full`. Without any, every source is crawled as often as it says it "
        "is worth while.",
        'tables such as [schedules.finews] with every = "10m"; in the environment a JSON object of the same',
    )
    run_minutes: float = _setting(
        360.0,
        "Minutes that a crawl of the service may take before it is asked to stop, and killed if it does not.",
        "a number from 1 to 10080",
        ge=1,
        le=10_080,
        allow_inf_nan=False,
    )
    run_memory_mib: int = _setting(
        1024,
        "MiB of memory that a crawl of the service may take before it is asked to stop.",
        "a whole number from 128 to 1048576",
        ge=128,
        le=1_048_576,
    )
    service_listen: str = _setting(
        "127.0.0.1:9317",
        "Where the service answers `/healthz` and `/metrics`; `none` for nowhere.",
        "`HOST:PORT`, or none",
        pattern=r"^(none|[^\s:]*:\d{1,5}|\[[0-9a-fA-F:.]+\]:\d{1,5})$",
    )
    alert_rules: Annotated[dict[Name, RuleTable], NoDecode] = _setting(
        {},
        "Alert rules beside those that come with the program (`archive alerts rules`): a table for each, "
        "`[alert_rules.NAME]`, with `stat`, `compare`, `threshold`, and if wanted `runs` (in how many in a "
        "row), `sources`, `unless` (names of rules that explain it). A table with the name of one that comes "
        "with the program replaces it; without `stat` it changes what it names; `enabled = false` switches "
        "it off.",
        'tables such as [alert_rules.many-rejected] with stat = "rejected", compare = ">=", threshold = 20, '
        "runs = 3; in the environment a JSON object of the same",
    )
    alert_channels: Annotated[dict[Name, ChannelTable], NoDecode] = _setting(
        {},
        "Where alerts go: a table for each, `[alert_channels.NAME]`, with `kind` (json, slack, feishu, "
        "dingtalk, wecom) and the `url` of the webhook, for feishu, dingtalk and json also the `secret` to "
        "sign with; or with kind command and the `command`, which gets the message on its standard input.",
        'tables such as [alert_channels.ops] with kind = "feishu" and url = "https://…"; in the environment '
        "a JSON object of the same",
    )
    alert_repeat_hours: float = _setting(
        24.0,
        "Hours after which an incident that is not over is told again; 0 for never.",
        "a number from 0 to 8760",
        ge=0,
        le=8760,
        allow_inf_nan=False,
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _setting(
        "INFO",
        "The least severe messages that the log of a run keeps.",
        "DEBUG, INFO, WARNING or ERROR",
    )
    log_days: int = _setting(
        30,
        "Days after which the log of a run is removed. Those of the newest 20 runs stay, however old.",
        "a whole number from 1 to 36500",
        ge=1,
        le=36500,
    )
    log_file_mib: int = _setting(
        64,
        "Size in MiB from which on a log goes on in another file. Of each log the newest five are kept.",
        "a whole number from 1 to 65536",
        ge=1,
        le=65536,
    )
    debug: bool = _setting(
        False,
        "Show the traceback of an unexpected error, and all messages, on the terminal.",
        "1 or 0",
    )

    @property
    def store_address(self) -> str:
        """The address of the database, configured or in the data folder."""
        path = str(self.data_dir / "archive.db").replace("%", "%25").replace("?", "%3F")
        return self.database_url or f"sqlite:///{path}"

    @property
    def warc(self) -> Path:
        """The folder of the WARC files."""
        return self.data_dir / "warc"

    @property
    def logs(self) -> Path:
        """The folder of the logs."""
        return self.data_dir / "logs"

    @classmethod
    def load(cls) -> Self:
        """Read the environment and the file. Raises `UsageError`: one line, naming setting and origin."""
        _refuse_misspelled()
        try:
            return cls()
        except ValidationError as error:
            raise UsageError(_explained(error)) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{FILE.absolute()}: not TOML ({error}); correct or remove it") from None
        except OSError as error:
            raise UsageError(f"{FILE.absolute()}: cannot be read ({error.strerror})") from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments over the environment over the file; no `.env` and no secrets folder."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("data_dir")
    @classmethod
    def _check_folder(cls, folder: Path) -> Path:
        if "\0" in str(folder):
            raise ValueError("not a folder that a database can be in")
        return folder.expanduser()

    @field_validator("mirrors", "schedules", "alert_channels", mode="before")
    @classmethod
    def _decode_tables(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("alert_rules", mode="before")
    @classmethod
    def _complete_rules(cls, tables: Any) -> Any:
        return completed(json.loads(tables) if isinstance(tables, str) else tables)

    @field_validator("mirrors")
    @classmethod
    def _check_mirrors(cls, mirrors: dict[str, str]) -> dict[str, str]:
        for host, base in mirrors.items():
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r:.60} is no host name (without http://, in lower case)")
            if not _is_base_address(base):
                raise ValueError(f"{base!r:.60} is no base address (http:// or https://, no query)")
        return mirrors

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper_case(cls, level: Any) -> Any:
        return level.upper() if isinstance(level, str) else level


def _is_base_address(base: str) -> bool:
    try:
        parts = urlsplit(base)
        parts.port  # noqa: B018 raises ValueError where it is no number
    except ValueError:
        return False
    printable = base.isascii() and base.isprintable() and " " not in base
    return bool(
        printable
        and parts.scheme in {"http", "https"}
        and parts.hostname
        and not parts.query + parts.fragment
    )


def _refuse_misspelled() -> None:
    """A variable that is nearly one of ours is a slip that must not be passed over in silence.

    ARCHIVE_MIRROR, say, would have the live site crawled instead of a double. Variables that are nothing
    like ours may belong to somebody else.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted({*os.environ}.difference(COMMAND_VARIABLES)):
        if name.startswith(PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.85)
            if near:
                raise UsageError(f"{name} in the environment is no setting; did you mean {near[0]}?")


def _explained(error: ValidationError) -> str:
    about = first(error)
    name = str(about["loc"][0])
    if name not in Settings.model_fields:
        known = ", ".join(Settings.model_fields)
        return f"{FILE.absolute()}: {name!r:.60} is no setting; there are {known}"
    variable, within, why = PREFIX + name.upper(), place(about), reason(Settings, about)
    if variable in os.environ:
        return f"{variable} in the environment: {within}{': ' * bool(within)}{why}"
    return f"{name}{'.' * bool(within)}{within} in {FILE.absolute()}: {why}"
