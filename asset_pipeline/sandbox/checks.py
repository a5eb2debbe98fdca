"""What is wrong with a request's JSON, in the words of Replicate's refusals.

Seen in real refusals: their fields, and the texts of `enum`, `required`, `number_lte` and
`additional_property_not_allowed`. They are those of the Go library gojsonschema; the others are taken from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Args:
        type: Kind of problem.
        field: Where, with dots; of a key that is missing or too much, the object it is missing in; empty for the body.
        description: What is wrong.
    """

    type: str
    field: str
    description: str

    def line(self) -> str:
        """Return it as a line of a refusal's `detail`."""
        return f"- {self.field}: {self.description}\n" if self.field else f"- {self.description}\n"


@dataclass(frozen=True)
class _Wording:
    """How a broken rule is called.

    Args:
        type: Kind of problem.
        text: What is said, with `{0}` for the rule's own value.
    """

    type: str
    text: str


_WORDINGS: Mapping[str, _Wording] = {
    "minimum": _Wording("number_gte", "Must be greater than or equal to {0}"),
    "maximum": _Wording("number_lte", "Must be less than or equal to {0}"),
    "multipleOf": _Wording("multiple_of", "Must be a multiple of {0}"),
    "minLength": _Wording("string_gte", "String length must be greater than or equal to {0}"),
    "maxLength": _Wording("string_lte", "String length must be less than or equal to {0}"),
    "minItems": _Wording("array_min_items", "Array must have at least {0} items"),
    "maxItems": _Wording("array_max_items", "Array must have at most {0} items"),
    "uniqueItems": _Wording("unique", "array items must be unique"),
    "pattern": _Wording("pattern", "Does not match pattern '{0}'"),
}


def problems_of(schema: Mapping[str, Any], value: Mapping[str, Any], *, at: str = "") -> list[Problem]:
    """Return everything that is wrong: with the keys themselves first, then in the order of the schema.

    Args:
        schema: JSON Schema of an object.
        value: The object.
        at: Where it lies in the request.
    """
    order = list(schema["properties"])

    def place(error: ValidationError) -> int:
        return order.index(error.path[0]) if error.path else -1

    errors = sorted(Draft202012Validator(schema).iter_errors(value), key=place)
    return [problem for error in errors for problem in _problems(error, at)]


def _problems(error: ValidationError, at: str) -> Iterator[Problem]:
    rule = str(error.validator)
    path = [str(part) for part in error.path]
    field = ".".join(([at] if at else []) + path)
    special = _SPECIAL.get(rule)
    if special:
        kind, texts = special
        yield from (Problem(kind, field, text) for text in texts(error))
    elif rule in _WORDINGS:
        yield Problem(_WORDINGS[rule].type, field, _WORDINGS[rule].text.format(error.validator_value))
    else:
        yield Problem(rule, field, error.message)


def _missing(error: ValidationError) -> list[str]:
    # The validator reports each missing key by itself, and names it in its message only.
    name = error.message.partition("' is a required")[0].removeprefix("'")
    return [f"{name} is required"]


def _too_much(error: ValidationError) -> list[str]:
    schema: Any = error.schema
    instance: Any = error.instance
    return [f"Additional property {name} is not allowed" for name in instance if name not in schema["properties"]]


def _not_one_of(error: ValidationError) -> list[str]:
    options: Any = error.validator_value
    allowed = ", ".join(json.dumps(option) for option in options)
    return [f"{'.'.join(str(part) for part in error.path)} must be one of the following: {allowed}"]


def _other_type(error: ValidationError) -> list[str]:
    return [f"Invalid type. Expected: {error.validator_value}, given: {_type_of(error.instance)}"]


_SPECIAL: Mapping[str, tuple[str, Callable[[ValidationError], list[str]]]] = {
    "required": ("required", _missing),
    "additionalProperties": ("additional_property_not_allowed", _too_much),
    "enum": ("enum", _not_one_of),
    "type": ("invalid_type", _other_type),
}
_TYPES: Mapping[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def _type_of(value: object) -> str:
    return _TYPES[type(value)]
