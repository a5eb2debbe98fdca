"""Checks one picture by the settings; pure, free, and safe in any thread."""

from __future__ import annotations

from asset_pipeline.errors import ImageError
from asset_pipeline.images.checks.check import Bound, Check
from asset_pipeline.images.checks.kinds import KINDS, Kind
from asset_pipeline.images.checks.opened import Opened, Source
from asset_pipeline.images.checks.pair import Box, Pair
from asset_pipeline.settings.checks import ChecksSettings
from asset_pipeline.specs import WantedImage


def check_picture(
    original: Source, finished: Source, *, wanted: WantedImage, settings: ChecksSettings, box: Box | None = None
) -> list[Check]:
    """Return all checks that are for an image, failed or not.

    Where a file is damaged, nothing else can be measured, and that is the only check.

    Args:
        original: What the provider delivered: the file, its path, or the picture that was decoded from it.
        finished: The finished file, in the same forms; of a mere picture, the format is not checked.
        wanted: What it should be.
        settings: Thresholds and policies.
        box: The part of the original that was finished: left, top, right, bottom; the centred one if left out.
    """
    opened, damages = [], []
    for name, source in (("original", original), ("finished file", finished)):
        try:
            opened.append(Opened.of(source, wanted))
        except ImageError as error:
            damages.append(f"the {name} ({error.what})")
    decodes = Check.of(
        "decodes",
        float(len(damages)),
        unit="files",
        bound=Bound.AT_MOST,
        rule=settings.decodes,
        good="Both files are whole.",
        bad=f"Not whole: {' and '.join(damages)}; fetch or make it anew.",
    )
    if damages:
        return [decodes]
    pair = Pair(opened[0], opened[1], wanted, box=box)
    measured = (_measured(kind, pair, settings) for kind in KINDS)
    return [decodes, *(check for check in measured if check)]


def _measured(kind: Kind, pair: Pair, settings: ChecksSettings) -> Check | None:
    rule = settings.rule(kind.name)
    if not rule.enabled or pair.wanted.type not in kind.types:
        return None
    value = kind.measure(pair)
    if value is None:
        return None
    return Check.of(
        kind.name,
        value,
        unit=kind.unit,
        bound=kind.bound,
        rule=rule,
        good=kind.good,
        bad=kind.bad.format(value=value),
    )
