"""The old prompt files: tones become a `tones.yaml` to compare with, master prompts are kept as notes.

None of them counts by itself: it would change every prompt of every collection, and so what has to be paid again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from asset_pipeline.errors import PromptFileError
from asset_pipeline.legacy.findings import Fate, Findings
from asset_pipeline.legacy.old_yaml import YamlPart
from asset_pipeline.legacy.yaml_text import yaml_text
from asset_pipeline.prompts.guides import read_guide
from asset_pipeline.prompts.sources import PromptFile, PromptSources
from asset_pipeline.prompts.tones import CLEAR, TONES_FILE, StyleLists, Tones, read_tones
from asset_pipeline.specs.fields import MAX_LINE

MASTER_PROMPT = (
    "a note: it tells a language model how to write prompts; here, files in data/prompts are templates of the prompts"
    " themselves, and what a writer is told besides is in prompts.briefs"
)
_HEAD = (
    "# Made of the old tool's tones. Compare it with `prompts show tones.yaml`.\n"
    "# It counts once it lies in data/prompts.\n"
)


def convert_tones(part: YamlPart, findings: Findings) -> str | None:
    """Return the old tones and style elements as a `tones.yaml`; None where that cannot be, with the reason noted."""
    old = _mapping(part.data, "emotional_tones")
    if not old:
        findings.add(part.file, 0, "file", part.file, Fate.LEFT_OUT, "there are no tones in it")
        return None
    built_in = read_guide(PromptSources().require(TONES_FILE), Tones).says
    tones = {name: _tone(name, tone, built_in) for name, tone in old.items() if isinstance(tone, Mapping)}
    rules = [rule.model_dump(exclude_defaults=True) for rule in built_in.rules if rule.tone in tones]
    rules += [
        {"tone": tone, "words": [str(word)], "look_in": ["title", "role"]}
        for word, tone in _mapping(_mapping(part.data, "emotional_mappings"), "page_categories").items()
        if isinstance(tone, str) and tone in tones
    ]
    says = {"tones": tones, "rules": rules, "styles": _styles(_mapping(part.data, "style_elements"), built_in.styles)}
    text = _HEAD + yaml_text(({"default": built_in.default} if built_in.default in tones else {}) | says)
    try:
        read_tones(PromptFile(TONES_FILE, part.file, text, built_in=False))
    except PromptFileError as error:
        said = "; ".join(problem.message for problem in error.problems)
        findings.add(part.file, 0, "file", part.file, Fate.LEFT_OUT, f"no tones.yaml can be made of it: {said}")
        return None
    _note(part, tones, findings)
    return text


def _mapping(data: object, key: str) -> Mapping[str, Any]:
    value = data.get(key) if isinstance(data, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _texts(value: object) -> list[str]:
    return [str(one) for one in value if str(one).strip()] if isinstance(value, list) else []


def _tone(name: str, old: Mapping[str, Any], built_in: Tones) -> dict[str, Any]:
    """Return a tone; what it looks like is the built-in one's, as the old one never said."""
    known = built_in.tones.get(name)
    keywords = _texts(old.get("keywords")) or [name.replace("_", " ")]
    looks = ", ".join(keywords)[:MAX_LINE]
    intensity = old.get("intensity")
    is_share = isinstance(intensity, int | float) and 0 <= intensity <= 1
    return {
        "title": str(old.get("name") or name.replace("_", " ").title()),
        "description": str(old.get("description") or ""),
        "keywords": keywords,
        "intensity": intensity if is_share else known.intensity if known else CLEAR,
        "scene": known.scene if known else looks,
        "shapes": known.shapes if known else looks,
    }


def _styles(old: Mapping[str, Any], built_in: StyleLists) -> dict[str, list[str]]:
    return {name: _texts(old.get(name)) or getattr(built_in, name) for name in StyleLists.model_fields}


def _note(part: YamlPart, tones: Collection[str], findings: Findings) -> None:
    """Note every tone, every list and every other key."""

    def note(kind: str, *path: str, why_not: str = "") -> None:
        fate, said = (Fate.LEFT_OUT, why_not) if why_not else (Fate.KEPT, "in the proposed tones.yaml")
        findings.add(part.file, part.line(path), kind, path[-1], fate, said)

    for name in _mapping(part.data, "emotional_tones"):
        note("tone", "emotional_tones", name, why_not="" if name in tones else "it has no keys with values")
    for name in _mapping(part.data, "style_elements"):
        known = name in StyleLists.model_fields
        note("style elements", "style_elements", name, why_not="" if known else "there is no such list")
    for name in _mapping(part.data, "emotional_mappings"):
        is_taken = name == "page_categories"
        note("mapping", "emotional_mappings", name, why_not="" if is_taken else "the old tool never used it")
    for name in part.data:
        if name not in ("emotional_tones", "style_elements", "emotional_mappings"):
            note("key", name, why_not="a remark about the old file")
