"""The old `theme_config.json`: its colours and words, where the settings say nothing; the rest contradicts them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from asset_pipeline.legacy.broken_json import read_json
from asset_pipeline.legacy.config import OldConfig, leaves
from asset_pipeline.legacy.findings import Fate, Findings
from asset_pipeline.redaction import holds_key
from asset_pipeline.specs.models import ThemeEntry
from asset_pipeline.yamlfile import KeyPath, parse_yaml, show_key

_STYLE = ("style_guide", "visual_style")
_WORDS: Mapping[KeyPath, str] = {(*_STYLE, "mood_keywords"): "mood", (*_STYLE, "avoid"): "avoid"}
_PALETTE: KeyPath = ("style_guide", "color_palette")
_REST = "only a theme generator that never ran read it, and config.json says otherwise or nothing of it"


def read_theme(text: str, file: str, config: OldConfig, findings: Findings) -> None:
    """Add to the spec's theme what a theme_config.json says; every key is noted once."""
    got = read_json(text)
    if got.problem or not isinstance(got.value, dict):
        findings.add(file, 0, "file", file, Fate.UNREADABLE, got.problem or "it is no object")
    if not isinstance(got.value, dict):
        return
    lines = parse_yaml(text.replace("\t", "  "), shown=file)
    has_palette = bool(config.spec.get("theme", {}).get("palette"))
    for path, value in leaves(got.value):
        target = _target(path, value, has_palette=has_palette)
        said = _add(config, *target) if target else _REST
        fate = Fate.IMPORTED if target and said.startswith("spec: ") else Fate.LEFT_OUT
        findings.add(file, lines.line(path), "setting", show_key(path), fate, said)


def _target(path: KeyPath, value: object, *, has_palette: bool) -> tuple[str, Any] | None:
    """Return the part of the theme that a key is, with its value there; None where it is none."""
    if path in _WORDS and isinstance(value, list):
        return _WORDS[path], [str(word) for word in value]
    if path[: len(_PALETTE)] == _PALETTE and isinstance(value, str) and not has_palette:
        return "palette", {" ".join(str(part) for part in path[len(_PALETTE) :]): value}
    return None


def _add(config: OldConfig, name: str, value: Any) -> str:  # noqa: ANN401 - JSON holds anything
    theme = config.spec.get("theme", {})
    if holds_key(str(value)):
        return "it cannot be: there is a key in it"
    new = theme | {name: theme.get(name, {}) | value if isinstance(value, dict) else value}
    try:
        ThemeEntry.model_validate(new)
    except ValidationError as error:
        return f"it cannot be: {error.errors()[0]['msg'].removeprefix('Value error, ')}"
    config.spec["theme"] = new
    return f"spec: theme.{name}"
