"""Source files to declarations, with messages that somebody who is no programmer can act on."""

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from archive.errors import UsageError
from crawler.sources.declaration import Declaration, TextRule

_LARGEST = 64 * 1024
"""Bytes of a source file."""
_AT_LINE = re.compile(r"at line (\d+)")
_WIDE = "“”‘’＝［］，＂\u3000\xa0"
"""Signs of a Chinese keyboard in the place of those of TOML, and spaces that look like plain ones."""
_EXPECTED = {
    "string_type": "text must stand in quotation marks",
    "int_type": "it must be a whole number, without quotation marks",
    "int_from_float": "it must be a whole number",
    "float_type": "it must be a number, without quotation marks",
    "bool_type": "it must be true or false, without quotation marks",
    "too_short": "the list is empty",
}


def load_declaration(path: Path) -> Declaration:
    """Read a source file. Raises `UsageError`: one line that names the file, the key and what is allowed."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    if len(data) > _LARGEST:
        raise UsageError(f"{path}: larger than {_LARGEST // 1024} KiB: this is no source file")
    try:
        told = tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except RecursionError:
        raise UsageError(f"{path}: not TOML: brackets within brackets without end") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not TOML: {error}; {_advice(data.decode(), str(error))}") from None
    try:
        return Declaration.model_validate(told)
    except ValidationError as error:
        raise UsageError(_explained(path, error)) from None


def _advice(text: str, error: str) -> str:
    """What to look for in a file that is no TOML."""
    told = _AT_LINE.search(error)
    line = text.splitlines()[int(told[1]) - 1 : int(told[1])] if told else []
    if wide := next((sign for sign in _WIDE if sign in "".join(line)), ""):
        name = f"U+{ord(wide):04X}" if wide.isspace() else wide
        return f'is it {name}, which stands there? Signs are to be those of ASCII: " = [ ] and plain spaces'
    return "text stands in quotation marks, a table begins with [its name], a key stands there once"


def allowed(field: FieldInfo) -> str:
    """What a key may be, in words."""
    extra = field.json_schema_extra
    return str(extra["allowed"]) if isinstance(extra, dict) else ""


def _explained(path: Path, error: ValidationError) -> str:
    errors = error.errors(include_url=False)
    # A misspelt key is also a missing one: the slip is what to tell.
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    more = len({_key_in(one) for one in errors} - {_key_in(first)})
    also = f" (and {more} more to correct)" if more else ""
    return f"{path}: {_message(first)}{also}"


def _message(error: ErrorDetails) -> str:
    key, kind = _key_in(error), error["type"]
    model, field = _place(error)
    if kind == "extra_forbidden":
        name = str(error["loc"][-1])
        keys = [one.alias or plain for plain, one in model.model_fields.items()]
        near = get_close_matches(name, keys, n=1)
        if model is not Declaration and name in Declaration.model_fields:
            return f"{key}: {name} belongs above the first table, at the beginning of the file"
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(keys)}"
        return f"{key}: no such key; {hint}"
    expected = f"; expected {allowed(field)}" if field and allowed(field) else ""
    if kind == "missing":
        return f"{key}: missing{expected}"
    if kind in {"model_type", "model_attributes_type"}:
        return f"{key}: it is no table{expected}"
    if kind == "string_type" and isinstance(error["input"], list | tuple):
        return f"{key}: one text, and no list{expected}"
    told = _EXPECTED.get(kind, error["msg"].removeprefix("Value error, "))
    return f"{key}: {told[:1].lower()}{told[1:]}{expected}" if key else told


def _key_in(error: ErrorDetails) -> str:
    """The key as it stands in the file: ``article.title``; of a list also which one."""
    key = ""
    for part in error["loc"]:
        if isinstance(part, str):
            key = f"{key}.{part}" if key else part
        elif part:
            key = f"{key} (number {part + 1})"
    return key


def _place(error: ErrorDetails) -> tuple[type[BaseModel], FieldInfo | None]:
    """The table that the error is in, and the key in question, where it is one."""
    model: type[BaseModel] = Declaration
    field: FieldInfo | None = None
    for part in error["loc"]:
        if isinstance(part, int):
            continue
        inside = table_of(field, rules=True) if field else model
        if inside is None:
            break
        model = inside
        field = next((one for name, one in model.model_fields.items() if (one.alias or name) == part), None)
        if field is None:
            break
    return model, field


def table_of(field: FieldInfo, *, rules: bool = False) -> type[BaseModel] | None:
    """The table that a key holds; None for plain values, and for rules unless these are asked for."""
    found = _first_table(field.annotation)
    return None if found is TextRule and not rules else found


def _first_table(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_first_table, getattr(annotation, "__args__", ()))), None)
