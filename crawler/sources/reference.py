"""All that a source file may say, table by table, as its declaration has it."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from crawler.sources.declaration import Declaration, TextRule
from crawler.sources.loading import allowed, table_of


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a source file."""

    name: str
    help: str
    allowed: str
    default: str
    """As it would be written; empty where the key must be there, or stands for nothing."""
    is_required: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a source file; the first has no name."""

    name: str
    help: str
    keys: tuple[Key, ...]


def tables() -> Iterator[Table]:
    """The tables, in the order in which a file has them; last the table that a rule may be."""
    yield _table(
        "", Declaration, [name for name, one in Declaration.model_fields.items() if not table_of(one)]
    )
    for name, field in Declaration.model_fields.items():
        if (model := table_of(field)) is not None:
            yield _table(field.alias or name, model, list(model.model_fields))
    yield _table("a rule", TextRule, list(TextRule.model_fields))


def _table(name: str, model: type[BaseModel], names: list[str]) -> Table:
    keys = []
    for key in names:
        field = model.model_fields[key]
        default = field.default
        has_none = default is PydanticUndefined or default in (None, (), "")
        shown = "" if has_none else str(default).lower() if isinstance(default, bool) else str(default)
        keys.append(Key(key, field.description or "", allowed(field), shown, field.is_required()))
    return Table(name, (model.__doc__ or "").split("\n")[0], tuple(keys))
