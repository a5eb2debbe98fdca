"""What the old tool called the types of images; it had three lists of them."""

from __future__ import annotations

from asset_pipeline.specs.wanted import ImageType

_NAMES = {
    "icon": ImageType.ICONS,
    "cover": ImageType.COVERS,
    "section_cover": ImageType.COVERS,
    "hero_image": ImageType.COVERS,
    "texture": ImageType.TEXTURES,
    "letter_header": ImageType.LETTER_HEADERS,
    "letterhead": ImageType.LETTER_HEADERS,
    "database_icon": ImageType.DATABASE_ICONS,
    "db_icon": ImageType.DATABASE_ICONS,
} | {name.value: name for name in ImageType}


def image_type(name: object) -> ImageType | None:
    """Return the type that an old name means; None where it means none."""
    return _NAMES.get(name.strip().lower().replace("-", "_")) if isinstance(name, str) else None
