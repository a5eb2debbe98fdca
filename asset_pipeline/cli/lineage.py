"""Shows every call that images cost, as part of `status`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from asset_pipeline.cli.output import say, say_table
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.money import plain, show
from asset_pipeline.lineage import Lineage, PaidCall, read_lineage


def lineage_of(database: Database, keys: Sequence[str]) -> list[Lineage]:
    """Return the lineage of images.

    Raises:
        SettingsError: One is not known.
    """
    found = database.run(lambda connection: read_lineage(connection, keys)) if database.exists else []
    missing = sorted(set(keys) - {one.image_key for one in found})
    if missing:
        raise SettingsError(
            f"{', '.join(missing)}: not in the catalog", fix="asset-pipeline status --images lists what is"
        )
    return found


def say_lineage(lineage: Lineage) -> None:
    """Print what an image cost, call by call."""
    say(f"{lineage.image_key}  {lineage.state}" + (f"  ({lineage.reason})" if lineage.reason else ""))
    if lineage.fallback:
        say(f"its prompt was not found by a competition: {lineage.fallback}")
    rows = [
        [
            call.kind,
            _model(call),
            call.outcome or call.state,
            show(call.cost_usd),
            show(call.held_usd),
            call.reason or "",
        ]
        for call in lineage.calls
    ]
    total = sum((call.cost_usd for call in lineage.calls), Decimal(0))
    held = sum((call.held_usd for call in lineage.calls), Decimal(0))
    rows.append(["all", f"{len(lineage.calls)} calls", "", show(total), show(held), ""])
    say_table(["call", "model", "became", "cost", "held", "remark"], rows, right=(3, 4))


def _model(call: PaidCall) -> str:
    """Return the model as it was asked for, and the version that answered where none was asked for."""
    version = call.model_version or ""
    return call.model if call.model.endswith(version) else f"{call.model} ({version[:12]})"


def as_json(lineage: Lineage) -> dict[str, Any]:
    """Return the same for programs; amounts are text."""
    return {
        "image_key": lineage.image_key,
        "state": lineage.state,
        "reason": lineage.reason,
        "path": lineage.path,
        "cost_usd": plain(lineage.cost_usd),
        "held_usd": plain(lineage.held_usd),
        "prompt_fallback": lineage.fallback,
        "calls": [_call(call) for call in lineage.calls],
    }


def _call(call: PaidCall) -> dict[str, Any]:
    amounts = {"cost_usd": plain(call.cost_usd), "held_usd": plain(call.held_usd)}
    return vars(call) | amounts | {"created_at": f"{call.created_at.isoformat(timespec='seconds')}Z"}
