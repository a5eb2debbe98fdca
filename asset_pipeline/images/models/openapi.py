"""Reads the input schema out of an OpenAPI document, as Replicate serves it for each version of a model.

`latest_version.openapi_schema` of `GET /models/{owner}/{name}`; one was recorded, of stability-ai/sdxl. A list of
choices is written as `allOf: [{$ref: "#/components/schemas/aspect_ratio"}]` there, and is put in its place here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

_REFERENCE = "#/components/schemas/"
_MAX_DEPTH = 20
# Put in place already; and a pattern is a regular expression of somebody else, which may be none here.
_DROPPED = ("allOf", "pattern")


def input_schema(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the JSON Schema of the input, without references, or None where the document has none of use."""
    found = _Schemas(document).named("Input")
    properties, required = _mapping(found.get("properties")), found.get("required")
    if not properties or not all(isinstance(rule, dict) for rule in properties.values()):
        return None
    schema = {
        "type": "object",
        "properties": properties,
        "required": [key for key in required if isinstance(key, str)] if isinstance(required, list) else [],
    }
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return None
    return schema


def has_list_output(document: Mapping[str, Any]) -> bool:
    """Say whether a model's output is a list of addresses."""
    return _Schemas(document).named("Output").get("type") == "array"


class _Schemas:
    """The schemas of a document, each with what it refers to in place.

    Args:
        document: The OpenAPI document.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._written = _mapping(_mapping(document.get("components")).get("schemas"))
        self._flat: dict[str, dict[str, Any]] = {}

    def named(self, name: str) -> dict[str, Any]:
        """Return a schema; each is made once, and where it refers to itself it allows anything."""
        if name not in self._flat:
            self._flat[name] = {}
            self._flat[name] = _mapping(self._put_in_place(self._written.get(name), _MAX_DEPTH))
        return self._flat[name]

    def _put_in_place(self, node: Any, depth: int) -> Any:  # noqa: ANN401 - anything that is JSON
        """Return a schema with what it refers to; what is written beside a reference counts more."""
        if not depth:
            return None
        if isinstance(node, list):
            return [self._put_in_place(one, depth - 1) for one in node]
        if not isinstance(node, dict):
            return node
        merged: dict[str, Any] = {}
        reference, parts = node.get("$ref"), node.get("allOf")
        if isinstance(reference, str) and reference.startswith(_REFERENCE):
            merged |= self.named(reference.removeprefix(_REFERENCE))
        for part in parts if isinstance(parts, list) else ():
            merged |= _mapping(self._put_in_place(part, depth - 1))
        for key, one in node.items():
            if key == "properties" and isinstance(one, dict):  # its keys are names, and no words of JSON Schema
                merged[key] = {name: self._put_in_place(rule, depth - 1) for name, rule in one.items()}
            elif key not in _DROPPED and not key.startswith("$"):
                merged[key] = self._put_in_place(one, depth - 1)
        return _without_null(merged)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose only choice besides null is its own; null is never sent."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    real = [choice for choice in choices if _mapping(choice).get("type") != "null"]
    rest = {key: one for key, one in schema.items() if key != "anyOf"}
    return {**_mapping(real[0]), **rest} if len(real) == 1 else {**rest, "anyOf": real}


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
