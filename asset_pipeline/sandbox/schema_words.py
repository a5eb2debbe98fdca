"""Makes up JSON that fits a schema: what the sandbox answers to those who ask for a form that it does not know."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 8
_WORDS = ("compass", "lantern", "harbour", "parchment", "orchard", "ladder", "quill", "bridge")


def fill(schema: Mapping[str, Any], rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    """Return a value that fits a schema, as far as strict structured outputs may go.

    Args:
        schema: JSON Schema; what it says of lengths and patterns is not looked at, as strict mode has none of that.
        rng: Draws the words and numbers.
    """
    return _value(schema, schema, rng, MAX_DEPTH)


def _value(schema: Mapping[str, Any], root: Mapping[str, Any], rng: random.Random, depth: int) -> Any:  # noqa: ANN401
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        schema = root.get("$defs", {}).get(name, {})
    for choice in ("anyOf", "oneOf"):
        if schema.get(choice):
            schema = next((one for one in schema[choice] if one.get("type") != "null"), schema[choice][0])
            return _value(schema, root, rng, depth - 1) if depth else None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return rng.choice(schema["enum"])
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    if kind == "object" and depth:
        properties = schema.get("properties", {})
        return {name: _value(inner, root, rng, depth - 1) for name, inner in properties.items()}
    if kind == "array" and depth:
        return [_value(schema.get("items", {}), root, rng, depth - 1) for _ in range(2)]
    plain = {"string": rng.choice(_WORDS), "integer": rng.randint(0, 10), "number": rng.randint(0, 100) / 10}
    return plain.get(str(kind), {"object": {}, "array": [], "boolean": True}.get(str(kind)))
