"""Images on which a prompt file is tried before it is saved: one of each type, for both forms of prompt."""

from __future__ import annotations

from collections.abc import Iterator

from asset_pipeline.specs import ImageType, Theme, WantedImage
from asset_pipeline.specs.expand import BUILT_IN

_THEME = Theme(
    style=("engraved", "plain"),
    palette=(("primary", "#1F3A4D"), ("accent", "#D9A441")),
    mood=("calm", "clear"),
    avoid=("text", "steam"),
)
_MODELS = ("black-forest-labs/flux-1.1-pro", "stability-ai/sdxl")


def trial_images(name: str) -> Iterator[WantedImage]:
    """Yield the images that a file may be used for.

    Args:
        name: Of the file; a part that others import concerns all types.
    """
    collection, _, base = name.rpartition("/")
    stem = base.partition(".")[0]
    for kind in ImageType:
        if stem.startswith("_") or stem == kind:
            width, _, height = BUILT_IN[kind].size.partition("x")
            for model in _MODELS:
                yield WantedImage(
                    key=f"{collection or 'trial'}.{kind}.lantern",
                    collection=collection or "trial",
                    type=kind,
                    slug="lantern",
                    title="Lantern",
                    description="A light that is carried.",
                    role="keeper",
                    model=model,
                    width=int(width),
                    height=int(height),
                    format=BUILT_IN[kind].format,
                    theme=_THEME,
                )
