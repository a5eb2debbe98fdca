"""Makes the files of an image of its original, looks at them, and puts them in their place; runs in worker threads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import structlog
from PIL import Image

from asset_pipeline.errors import PipelineError
from asset_pipeline.images.checks import Check, check_picture, perceptual_hash
from asset_pipeline.images.files import FileStore, StoredFile
from asset_pipeline.images.finish import FINISH_VERSION, NotPlain, finish, remove_background, renditions
from asset_pipeline.images.inspect import open_image
from asset_pipeline.provenance.credentials import Credentials
from asset_pipeline.provenance.embedding import save_options
from asset_pipeline.provenance.record import Provenance
from asset_pipeline.results import Failed
from asset_pipeline.settings.checks import ChecksSettings, Policy
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.wanted import canonical_sha256

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class FinishRules:
    """What of the settings decides the bytes of a finished file.

    Args:
        embed: Whether it carries its provenance.
        is_signed: Whether it is signed.
    """

    embed: bool = True
    is_signed: bool = False

    def key(self, wanted: WantedImage) -> str:
        """Return the hash over what is done to an original, which is free."""
        parts: list[object] = [FINISH_VERSION, wanted.width, wanted.height, wanted.format, self.embed, self.is_signed]
        if wanted.transparent:
            parts.append("transparent")
        if wanted.renditions:
            parts.append([[one.name, one.sizes, one.format] for one in wanted.renditions])
        return canonical_sha256(parts)


@dataclass(frozen=True)
class Finished:
    """The files of an image, in their place.

    Args:
        file: The image's own.
        renditions: Further ones.
        thumbnail: A small picture of it, as a data URI.
        checks: What was measured of it.
        hash: Its perceptual hash.
    """

    file: StoredFile
    renditions: tuple[StoredFile, ...]
    thumbnail: str
    checks: tuple[Check, ...]
    hash: int

    @property
    def unfit(self) -> tuple[Check, ...]:
        """The checks that it did not pass and for which it is to be bought again."""
        return tuple(check for check in self.checks if not check.passed and check.policy is Policy.REBUY)


class Finisher:
    """Finishes images.

    Args:
        files: Where they are put.
        checks: What is looked at.
        rules: What files carry.
        credentials: What signs them, where they are signed.
    """

    def __init__(
        self, files: FileStore, checks: ChecksSettings, rules: FinishRules, credentials: Credentials | None
    ) -> None:
        self._files = files
        self._checks = checks
        self._rules = rules
        self._credentials = credentials

    def finish(self, wanted: WantedImage, original: Image.Image, provenance: Provenance) -> Finished | Failed:
        """Make and deliver the files of an image, and look at the result."""
        embed = partial(save_options, provenance) if self._rules.embed else None
        try:
            cut_out = remove_background(original) if wanted.transparent else original
            if isinstance(cut_out, NotPlain):  # the check of transparency tells
                log.warning("ground cannot be cut out", image_key=wanted.key, reason=cut_out.reason)
            else:
                original = cut_out
            made = finish(original, width=wanted.width, height=wanted.height, format=wanted.format, embed=embed)
            further = renditions(original, wanted.renditions, embed=embed)
            picture = open_image(made.data)
            checks = check_picture(original, made.data, wanted=wanted, settings=self._checks, box=made.box)
            own = self._files.deliver(wanted, self._signed(made.data, provenance, wanted.format))
            stored = tuple(
                self._files.deliver_rendition(wanted, one.name, self._signed(one.data, provenance, form.format))
                for one, form in zip(further, wanted.renditions, strict=True)
            )
        except (PipelineError, OSError) as error:
            return Failed(f"the original is there, but the file could not be finished: {error}")
        return Finished(own, stored, made.thumbnail, tuple(checks), perceptual_hash(picture))

    def _signed(self, data: bytes, provenance: Provenance, format: str) -> bytes:  # noqa: A002 - the spec's word
        if self._credentials is None or format == "ico":  # an ICO has no place for credentials
            return data
        return self._credentials.sign(data, provenance, format=format)
