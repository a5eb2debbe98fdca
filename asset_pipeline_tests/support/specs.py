"""Specs to make."""

from __future__ import annotations

from collections.abc import Sequence

from asset_pipeline.specs.wanted import DEFAULT_SAMPLE

TITLES = (
    "Lantern", "Compass", "Anchor", "Quill", "Harbour", "Orchard", "Bridge", "Lighthouse", "Kettle", "Violin",
    "Ladder", "Mirror", "Basket", "Candle", "Feather", "Hourglass", "Keyhole", "Locket", "Mosaic", "Nest",
)  # fmt: skip


def spec_of(count: int, *, collection: str = "test", kind: str = "icons", extra: Sequence[str] = ()) -> str:
    """Return a spec of images of one type, each with a title of its own."""
    titles = [TITLES[n] if n < len(TITLES) else f"{TITLES[n % len(TITLES)]} {n}" for n in range(count)]
    # Unless told otherwise, all of them are the sample: what is tested is seldom the gate.
    is_told = count <= DEFAULT_SAMPLE or any(line.startswith("sample:") for line in extra)
    sample = [] if is_told else [f"sample: {count}"]
    lines = [
        f"collection: {collection}",
        *sample,
        'theme: {style: engraved, palette: {primary: "#1F3A4D", accent: "#D9A441"}, avoid: [text]}',
        *extra,
        "images:",
        *(f"  - {{type: {kind}, title: {title}}}" for title in titles),
    ]
    return "\n".join(lines) + "\n"
