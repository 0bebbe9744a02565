"""The page of source files, docs/source-files.md: `python -m ops.configuration.source_files_page`."""

import sys

from crawler.sources.reference import Key, Table, tables

_HEAD = """\
# Source files

<!-- Written by `python -m ops.configuration.source_files_page > docs/source-files.md`; a test compares. -->

A source file declares a site: `sources/NAME.toml`, where NAME is the name of the source. All that such a
file may say is on this page; [how to write one](adding-a-source.md) is told by an example. One that comes
with the program is `crawler/sources/cinic.toml`.

The file is [TOML](https://toml.io): text stands in quotation marks (single ones where it holds a backslash),
a table begins with its name in square brackets. Where a list may stand, one value will do. A file with a
mistake breaks its own source and no other; `archive sources` says what is wrong.
"""


def source_files_page() -> str:
    """The page, as Markdown that ends with a newline."""
    return "\n".join([_HEAD, *map(_section, tables())])


def _section(table: Table) -> str:
    title = "What stands first" if not table.name else table.name[0].upper() + table.name[1:]
    title = f"[{table.name}]" if table.name and " " not in table.name else title
    return f"## {title}\n\n{table.help}\n\n" + "\n".join(map(_item, table.keys)) + "\n"


def _item(key: Key) -> str:
    must = " It must be there." if key.is_required else f" Default: `{key.default}`." if key.default else ""
    return f"- **`{key.name}`**: {key.help}{must} Allowed: {key.allowed}."


if __name__ == "__main__":
    sys.stdout.write(source_files_page())
