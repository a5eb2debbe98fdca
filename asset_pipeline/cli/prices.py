"""`prices`: the dated price table, and whether what a project relies on is in it and still fresh."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from asset_pipeline.cli.inputs import JSON_OPTION, SPECS_ARGUMENT, read_specs
from asset_pipeline.cli.output import complain, say, say_json, say_table
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger.money import brief
from asset_pipeline.paths import find_root
from asset_pipeline.price_check import CheckedPrice, Verdict, check_prices, show_image_price, show_when
from asset_pipeline.project import open_project
from asset_pipeline.providers.prices import MILLION, PriceTable
from asset_pipeline.settings.sources import load_settings
from asset_pipeline.suggestions import suggest

MAX_AGE_DAYS = 180
app = typer.Typer(help="Show the price table, or check the prices that are relied on.", no_args_is_help=True)


@app.command("check")
def check(
    specs: Annotated[list[Path] | None, SPECS_ARGUMENT] = None,
    max_age_days: Annotated[int, typer.Option(min=0, help="Age above which a price is called old.")] = MAX_AGE_DAYS,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """List the price of every model that specs and settings name, with its date and source. Opens no connection.

    Ends with 2 if one is missing: nothing is bought without it. Old ones are said aloud.

    Example: asset-pipeline prices check data/specs/demo.yaml --max-age-days 90
    """
    project = open_project()
    found = check_prices(
        project.settings,
        read_specs(project, specs),
        PriceTable(project.settings.prices),
        today=datetime.now(UTC).date(),
        max_age_days=max_age_days,
    )
    if as_json:
        say_json([vars(one) | {"seen": one.seen and one.seen.isoformat()} for one in found])
    else:
        rows = [[one.verdict, one.model, one.price or "none", str(one.seen or ""), one.source] for one in found]
        say_table(["", "model", "price", "seen", "source"], rows)
        _say_what_to_do(found, max_age_days)
    if any(one.verdict is Verdict.MISSING for one in found):
        raise typer.Exit(2)


def _say_what_to_do(found: Sequence[CheckedPrice], max_age_days: int) -> None:
    for one in found:
        if one.verdict is Verdict.MISSING:
            complain(f"{one.model}, named in {', '.join(one.places)}, has no price\n  → {one.fix}")
        elif one.verdict is Verdict.OLD:
            say(f"{one.model}: its price is older than {max_age_days} days\n  → {one.fix}")
        elif one.verdict is Verdict.NO_ESTIMATE:
            say(f"{one.model}: there is no estimate of its price\n  → {one.fix}")


@app.command("show")
def show(
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="All if left out.")] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,  # noqa: FBT002 - a flag
) -> None:
    """Print the price table, past and future prices included; those of pipeline.yaml take the place of its rows.

    Example: asset-pipeline prices show stability-ai/sdxl
    """
    table = PriceTable(load_settings(find_root()).prices)  # it is looked at to mend what `open_project` refuses
    rows = [row for model in table.models + table.language_models for row in _rows(table, model)]
    known = dict.fromkeys(row["model"] for row in rows)
    for model in models or []:
        if model not in known:
            raise SettingsError(f"{model!r} is not in the price table{suggest(model, known)}", where="prices show")
    chosen = [row for row in rows if not models or row["model"] in models]
    if as_json:
        say_json(chosen)
        return
    columns = ["model", "for", "price", "valid from", "source"]
    say_table(columns, [[row["model"], row["when"], row["price"], row["valid_from"], row["source"]] for row in chosen])


def _rows(table: PriceTable, model: str) -> list[dict[str, str]]:
    rows = [
        {
            "model": model,
            "kind": "image",
            "when": show_when(price.when),
            "price": show_image_price(price),
            "valid_from": price.valid_from.isoformat(),
            "source": price.source,
        }
        for price in table.rows(model)
    ]
    price = table.language(model)
    if price:
        shown = f"{brief(price.input_usd * MILLION)} in, {brief(price.output_usd * MILLION)} out per million tokens"
        kind = {"model": model, "kind": "language", "when": "", "price": shown}
        rows.append(kind | {"valid_from": price.as_of, "source": price.source})
    return rows
