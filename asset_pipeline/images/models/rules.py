"""Checks input values against a JSON Schema, and says in words what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from asset_pipeline.suggestions import suggest

MAX_SHOWN = 80
_TYPES = {"string": "text", "boolean": "true or false", "integer": "a whole number", "number": "a number"}


def is_valid(value: Any, rule: Mapping[str, Any]) -> bool:  # noqa: ANN401 - anything that is JSON
    """Say whether a value obeys a rule."""
    return Draft202012Validator(rule).is_valid(value)


def problems(values: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a whole input, in words.

    A key that the schema does not know is wrong too: models drop such keys in silence, and draw or cost something else.

    Args:
        values: The input, without a seed.
        schema: Of the input.
    """
    properties: Mapping[str, Any] = schema.get("properties", {})
    unknown = [f"it has no input {key!r}{suggest(key, properties)}" for key in values if key not in properties]
    required = [key for key in schema.get("required", ()) if key != "seed"]
    missing = [f"it cannot do without {key!r}, which is not given" for key in required if key not in values]
    wrong = [
        words(key, error)
        for key, value in values.items()
        if key in properties
        for error in Draft202012Validator(properties[key]).iter_errors(value)
    ]
    return [*unknown, *missing, *wrong]


def words(key: str, error: ValidationError) -> str:
    """Return what is wrong with a value: the key, the value, and what is allowed."""
    value: Any = error.instance
    rule: Any = error.validator_value
    said = f"{key} is {shorten(repr(value), MAX_SHOWN, placeholder='...')}"
    match error.validator:
        case "enum":
            return f"{said}, which it does not know{suggest(str(value), rule)}{_quotes(value, rule)}"
        case "type":
            names = [rule] if isinstance(rule, str) else list(rule)
            return f"{said}; it must be {' or '.join(_TYPES.get(name, name) for name in names)}{_quotes(value, names)}"
        case "minimum":
            return f"{said}; it must be {rule} or more"
        case "maximum":
            return f"{said}; it must be {rule} or less"
        case "multipleOf":
            return f"{said}; it must be a multiple of {rule}"
        case "maxLength":
            return f"{key} has {len(value)} characters; it must have {rule} or fewer"
        case keyword:
            return f"{said}, which breaks its rule {keyword!r}: {rule!r}"


def _quotes(value: object, rule: Sequence[Any]) -> str:
    """Return a hint for YAML's own ideas of `on`, `off` and numbers, where text is wanted."""
    takes_text = "string" in rule or any(isinstance(one, str) for one in rule if one not in _TYPES)
    return " (text such as On or 1 needs quotes in YAML)" if takes_text and not isinstance(value, str) else ""
