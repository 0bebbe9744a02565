"""What is wrong with a setting, in one line that names the place, however deep, and what is allowed there."""

from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

_OF_THE_KEY = "[key]"
"""How pydantic says that it is about the name of an entry, and not about what it holds."""

_SAID = {"missing": "it is missing", "model_type": "it is no table", "dict_type": "it is no table"} | {
    "tuple_type": "it is no list"
}


def allowed(field: FieldInfo) -> str:
    """What a setting, or a key of its tables, may be, in words."""
    extra = field.json_schema_extra
    return str(extra["allowed"]) if isinstance(extra, dict) and "allowed" in extra else ""


def place(error: ErrorDetails) -> str:
    """Where it is, below the setting: ``many-rejected.compare``; empty for the setting itself."""
    parts = [part for part in error["loc"][1:] if part != _OF_THE_KEY]
    return ".".join(str(part + 1) if isinstance(part, int) else part[:60] for part in parts)


def reason(settings: type[BaseModel], error: ErrorDetails) -> str:
    """What is wrong, and what is expected in its place."""
    table, field = _around(settings, error)
    if error["type"] == "extra_forbidden":
        return f"there is no such key; there are {', '.join(table.model_fields)}"
    if error["loc"][-1] == _OF_THE_KEY:
        return "no such name can be given; expected 1 to 40 letters, digits, hyphens and underscores"
    message = _SAID.get(error["type"], error["msg"].removeprefix("Value error, "))
    return f"{message[:1].lower()}{message[1:]}; expected {allowed(field)}"


def first(error: ValidationError) -> ErrorDetails:
    """The error to tell: a key that there is not, before others that may follow from it."""
    errors = error.errors(include_url=False, include_input=False)
    return next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])


def _around(settings: type[BaseModel], error: ErrorDetails) -> tuple[type[BaseModel], FieldInfo]:
    """The innermost table that the error is in, and the innermost field that says what is allowed there."""
    table = settings
    field = found = settings.model_fields[str(error["loc"][0])]
    for part in error["loc"][1:]:
        table = _table_in(field.annotation) or table
        field = table.model_fields.get(str(part), field)
        found = field if allowed(field) else found
    return table, found


def _table_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_table_in, getattr(annotation, "__args__", ()))), None)
