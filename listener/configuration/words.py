"""Says in plain words what pydantic found wrong with a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from pydantic import AliasChoices, BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from listener.configuration.mistakes import Place, meant, one_of, shown

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_TIMEDELTA = re.compile(r"(days|seconds)=(-?\d+)")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")
_PATTERNS = {
    r"^[^\s:/\x00-\x1f][^\x00-\x1f]*$": "must be one line that does not begin with a space, ':' or '/'",
    r"^https?://": "must begin with http:// or https://",
}
_KINDS = {
    "string": 'a text, in quotes: "…"',
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "list": "a list, in brackets: […]",
    "tuple": "a list, in brackets: […]",
    "set": "a list, in brackets: […]",
    "dict": "a table",
    "model": "a table",
    "path": "a path, in quotes",
    "url": "a web address",
    "zoneinfo": "a time zone such as 'Europe/Berlin'",
    "timedelta": 'a length of time such as "15m"',
    "time": 'a time of day such as "08:00"',
    "datetime": "a date and time",
    "date": "a date",
}
_COMPARED = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}


def place_within(error: ErrorDetails, raw: Any) -> Place:
    """Where in `raw` an error stands: pydantic's own path, without its tags for the branches of a union."""
    place: list[str | int] = []
    at = raw
    parts = error["loc"]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if isinstance(part, str) and isinstance(at, dict) and (part in at or (last and error["type"] == "missing")):
            at = at.get(part)
        elif isinstance(part, int) and isinstance(at, list) and 0 <= part < len(at):
            at = at[part]
        else:
            continue
        place.append(part)
    return tuple(place)


def names_of(name: str, field: FieldInfo) -> list[str]:
    """The keys under which people may write a field, the preferred one first."""
    choices = field.validation_alias
    if isinstance(choices, AliasChoices):
        return [choice for choice in choices.choices if isinstance(choice, str)]
    return [choices] if isinstance(choices, str) else [name]


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that a table of this model can hold, as people write them."""
    return sorted(names_of(name, field)[0] for name, field in model.model_fields.items())


def keys_at(model: type[BaseModel], error: ErrorDetails) -> list[str]:
    """The keys that the table can hold in which an error stands; none where that is no table of a known form."""
    within: Any = model
    for part in error["loc"][:-1]:
        if isinstance(part, int):
            continue  # one of a list of tables
        field = within.model_fields.get(part) if isinstance(part, str) else None
        inner = _models(field.annotation) if field is not None else []
        if len(inner) != 1:
            return []
        within = inner[0]
    return keys_of(within)


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in _models(inner)]


def holds_secret(model: type[BaseModel], key: str | int) -> bool:
    """Whether the key's value is a secret by its type."""
    for name, field in model.model_fields.items():
        if key == name or key in names_of(name, field):
            return mentions(field.annotation, (SecretStr, SecretBytes))
    return False


def says(error: ErrorDetails, keys: list[str], hidden: bool) -> str:
    """The sentence for one error, to stand after its place. `hidden`: nothing of the value may be shown."""
    kind, value, context = error["type"], error["input"], error.get("ctx") or {}
    begun = "" if hidden or isinstance(value, dict | list) else f"is {shown(value)}, "
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        key = str(error["loc"][-1])
        near = meant(key, keys)
        return f"unknown key, did you mean {near!r}?" if near else _no_such_key(keys)
    if kind == "value_error":
        return str(context.get("error", "is not accepted"))[:500]
    if kind in ("literal_error", "enum"):
        allowed = [found.replace("\\'", "'") for found in _QUOTED.findall(str(context.get("expected", "")))]
        return one_of(allowed, None if hidden or not isinstance(value, str) else value)
    if kind in _COMPARED:
        bound, words = _COMPARED[kind]
        return f"{begun}must be {words} {_bound(context.get(bound))}"
    return begun + _form(kind, value, context, hidden)


def _no_such_key(keys: list[str]) -> str:
    return f"unknown key, must be one of: {', '.join(keys)}" if keys else "unknown key"


def _form(kind: str, value: Any, context: Mapping[str, Any], hidden: bool) -> str:
    if kind in _SIZES:
        return _SIZES[kind](context)
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern"))
        return _PATTERNS.get(pattern) or f"must match the pattern {pattern}"
    if kind in ("int_from_float", "int_parsing_size"):
        return "must be a whole number" if kind == "int_from_float" else "must be a smaller number"
    if kind == "finite_number":
        return "must be a number that ends"
    if kind in ("list_type", "tuple_type", "set_type") and isinstance(value, str) and not hidden and len(value) <= 60:
        return f"must be a list: [{shown(value)}]"
    expected = _KINDS.get(kind.partition("_")[0])
    return f"must be {expected}" if expected else "is not accepted here"


_SIZES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "string_too_short": lambda context: (
        "must not be empty"
        if context.get("min_length") == 1
        else f"must have at least {context.get('min_length')} characters"
    ),
    "string_too_long": lambda context: f"must have at most {context.get('max_length')} characters",
    "too_short": lambda context: f"must name at least {context.get('min_length')}",
    "too_long": lambda context: f"must name at most {context.get('max_length')}",
}


def _bound(bound: object) -> str:
    """A limit as the configuration writes it; pydantic tells lengths of time as "datetime.timedelta(days=1)"."""
    if isinstance(bound, str) and "timedelta" in bound:
        bound = timedelta(**{unit: int(number) for unit, number in _TIMEDELTA.findall(bound)})
    if not isinstance(bound, timedelta):
        return str(bound)
    seconds = int(bound.total_seconds())
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds and seconds % size == 0), (1, "s"))
    return f'"{seconds // size}{unit}"'


def mentions(annotation: object, types: tuple[type, ...]) -> bool:
    """Whether one of the types stands anywhere in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, types):
        return True
    return any(mentions(inner, types) for inner in getattr(annotation, "__args__", ()))
