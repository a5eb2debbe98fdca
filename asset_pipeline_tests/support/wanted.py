"""Wanted images to make, without a spec file."""

from __future__ import annotations

from typing import Any

from asset_pipeline.specs import Theme, WantedImage

THEME = Theme(
    style=("engraved", "mechanical poetry"),
    palette=(("primary", "#4A7C74"), ("accent", "#90CDF4")),
    mood=("calm", "precise"),
    avoid=("text", "people"),
)


def wanted(**changes: Any) -> WantedImage:
    """Return a wanted image: an icon of a lantern, but for the changes."""
    values: dict[str, Any] = {
        "collection": "test",
        "type": "icons",
        "slug": "lantern",
        "title": "Lantern",
        "description": "A light that is carried.",
        "model": "recraft-ai/recraft-v3",
        "width": 64,
        "height": 64,
        "format": "png",
        "theme": THEME,
    } | changes
    values.setdefault("key", f"{values['collection']}.{values['type']}.{values['slug']}")
    return WantedImage(**values)
