"""Writes the pages that would drift if people wrote them: settings, specs, commands, models, views and errors."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Iterator
from pathlib import Path

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.testing import CliRunner

from asset_pipeline import errors
from asset_pipeline.cli.app import app
from asset_pipeline.images.models import built_in, built_in_names
from asset_pipeline.images.models.survey import USUAL_SIZES, Fit, survey
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import show
from asset_pipeline.providers.prices import ImagePrice, PriceTable
from asset_pipeline.settings import ENV_PREFIX, Section, Settings
from asset_pipeline.settings.allowed import allowed
from asset_pipeline.specs.models import ImageEntry, PageEntry, Spec, ThemeEntry, TypeEntry

NONE = "-"
VIEWS = (
    "images",
    "calls",
    "ledger",
    "budgets",
    "prompt_candidates",
    "prompt_scores",
    "checks",
    "reviews",
    "legacy_records",
    "legacy_spending",
    "legacy_images",
    "call_metrics",
    "loop_blocking",
)


def write_reference(folder: Path) -> None:
    """Write all pages.

    Args:
        folder: Where; made if it is not there.
    """
    folder.mkdir(exist_ok=True)
    pages = {
        "settings": settings(),
        "spec": spec(),
        "commands": commands(),
        "models": models(),
        "views": views(),
        "errors": tree(),
    }
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def _rows(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo, type[BaseModel] | None]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        section = kind if isinstance(kind, type) and issubclass(kind, Section) else None
        yield name, field, section


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ({}, [], "", ()):
        return NONE
    values = value if isinstance(value, tuple) else (value,)
    return ", ".join(f"`{one}`" for one in values)


def _allowed(key: str) -> str:
    return _cell(allowed(tuple(key.split(".")))) or "text, see the meaning"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")


def settings() -> str:
    """Return the page of settings."""
    lines = [
        "# Keys of pipeline.yaml",
        "",
        "Each with the variable that overrides it; how they work together: [settings](../settings.md).",
        "",
    ]

    def table(model: type[BaseModel], prefix: str) -> None:
        fields = [(name, field) for name, field, section in _rows(model) if section is None]
        lines.extend(["| key | default | allowed | variable | meaning |", "|---|---|---|---|---|"])
        for name, field in fields:
            key = f"{prefix}{name}"
            variable = ENV_PREFIX + key.replace(".", "__").upper()
            lines.append(
                f"| `{key}` | {_default(field)} | {_allowed(key)} | `{variable}` | {_cell(field.description)} |"
            )
        lines.append("")
        for name, _, section in _rows(model):
            if section is not None:
                lines.extend([f"## {name}", "", inspect.getdoc(section) or "", ""])
                table(section, f"{prefix}{name}.")

    table(Settings, "")
    return "\n".join(lines) + "\n"


def spec() -> str:
    """Return the page of the spec format's keys."""
    lines = ["# Keys of a spec", ""]
    parts = {"top level": Spec, "theme": ThemeEntry, "types": TypeEntry, "images": ImageEntry, "pages": PageEntry}
    for name, model in parts.items():
        lines.extend([f"## {name}", "", inspect.getdoc(model) or "", ""])
        lines.extend(["| key | default | meaning |", "|---|---|---|"])
        for key, field in model.model_fields.items():
            default = NONE if isinstance(field.default, BaseModel) else _default(field)
            lines.append(f"| `{key}` | {default} | {_cell(field.description)} |")
        lines.append("")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Return the page of commands, as their own help says it."""
    lines = ["# Commands", "", "What `asset-pipeline COMMAND --help` says.", ""]
    runner = CliRunner(env={"COLUMNS": "100", "NO_COLOR": "1"})
    for name in _names(app):
        shown = runner.invoke(app, [*name, "--help"])
        lines.extend([f"## {' '.join(name)}", "", "```text", shown.output.strip(), "```", ""])
    return "\n".join(lines) + "\n"


def _names(group: typer.Typer) -> Iterator[list[str]]:
    for command in group.registered_commands:
        yield [str(command.name)]
    for child in group.registered_groups:
        for name in _names(child.typer_instance or group):
            yield [str(child.name), *name]


def models() -> str:
    """Return the page of image models: who is asked, what it costs, and what is cropped of each usual size."""
    lines = [
        "# Image models",
        "",
        "Those whose input is built in. Any other model on Replicate is asked by the schema on its own page.",
        "`asset-pipeline models` shows the same for any size.",
        "",
        "| model | asked by | input as seen | prices |",
        "|---|---|---|---|",
    ]
    table, known = PriceTable(), [model for model in map(built_in, built_in_names()) if model]
    for model in known:
        prices = (
            "; ".join(_price(price) for price in table.rows(model.name)) or "none known; give one in `pipeline.yaml`"
        )
        lines.append(f"| `{model.name}` | {model.facts.via} | {model.facts.seen_on} | {prices} |")
    sizes = " | ".join(f"{width}x{height}" for width, height in USUAL_SIZES)
    lines += [
        "",
        "## What is lost of a picture",
        "",
        "How much of it is cropped away for a file of each size, and how far the rest is enlarged.",
        "",
        f"| model | {sizes} |",
        "|---|" + "---|" * len(USUAL_SIZES),
    ]
    for model in known:
        cells = " | ".join(_fit(fit) for fit in survey([model], USUAL_SIZES, table))
        lines.append(f"| `{model.name}` | {cells} |")
    return "\n".join(lines) + "\n"


def _price(price: ImagePrice) -> str:
    per = " + ".join(f"{show(usd)} per {unit}" for unit, usd in price.per.items())
    when = ", ".join(f"{key} {str(value).lower()}" for key, value in price.when.items())
    return f"{per}{f' ({when})' if when else ''}, {price.valid_from}"


def _fit(fit: Fit) -> str:
    enlarged = f", x{fit.enlargement:.1f}" if fit.enlargement >= 1.05 else ""
    return f"{fit.crop_loss:.0%}{enlarged}"


def views() -> str:
    """Return the page of the database's views, with their columns as a new database has them."""
    lines = ["# Views", "", 'The stable read interface: `asset-pipeline sql "SELECT …"`, or any DuckDB client.', ""]
    with tempfile.TemporaryDirectory() as folder, Database(Path(folder) / "pipeline.duckdb") as database:
        for view in VIEWS:
            lines.extend([f"## {view}", "", "| column | type |", "|---|---|"])
            lines.extend(f"| `{name}` | {kind} |" for name, kind in _columns(database, view))
            lines.append("")
    return "\n".join(lines) + "\n"


def _columns(database: Database, view: str) -> list[tuple[str, str]]:
    rows = database.run(lambda connection: connection.execute(f"DESCRIBE main.{view}").fetchall())
    return [(name, kind) for name, kind, *_ in rows]


def tree() -> str:
    """Return the page of errors."""
    lines = ["# Errors and exit codes", "", "```text", inspect.getdoc(errors) or "", "```", ""]
    lines.extend(["| exit code | meaning |", "|---|---|"])
    meanings = {
        0: "all done",
        1: "a bug, or something broke off; the message or traceback says what",
        2: "bad input or settings; nothing was spent",
        3: "finished, but some images failed; running again tries only those",
        4: "stopped by a budget; the message says which, and how to raise it",
        5: "waits for review",
        130: "stopped by Ctrl-C; running again goes on",
    }
    lines.extend(f"| {code} | {meaning} |" for code, meaning in meanings.items())
    return "\n".join(lines) + "\n"
