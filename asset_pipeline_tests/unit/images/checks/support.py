"""What the tests of checks share."""

from __future__ import annotations

from asset_pipeline.images.checks import Check, check_picture
from asset_pipeline.settings.checks import ChecksSettings
from asset_pipeline.specs import WantedImage
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.images.checks.drawings import KINDS, Drawing, made
from asset_pipeline_tests.unit.images.checks.pictures import encoded

SETTINGS = ChecksSettings()


def order(kind: str, **changes: object) -> WantedImage:
    """Return an order of a type at its usual size."""
    _, _, _, (width, height), form = KINDS[kind]
    return wanted(**({"type": kind, "width": width, "height": height, "format": form} | changes))


def checks_of(one: Drawing, settings: ChecksSettings = SETTINGS) -> dict[str, Check]:
    """Return all checks of an image by name."""
    found = check_picture(one.original, one.finished, wanted=one.wanted, settings=settings, box=one.box)
    return {check.name: check for check in found}


def checks_of_picture(picture, kind, *, file_format="PNG", **changes):
    """Return all checks of a picture as a provider would deliver it, finished as an image of a type."""
    options = {"quality": 90} if file_format != "PNG" else {}
    return checks_of(made(order(kind, **changes), encoded(picture, file_format, **options)))


def failed(checks: dict[str, Check]) -> set[str]:
    """Return the names of the checks that were not passed."""
    return {name for name, check in checks.items() if not check.passed}
