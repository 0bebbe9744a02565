"""The reference page of the settings: `python -m ops.configuration.settings_page > docs/configuration.md`."""

import json
import sys
from pathlib import Path
from typing import Any

from ops.configuration.mistakes import allowed
from ops.configuration.settings import FILE, PREFIX, Settings

_HEAD = f"""\
# Configuration

<!-- Written by `python -m ops.configuration.settings_page > docs/configuration.md`; a test compares. -->

Every setting has a default. It can be set in `{FILE}` in the working directory, under its name; a variable
of the environment, `{PREFIX}` and the name in capitals, wins over the file. A name in the file that is not
in this list, or a value that is not allowed, ends the command with exit code 2 and a line that says so.

```toml
# {FILE}
data_dir = "/srv/finews"
user_agent = "finews-archive/0.1 (run by Jane Doe; jane@example.org)"

[mirrors]
"finews.withounder.com" = "http://127.0.0.1:9000"
```

```sh
{PREFIX}DATA_DIR=/srv/finews archive runs
```
"""


def settings_page() -> str:
    """The page, as Markdown that ends with a newline."""
    sections = [_HEAD]
    for name, field in Settings.model_fields.items():
        sections.append(
            f"## {name}\n\n{field.description}\n\n"
            f"- Variable: `{PREFIX}{name.upper()}`\n"
            f"- Allowed: {allowed(field)}\n"
            f"- Default: {_shown(field.default)}\n"
        )
    return "\n".join(sections)


def _shown(default: Any) -> str:
    if default in ("", {}):
        return "none"
    return f"`{default if isinstance(default, str | Path) else json.dumps(default)}`"


if __name__ == "__main__":
    sys.stdout.write(settings_page())
