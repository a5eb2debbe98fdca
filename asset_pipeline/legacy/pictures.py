"""The old pictures: what each really is, whatever it is called, and which image of the new spec it becomes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from asset_pipeline.errors import ImageError, LegacyFileError, NotDrawnError
from asset_pipeline.images.inspect import UNDRAWN, Inspected, inspect
from asset_pipeline.legacy.claims import Claim
from asset_pipeline.legacy.findings import Fate, Findings
from asset_pipeline.legacy.folder import SourceFile, read_bytes
from asset_pipeline.legacy.names import kept_name
from asset_pipeline.specs import WantedImage


@dataclass(frozen=True)
class Picture:
    """A picture that was found.

    Args:
        file: Where.
        sha256: Of its bytes.
        seen: What it really is.
        claim: Which image it is, and who says so; None where nobody does, or several say different things.
        is_adopted: Whether it becomes the original of that image.
        why: Why it does not; empty where it does.
    """

    file: SourceFile
    sha256: str
    seen: Inspected
    claim: Claim | None = None
    is_adopted: bool = False
    why: str = ""

    @property
    def true_name(self) -> str:
        """Its name, ending in what it really is."""
        return self.file.name if self.is_named_right else f"{self.file.name}.{self.seen.format}"

    @property
    def kept_name(self) -> str:
        """Its name where it is kept to be looked at."""
        return kept_name(self.true_name, sha256=self.sha256, suffix=self.seen.format)

    @property
    def is_named_right(self) -> bool:
        """Whether its name says what it is."""
        return self.file.pure.suffix.lower().removeprefix(".").replace("jpeg", "jpg") == self.seen.format


def read_pictures(files: Iterable[SourceFile], findings: Findings) -> list[Picture]:
    """Return the pictures among files; what is none is noted."""
    pictures = []
    for file in files:
        try:
            data = read_bytes(file)
            seen = inspect(data)
        except NotDrawnError:
            seen = UNDRAWN
        except (ImageError, LegacyFileError) as error:
            findings.add(file.name, 0, "image", file.name, Fate.UNREADABLE, str(error))
            continue
        pictures.append(Picture(file, hashlib.sha256(data).hexdigest(), seen))
    return pictures


def match_pictures(
    pictures: Sequence[Picture],
    claims: Mapping[str, Sequence[Claim]],
    wanted: Mapping[str, WantedImage],
    *,
    most_enlarged: float,
) -> list[Picture]:
    """Return pictures with what becomes of each; of several of one image, the one that was made last is adopted.

    Args:
        pictures: All of them.
        claims: What is said of each, by file.
        wanted: The images of the new spec.
        most_enlarged: How many times larger a picture may have to be made.
    """
    matched = [_matched(one, claims.get(one.file.name, ()), wanted, most_enlarged) for one in pictures]
    last: dict[str, Picture] = {}
    for one in matched:
        if one.is_adopted and one.claim:
            before = last.get(one.claim.image_key)
            if before is None or before.claim is None or one.claim.at >= before.claim.at:
                last[one.claim.image_key] = one
    return [_one_of(one, last) for one in matched]


def _one_of(one: Picture, last: Mapping[str, Picture]) -> Picture:
    chosen = last.get(one.claim.image_key) if one.claim else None
    if not one.is_adopted or chosen is None or chosen is one:
        return one
    return replace(
        one, is_adopted=False, why=f"{chosen.file.name} is of the same image, and newer or later in the folder"
    )


def _matched(
    picture: Picture, claims: Sequence[Claim], wanted: Mapping[str, WantedImage], most_enlarged: float
) -> Picture:
    keys = sorted({claim.image_key for claim in claims})
    if not keys:
        return replace(picture, why="nothing says which image it is; the number in a name is no proof")
    if len(keys) > 1:
        return replace(picture, why=f"it is said to be {' and '.join(keys)}")
    claim = max(claims, key=lambda one: (bool(one.prompt), one.at))
    image, seen = wanted[keys[0]], picture.seen
    if seen == UNDRAWN:
        return replace(picture, claim=claim, why="it is an SVG, which cannot be drawn on this machine")
    enlarged = max(image.width / seen.width, image.height / seen.height)
    if enlarged > most_enlarged:
        why = f"{image.width}x{image.height} is wanted: it would be made {enlarged:.1f} times larger"
        return replace(picture, claim=claim, why=why)
    return replace(picture, claim=claim, is_adopted=True)


def note_pictures(pictures: Iterable[Picture], findings: Findings) -> None:
    """Note what becomes of each picture."""
    for one in pictures:
        seen = one.seen
        what = f"{seen.width}x{seen.height} {seen.format}" if seen.width else seen.format
        parts = [what if one.is_named_right else f"{what}, though its name ends in {one.file.pure.suffix}"]
        claim = one.claim
        if claim:
            parts.append(f"{claim.image_key} by {claim.place}")
        if claim and claim.cost_usd is not None:
            parts.append(f"it cost ${claim.cost_usd}")
        parts.append(one.why or "adopted: no run pays for it again")
        if not one.is_adopted and one.kept_name != one.true_name:
            parts.append(f"kept as {one.kept_name}, as no file here may have its name")
        fate = Fate.IMPORTED if one.is_adopted else Fate.KEPT
        findings.add(one.file.name, 0, "image", one.file.name, fate, "; ".join(parts))
