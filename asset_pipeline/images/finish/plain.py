"""Makes any decoded picture a plain one: upright, eight bits, sRGB, RGB or RGBA, and with nothing but its pixels."""

from __future__ import annotations

import io

from PIL import Image, ImageCms, ImageOps

_16_TO_8_BITS = 257
_WHITE = (255, 255, 255)
_OPAQUE = (255, 255)
# What profiles are made for, where that is not RGB.
_COLOURS = {"L": "L", "LA": "L", "CMYK": "CMYK"}


def plain(original: Image.Image) -> Image.Image:
    """Return the picture as RGB, or as RGBA where one can see through it; the original is left alone.

    EXIF's orientation is applied, an embedded profile is converted to sRGB, and neither they nor any comment, date,
    place or name that the original carried comes along.
    """
    picture = ImageOps.exif_transpose(original)
    if picture.mode.startswith("I"):  # 16 bits: Pillow would cut values off instead of scaling them
        picture = picture.point(lambda value: value * (1 / _16_TO_8_BITS)).convert("L")
    alpha = _alpha(picture)
    colours = _in_srgb(picture)
    if alpha is not None:
        colours.putalpha(alpha)
    colours.info = {}
    return colours


def on_white(picture: Image.Image) -> Image.Image:
    """Return a plain picture as RGB, on white where one can see through it."""
    if picture.mode == "RGB":
        return picture
    ground = Image.new("RGB", picture.size, _WHITE)
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _alpha(picture: Image.Image) -> Image.Image | None:
    """Return what can be seen of a picture; None where that is all of it."""
    if not picture.has_transparency_data:
        return None
    alpha = picture.convert("RGBA").getchannel("A")
    return None if alpha.getextrema() == _OPAQUE else alpha


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Return the colours of a picture as a new one in RGB."""
    if picture.mode in ("P", "PA"):  # Pillow warns where a palette with transparency loses it
        picture = picture.convert("RGBA")
    colours = picture.convert(_COLOURS.get(picture.mode, "RGB"))
    profile = picture.info.get("icc_profile")
    converted = _by_profile(colours, profile) if profile else None
    return converted or colours.convert("RGB")


def _by_profile(colours: Image.Image, profile: bytes) -> Image.Image | None:
    """Return colours that a profile explains in sRGB; None where it changes nothing.

    A profile that is broken, or made for other colours than the picture has, is passed over, as browsers do.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return None
        return ImageCms.profileToProfile(
            colours,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError):
        return None
