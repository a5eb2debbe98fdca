"""`models`: how each image model would be asked for a size, what is cropped away, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from asset_pipeline.cli.inputs import JSON_OPTION
from asset_pipeline.cli.output import say, say_json, say_table
from asset_pipeline.errors import SettingsError
from asset_pipeline.images.models import ImageModel, Size, built_in, built_in_names
from asset_pipeline.images.models.survey import USUAL_SIZES, Fit, survey
from asset_pipeline.ledger.money import brief, plain
from asset_pipeline.paths import find_root
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.settings.sources import load_settings
from asset_pipeline.specs.fields import MAX_PIXELS, MIN_PIXELS
from asset_pipeline.suggestions import suggest

_COLUMNS = ("model", "file", "asked for", "pixels", "cropped", "enlarged", "worst case")
_RIGHT = (3, 4, 5, 6)
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")


def models(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="Models; all that are built in if left out.")
    ] = None,
    sizes: Annotated[
        list[str] | None, typer.Option("--size", metavar="WxH", help="Size of the file; may be given several times.")
    ] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Show how image models would be asked for a size: what comes, what is cropped, what it costs at most.

    Needs no keys and opens no connection. Models that are not built in are asked by the schema on their own page.

    Example: asset-pipeline models google/imagen-4 recraft-ai/recraft-v3 --size 1500x400
    """
    prices = PriceTable(load_settings(find_root()).prices)
    wanted = [_size(text) for text in sizes] if sizes else USUAL_SIZES
    fits = list(survey([_model(name) for name in names or built_in_names()], wanted, prices))
    if as_json:
        say_json([_as_json(fit) for fit in fits])
        return
    say_table(_COLUMNS, [cells(fit) for fit in fits], right=_RIGHT)
    say("\nPixels of a picture that is asked for by its shape are an estimate.")


def cells(fit: Fit) -> Sequence[str]:
    """Return a row of the table."""
    return (
        fit.model,
        "{}x{}".format(*fit.size),
        ", ".join(f"{key} {value}" for key, value in fit.asked.items()),
        "{}x{}".format(*fit.pixels),
        f"{fit.crop_loss:.0%}",
        f"x{fit.enlargement:.2f}" if fit.enlargement > 1 else "-",
        brief(fit.worst_usd) if fit.worst_usd is not None else "no price",
    )


def _as_json(fit: Fit) -> dict[str, Any]:
    return {
        "model": fit.model,
        "size": "{}x{}".format(*fit.size),
        "asked": dict(fit.asked),
        "pixels": "{}x{}".format(*fit.pixels),
        "crop_loss": round(fit.crop_loss, 4),
        "enlargement": round(fit.enlargement, 4),
        "worst_usd": plain(fit.worst_usd) if fit.worst_usd is not None else None,
    }


def _model(name: str) -> ImageModel:
    model = built_in(name)
    if model is None:
        raise SettingsError(f"no model {name!r} is built in{suggest(name, built_in_names())}", where="models")
    return model


def _size(text: str) -> Size:
    match = _SIZE.fullmatch(text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(MIN_PIXELS <= side <= MAX_PIXELS for side in size):
        raise SettingsError(
            f"{text!r} is no size; it must be WIDTHxHEIGHT in pixels, each from {MIN_PIXELS} to {MAX_PIXELS}",
            where="--size",
        )
    return size
