"""Takes: what a person wants of one image besides its spec; each take is another thing to buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asset_pipeline.ledger.database import Connection
from asset_pipeline.ledger.rows import upsert
from asset_pipeline.specs.wanted import OwnPrompt, WantedImage


@dataclass(frozen=True)
class Take:
    """What a person wants of an image.

    Args:
        take: 1, or more where it is wanted anew.
        note: What those who write its prompt are told.
        own_prompt: Its prompt, where a person has decided on one.
    """

    take: int = 1
    note: str = ""
    own_prompt: OwnPrompt | None = None


def read_takes(connection: Connection, keys: Sequence[str]) -> dict[str, Take]:
    """Return what people want of images, by key, where they want anything."""
    rows = connection.execute(
        "SELECT image_key, take, note, prompt, negative_prompt, author FROM store.takes"
        " WHERE image_key IN (SELECT unnest($1::VARCHAR[]))",
        [list(keys)],
    ).fetchall()
    return {
        key: Take(take, note or "", OwnPrompt(text=prompt, negative=negative, author=author) if prompt else None)
        for key, take, note, prompt, negative, author in rows
    }


def write_takes(connection: Connection, takes: Mapping[str, Take]) -> None:
    """Record what people want of images."""
    rows = []
    for key, take in takes.items():
        own = take.own_prompt
        said = (own.text, own.negative, own.author) if own else (None, None, None)
        rows.append((key, take.take, take.note or None, *said))
    upsert(connection, "store.takes (image_key, take, note, prompt, negative_prompt, author)", rows, key=1)


def with_takes(connection: Connection, images: Sequence[WantedImage]) -> list[WantedImage]:
    """Return images with what people want of each."""
    takes = read_takes(connection, [image.key for image in images])
    return [image.model_copy(update=vars(takes[image.key])) if image.key in takes else image for image in images]


def without_take(image: WantedImage) -> WantedImage:
    """Return an image as its spec alone wants it."""
    return image.model_copy(update=vars(Take()))
