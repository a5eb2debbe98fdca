"""Says in words what a setting may be, as the JSON Schema of the settings has it."""

from __future__ import annotations

from functools import cache
from typing import Any

from asset_pipeline.settings.model import Settings

Node = dict[str, Any]


def allowed(path: tuple[int | str, ...]) -> str:
    """Return what may stand at `path`; empty where the schema does not know, or says no more than "text"."""
    node: Node | None = _schema()
    for part in path:
        node = _below(node, part) if node else None
    return "" if node is None else _words(node)


@cache
def _schema() -> Node:
    return Settings.model_json_schema()


def _below(node: Node, part: int | str) -> Node | None:
    for choice in _choices(node):
        found = choice.get("items") if isinstance(part, int) else choice.get("properties", {}).get(part)
        entries = [*choice.get("patternProperties", {}).values(), choice.get("additionalProperties")]
        found = next((one for one in [found, *entries] if isinstance(one, dict)), None)
        if found:
            return found
    return None


def _choices(node: Node) -> list[Node]:
    """Return what a node may be, with references followed."""
    if "$ref" in node:
        return _choices(_schema()["$defs"][node["$ref"].rpartition("/")[2]])
    if "anyOf" in node:
        return [choice for one in node["anyOf"] for choice in _choices(one)]
    return [node]


def _words(node: Node) -> str:
    choices = _choices(node)
    if any(choice.get("type") in ("number", "integer") for choice in choices):  # an amount may be written as text, too
        choices = [choice for choice in choices if choice.get("type") != "string"]
    words = [_word(choice) for choice in choices]
    return " or ".join(dict.fromkeys(words)) if all(words) else ""


def _word(node: Node) -> str:
    if "enum" in node:
        return ", ".join(repr(value) for value in node["enum"])
    if "const" in node:
        return repr(node["const"])
    kind = node.get("type")
    if kind in ("number", "integer"):
        return f"{'a number' if kind == 'number' else 'a whole number'}{_range(node)}"
    if kind == "array":
        return f"a list{_length(node)}"
    if kind == "string" and node.get("format") == "path":
        return "a path inside the project, or an absolute one"
    return {"boolean": "true or false", "object": "keys with values", "null": "null"}.get(str(kind), "")


def _range(node: Node) -> str:
    low = f"above {node['exclusiveMinimum']:g}" if "exclusiveMinimum" in node else ""
    low = low or (f"from {node['minimum']:g}" if "minimum" in node else "")
    high = f"below {node['exclusiveMaximum']:g}" if "exclusiveMaximum" in node else ""
    if "maximum" in node:
        high = f"{'to' if low.startswith('from') else 'at most'} {node['maximum']:.15g}"
    joint = " and " if low and high and not high.startswith("to") else " "
    return f" {low}{joint}{high}".rstrip() if low or high else ""


def _length(node: Node) -> str:
    low, high = node.get("minItems", 0), node.get("maxItems")
    if high is not None:
        return f" of {low} to {high} items"
    return f" of at least {low} items" if low else ""
