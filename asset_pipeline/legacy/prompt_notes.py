"""The old prompt files: tones become a `tones.yaml` to compare with, master prompts are kept as notes.

None of them counts by itself: it would change every prompt of every collection, and so what has to be paid again.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from asset_pipeline.errors import PromptFileError
from asset_pipeline.legacy.findings import Fate, Findings
from asset_pipeline.legacy.old_yaml import YamlPart
from asset_pipeline.legacy.yaml_text import yaml_text
from asset_pipeline.prompts.guides import read_guide
from asset_pipeline.prompts.sources import PromptFile, PromptSources
from asset_pipeline.prompts.tones import TONES_FILE, StyleLists, Tones, read_tones
from asset_pipeline.specs.fields import MAX_LINE

MASTER_PROMPT = (
    "a note: it tells a language model how to write prompts; here, files in data/prompts are templates of the prompts"
    " themselves, and what a writer is told besides is in prompts.briefs"
)
_UNUSED = "the old tool never used it"
_HEAD = (
    "# Made of the old tool's tones. Compare it with `prompts show tones.yaml`.\n"
    "# It counts once it lies in data/prompts.\n"
)


def convert_tones(part: YamlPart, findings: Findings) -> str | None:
    """Return the old tones and style elements as a `tones.yaml`; None where that cannot be, with the reason noted."""
    data = part.data
    old = data.get("emotional_tones") if isinstance(data, dict) else None
    if not isinstance(old, Mapping) or not old:
        findings.add(part.file, 0, "file", part.file, Fate.LEFT_OUT, "there are no tones in it")
        return None
    file = PromptSources().require(TONES_FILE)
    built_in = read_guide(file, Tones).says
    tones = {name: _tone(name, tone, built_in) for name, tone in old.items() if isinstance(tone, Mapping)}
    rules = [rule.model_dump(exclude_defaults=True) for rule in built_in.rules if rule.tone in tones]
    text = _HEAD + yaml_text(
        ({"default": built_in.default} if built_in.default in tones else {})
        | {"tones": tones, "rules": rules + _rules(data, tones), "styles": _styles(data, built_in.styles)}
    )
    try:
        read_tones(PromptFile(TONES_FILE, part.file, text, built_in=False))
    except PromptFileError as error:
        said = "; ".join(problem.message for problem in error.problems)
        findings.add(part.file, 0, "file", part.file, Fate.LEFT_OUT, f"no tones.yaml can be made of it: {said}")
        return None
    _note(part, tones, findings)
    return text


def _tone(name: str, old: Mapping[str, Any], built_in: Tones) -> dict[str, Any]:
    """Return a tone; what it looks like is the built-in one's, as the old one never said."""
    known = built_in.tones.get(name)
    keywords = [str(word) for word in old.get("keywords") or [] if str(word).strip()]
    looks = ", ".join(keywords)[:MAX_LINE] or name
    return {
        "title": str(old.get("name") or name.replace("_", " ").title()),
        "description": str(old.get("description") or ""),
        "keywords": keywords or [name.replace("_", " ")],
        "intensity": _share(old.get("intensity"), known.intensity if known else 0.8),
        "scene": known.scene if known else looks,
        "shapes": known.shapes if known else looks,
    }


def _share(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float | Decimal) and 0 <= value <= 1 else otherwise


def _rules(data: Mapping[str, Any], tones: Mapping[str, Any]) -> list[dict[str, Any]]:
    mappings = data.get("emotional_mappings")
    categories = mappings.get("page_categories") if isinstance(mappings, Mapping) else None
    pairs = categories.items() if isinstance(categories, Mapping) else ()
    return [{"tone": tone, "words": [str(word)], "look_in": ["title", "role"]} for word, tone in pairs if tone in tones]


def _styles(data: Mapping[str, Any], built_in: StyleLists) -> dict[str, list[str]]:
    old = data.get("style_elements")
    lists = old if isinstance(old, Mapping) else {}
    return {
        name: [str(one) for one in lists.get(name) or []]
        if isinstance(lists.get(name), list)
        else getattr(built_in, name)
        for name in StyleLists.model_fields
    }


def _note(part: YamlPart, tones: Mapping[str, Any], findings: Findings) -> None:
    """Note every tone, every list and every other key."""
    data = part.data
    for name in data["emotional_tones"]:
        fate = Fate.KEPT if name in tones else Fate.LEFT_OUT
        said = (
            "in the proposed tones.yaml; its use_cases and emotional_weight were never used"
            if name in tones
            else _UNUSED
        )
        findings.add(part.file, part.line(("emotional_tones", name)), "tone", name, fate, said)
    for name in data.get("style_elements") or ():
        known = name in StyleLists.model_fields
        said = "in the proposed tones.yaml" if known else "there is no such list"
        fate = Fate.KEPT if known else Fate.LEFT_OUT
        findings.add(part.file, part.line(("style_elements", name)), "style elements", name, fate, said)
    mappings = data.get("emotional_mappings")
    for name in mappings if isinstance(mappings, Mapping) else ():
        fate = Fate.KEPT if name == "page_categories" else Fate.LEFT_OUT
        said = "the last rules of the proposed tones.yaml" if fate is Fate.KEPT else _UNUSED
        findings.add(part.file, part.line(("emotional_mappings", name)), "mapping", name, fate, said)
    for name in data:
        if name not in ("emotional_tones", "style_elements", "emotional_mappings"):
            findings.add(part.file, part.line((name,)), "key", name, Fate.LEFT_OUT, "a remark about the old file")
