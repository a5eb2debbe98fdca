"""Puts provenance into a file while it is encoded, and takes it out again; pixels are never touched for it."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from asset_pipeline.provenance.record import PROGRAM, Provenance
from asset_pipeline.provenance.xmp import date_text, parse_packet, plain_text, prompt_text, xmp_packet

# Where the XMP specification, part 3, wants the packet in a PNG; uncompressed, so that any reader finds it.
_PNG_XMP = "XML:com.adobe.xmp"
_FORMATS = ("PNG", "WEBP", "JPEG", "AVIF")


def save_options(provenance: Provenance, *, format: str) -> dict[str, Any]:  # noqa: A002 - the spec's word
    """Return what Pillow's `save` has to be told besides, so that a file carries its provenance.

    Args:
        provenance: What it carries.
        format: `png`, `webp`, `jpg` or `avif`.
    """
    if format == "png":
        return {"pnginfo": _png_info(provenance)}
    return {"xmp": xmp_packet(provenance)}


def read_provenance(data: bytes) -> Provenance | None:
    """Return what a file says about where it comes from; None where it says nothing of it, or nothing of ours."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            packet = picture.info.get("xmp")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return parse_packet(packet) if isinstance(packet, bytes) else None


def _png_info(provenance: Provenance) -> PngInfo:
    """Return the chunks of a PNG; the keywords are those that its specification names."""
    info = PngInfo()
    info.add_itxt(_PNG_XMP, xmp_packet(provenance).decode())
    info.add_text("Title", plain_text(provenance.title))
    info.add_itxt("Description", prompt_text(provenance), zip=True)
    info.add_text("Software", PROGRAM)
    info.add_text("Source", plain_text(provenance.model))
    info.add_text("Creation Time", date_text(provenance.created_at))
    return info
