"""Settings on the command line, `--set section.key=value`: for this process, and for those that it starts."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from asset_pipeline.errors import SettingsError
from asset_pipeline.paths import SETTINGS_FILE
from asset_pipeline.settings.layers import COMMAND_LINE, Layer, Tree, merge
from asset_pipeline.settings.model import Settings
from asset_pipeline.settings.section import Section
from asset_pipeline.yamlfile import parse_yaml

# The environment reaches Dagster's threads and the runs that the review page starts; one `_`, so it is no setting.
VARIABLE = "ASSET_PIPELINE_SET"
_ASSIGNMENTS = TypeAdapter(list[str])


def take(assignments: Sequence[str]) -> None:
    """Let settings of the command line hold from now on.

    Args:
        assignments: Each as `section.key=value`, the value as in `pipeline.yaml`.

    Raises:
        SettingsError: One is none.
    """
    for assignment in assignments:
        _tree(assignment)
    os.environ[VARIABLE] = json.dumps([*_given(), *assignments])


def command_line_layer(further: Tree | None = None) -> Layer:
    """Return what the command line says.

    Args:
        further: Beats what was said by `--set`.
    """
    values: Tree = {}
    for assignment in _given():
        values = merge(values, _tree(assignment))
    return Layer(COMMAND_LINE, merge(values, further or {}))


def _given() -> list[str]:
    try:
        return _ASSIGNMENTS.validate_json(os.environ.get(VARIABLE) or "[]")
    except ValidationError:
        raise SettingsError(
            "is not what --set has written there", where=f"environment: {VARIABLE}", fix="unset it, and use --set"
        ) from None


def _tree(assignment: str) -> Tree:
    key, sign, text = assignment.partition("=")
    if not (key and sign):
        raise SettingsError(
            f"{assignment!r} is no assignment", where="--set", fix="write it as --set budget.total_usd=5"
        )
    document = parse_yaml(text, shown=f"--set {key}")
    problems = [problem.message for problem in document.problems if "is empty" not in problem.message]
    if problems:
        raise SettingsError(
            "; ".join(problems), where=f"--set {key}", fix=f"write the value as in {SETTINGS_FILE}, in quotes"
        )
    value: Any = document.data
    for part in reversed(_parts(key)):
        value = {part: value}
    return dict(value)


def _parts(key: str) -> list[str]:
    """Split a key at its dots; of what a mapping holds, such as models, the rest is one name, dots and all."""
    parts, rest = [], key
    model: type[Section] | type[Settings] | None = Settings
    while model and "." in rest:
        part, _, rest = rest.partition(".")
        parts.append(part)
        kind = model.model_fields[part].annotation if part in model.model_fields else None
        model = kind if isinstance(kind, type) and issubclass(kind, Section) else None
    return [*parts, rest]
