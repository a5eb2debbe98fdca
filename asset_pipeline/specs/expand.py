"""Turns a validated spec into its wanted images: defaults filled in, pages and variants spelled out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asset_pipeline.specs.fields import InputValue, slugify
from asset_pipeline.specs.models import ImageEntry, PageEntry, Spec, ThemeEntry, TypeEntry
from asset_pipeline.specs.renditions import wanted_renditions
from asset_pipeline.specs.wanted import ImageType, Theme, Tier, WantedImage

PAGE_TYPES = (ImageType.ICONS, ImageType.COVERS)


@dataclass(frozen=True)
class TypeDefault:
    """What a type means where the spec says nothing.

    Args:
        model: Replicate model.
        size: `WIDTHxHEIGHT` in pixels.
        format: `png`, `webp` or `jpg`.
    """

    model: str
    size: str
    format: str


# Sizes as the predecessor wanted and never got them; models by what each does well and cheaply.
BUILT_IN: dict[ImageType, TypeDefault] = {
    ImageType.ICONS: TypeDefault("recraft-ai/recraft-v3", "64x64", "png"),
    ImageType.COVERS: TypeDefault("black-forest-labs/flux-1.1-pro", "1500x400", "webp"),
    ImageType.TEXTURES: TypeDefault("black-forest-labs/flux-schnell", "512x512", "jpg"),
    ImageType.LETTER_HEADERS: TypeDefault("black-forest-labs/flux-1.1-pro", "1920x400", "png"),
    ImageType.DATABASE_ICONS: TypeDefault("recraft-ai/recraft-v3", "48x48", "png"),
}


def image_key(collection: str, image_type: str, slug: str) -> str:
    """Return the key of an image."""
    return f"{collection}.{image_type}.{slug}"


def variant_slug(slug: str, variant: int) -> str:
    """Return the slug of the n-th image of the same thing; the first keeps the plain one."""
    return slug if variant == 1 else f"{slug}-{variant}"


def expand(spec: Spec) -> Iterator[WantedImage]:
    """Yield the wanted images of a spec in its order: the listed ones, then each page's icon and cover.

    Raises:
        ValueError: The files of an image cannot be made as they are wanted.
    """
    theme = _theme(spec.theme)
    for entry in spec.images:
        for variant in range(1, entry.variants + 1):
            yield _wanted(spec, theme, entry, ImageType(entry.type), variant)
    for page in spec.pages:
        for kind in PAGE_TYPES:
            yield _wanted(spec, theme, page, kind, 1)


def _wanted(spec: Spec, theme: Theme, entry: ImageEntry | PageEntry, kind: ImageType, variant: int) -> WantedImage:
    default = BUILT_IN[kind]
    own = entry if isinstance(entry, ImageEntry) else TypeEntry()
    of_type = spec.types.get(kind.value, TypeEntry())
    width, height = (own.size or of_type.size or default.size).split("x")
    slug = variant_slug(entry.slug or slugify(entry.title), variant)
    key = image_key(spec.collection, kind, slug)
    file_format = (own.format or of_type.format or default.format).replace("jpeg", "jpg")
    transparent = bool(own.transparent if own.transparent is not None else of_type.transparent)
    if transparent and file_format == "jpg":
        raise ValueError(f"{key} cannot be transparent: a jpg has no transparency; want png, webp or avif")
    entries = own.renditions if own.renditions is not None else of_type.renditions or []
    try:
        renditions = wanted_renditions(entries, slug=slug, size=(int(width), int(height)), format=file_format)
    except ValueError as error:
        raise ValueError(f"renditions of {key}: {error}") from error
    return WantedImage(
        key=key,
        collection=spec.collection,
        type=kind,
        slug=slug,
        title=entry.title,
        description=entry.description,
        role=entry.role,
        tier=Tier(entry.tier) if entry.tier else None,
        tone=entry.tone,
        variant=variant,
        model=own.model or of_type.model or default.model,
        fallbacks=_first(own.fallbacks, of_type.fallbacks, ()),
        input=_input(own, of_type),
        width=int(width),
        height=int(height),
        format=file_format,
        master_prompt=own.master_prompt or of_type.master_prompt,
        transparent=transparent,
        renditions=renditions,
        theme=theme,
    )


def _input(own: TypeEntry, of_type: TypeEntry) -> tuple[tuple[str, InputValue], ...]:
    """Return the further input of an image's model; what a type says belongs to the type's model alone."""
    of_same_model = of_type.input if own.model in (None, of_type.model) else None
    return tuple(sorted({**(of_same_model or {}), **(own.input or {})}.items()))


def _first(*values: Sequence[str] | None) -> tuple[str, ...]:
    """Return the first that is given; an empty list is given too, and says that there are none."""
    return tuple(next(value for value in values if value is not None))


def _theme(entry: ThemeEntry) -> Theme:
    return Theme(
        style=tuple(entry.style),
        palette=tuple(entry.palette.items()),
        mood=tuple(entry.mood),
        avoid=tuple(entry.avoid),
    )
