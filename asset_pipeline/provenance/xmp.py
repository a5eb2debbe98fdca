"""Writes and reads the XMP packet of a finished file.

The properties are those of the XMP specification (ISO 16684-1) and of the IPTC Photo Metadata Standard 2025.1; what
only this program knows has a namespace of its own. The prompt stands in dc:description, which every viewer shows, and
not in Iptc4xmpExt:AIPromptInformation as well: it is most of what a small icon has to carry.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from asset_pipeline.provenance.record import PROGRAM, TRAINED_ALGORITHMIC_MEDIA, Provenance

OWN = "urn:asset-pipeline:provenance:1.0/"
_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "assetPipeline": OWN,
}
# A JPEG has 65,502 bytes for a packet. A character takes at most five, and nobody's prompt is as long as this.
_LONGEST_PROMPT = 4_000
_LONGEST_NAME = 300
# What XML 1.0 cannot hold, however it is written: https://www.w3.org/TR/xml/#charsets
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain_text(text: str, *, longest: int = _LONGEST_NAME) -> str:
    """Return a text as metadata can hold it: what XML has no way to write becomes U+FFFD, and what is too long ends."""
    clean = _NO_XML.sub("\ufffd", text)
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def prompt_text(provenance: Provenance) -> str:
    """Return the prompt as metadata can hold it."""
    return plain_text(provenance.prompt, longest=_LONGEST_PROMPT)


def date_text(moment: datetime) -> str:
    """Return a time as XMP writes it: ISO 8601, UTC, whole seconds."""
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def xmp_packet(provenance: Provenance) -> bytes:
    """Return the packet, without padding; the same bytes for the same provenance.

    It does not name this program's version: a file that a newer one finishes again must not differ for that.
    """
    default = 'xml:lang="x-default"'
    properties = [
        ("dc:title", f"<rdf:Alt><rdf:li {default}>{_escaped(plain_text(provenance.title))}</rdf:li></rdf:Alt>"),
        ("dc:description", f"<rdf:Alt><rdf:li {default}>{_escaped(prompt_text(provenance))}</rdf:li></rdf:Alt>"),
        ("dc:creator", f"<rdf:Seq><rdf:li>{_escaped(plain_text(provenance.model))}</rdf:li></rdf:Seq>"),
    ]
    simple = {
        "xmp:CreatorTool": PROGRAM,
        "xmp:CreateDate": date_text(provenance.created_at),
        "Iptc4xmpExt:DigitalSourceType": TRAINED_ALGORITHMIC_MEDIA,
        "Iptc4xmpExt:AISystemUsed": plain_text(provenance.model),
        "Iptc4xmpExt:AISystemVersionUsed": plain_text(provenance.model_version or ""),
        "assetPipeline:imageKey": plain_text(provenance.image_key),
        "assetPipeline:contentKey": plain_text(provenance.content_key),
        "assetPipeline:callId": plain_text(provenance.call_id),
        "assetPipeline:predictionId": plain_text(provenance.prediction_id or ""),
        "assetPipeline:model": plain_text(provenance.model),
        "assetPipeline:modelVersion": plain_text(provenance.model_version or ""),
        "assetPipeline:negativePrompt": plain_text(provenance.negative_prompt, longest=_LONGEST_PROMPT),
    }
    properties += [(name, _escaped(value)) for name, value in simple.items() if value]
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items() if prefix != "rdf")
    body = "".join(f"<{name}>{inner}</{name}>" for name, inner in properties)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_NAMESPACES["rdf"]}">'
        f'<rdf:Description rdf:about="" {declared}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="r"?>'
    ).encode()


def parse_packet(packet: bytes) -> Provenance | None:
    """Return what a packet says; None where it is not one that this program has written."""
    try:
        text = packet.decode()
        if "<!" in text:  # ours have no declarations, and nobody else's are followed
            return None
        root = ElementTree.fromstring(text)  # noqa: S314 - without declarations, there are no entities to expand

        def read(path: str) -> str:
            return root.findtext(f".//rdf:Description/{path}", "", _NAMESPACES)

        image_key = read("assetPipeline:imageKey")
        if not image_key:
            return None
        return Provenance(
            image_key=image_key,
            content_key=read("assetPipeline:contentKey"),
            title=read("dc:title/rdf:Alt/rdf:li"),
            prompt=read("dc:description/rdf:Alt/rdf:li"),
            negative_prompt=read("assetPipeline:negativePrompt"),
            model=read("assetPipeline:model"),
            model_version=read("assetPipeline:modelVersion") or None,
            prediction_id=read("assetPipeline:predictionId") or None,
            call_id=read("assetPipeline:callId"),
            created_at=datetime.fromisoformat(read("xmp:CreateDate")).astimezone(UTC).replace(tzinfo=None),
        )
    except (ElementTree.ParseError, ValueError):
        return None


def _escaped(text: str) -> str:
    """Return a text as the content of an element; a bare carriage return would be read back as a line feed."""
    return escape(text, {"\r": "&#13;"})
