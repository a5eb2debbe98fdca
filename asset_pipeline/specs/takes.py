"""Takes: what a person wants of one image besides its spec; each take is another thing to buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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

    @property
    def is_adopted(self) -> bool:
        """Whether its prompt stands for a picture that was made elsewhere, and is none to buy another with."""
        return self.own_prompt is not None and bool(self.own_prompt.holds_for)


def read_takes(connection: Connection, keys: Sequence[str]) -> dict[str, Take]:
    """Return what people want of images, by key, where they want anything."""
    rows = connection.execute(
        "SELECT image_key, take, note, prompt, negative_prompt, author, holds_for FROM store.takes"
        " WHERE image_key IN (SELECT unnest($1::VARCHAR[]))",
        [list(keys)],
    ).fetchall()
    return {
        key: Take(
            take,
            note or "",
            OwnPrompt(text=prompt, negative=negative, author=author, holds_for=holds_for or "") if prompt else None,
        )
        for key, take, note, prompt, negative, author, holds_for in rows
    }


def write_takes(connection: Connection, takes: Mapping[str, Take]) -> None:
    """Record what people want of images."""
    rows = []
    for key, take in takes.items():
        own = take.own_prompt
        said = (own.text, own.negative, own.author, own.holds_for or None) if own else (None,) * 4
        rows.append((key, take.take, take.note or None, *said))
    upsert(connection, "store.takes (image_key, take, note, prompt, negative_prompt, author, holds_for)", rows, key=1)


def with_takes(connection: Connection, images: Sequence[WantedImage]) -> list[WantedImage]:
    """Return images with what people want of each; the prompt of an adopted picture counts for that alone."""
    takes = read_takes(connection, [image.key for image in images])
    return [_with_take(image, takes[image.key]) if image.key in takes else image for image in images]


def _with_take(image: WantedImage, take: Take) -> WantedImage:
    own = take.own_prompt
    is_anothers = own is not None and own.holds_for not in ("", image.making_sha256)
    return image.model_copy(update=vars(replace(take, own_prompt=None) if is_anothers else take))


def without_take(image: WantedImage) -> WantedImage:
    """Return an image as its spec alone wants it."""
    return image.model_copy(update=vars(Take()))
