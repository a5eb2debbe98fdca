"""Compares a finished file with what the ledger says about it, reading both afresh."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from asset_pipeline.errors import ImageError
from asset_pipeline.images.checks import Check
from asset_pipeline.images.inspect import Inspected, inspect
from asset_pipeline.ledger import Connection, Database, State
from asset_pipeline.paths import Paths
from asset_pipeline.specs import WantedImage


@dataclass(frozen=True)
class Audit:
    """What file and ledger say.

    Args:
        seen: What the file is; None where it is no picture.
        is_as_wanted: Whether it has exactly the wanted size and format.
        is_as_booked: Whether it is the file that was delivered, from an original whose call is settled.
        problem: What is wrong, in a sentence; empty if nothing is.
        image_cost_usd: What the image has cost so far, over all its calls.
    """

    seen: Inspected | None
    is_as_wanted: bool
    is_as_booked: bool
    problem: str
    image_cost_usd: Decimal


@dataclass(frozen=True)
class Audited:
    """A finished image that was audited apart from any run.

    Args:
        wanted: The image.
        audit: What file and ledger say.
        checks: What was measured of it when it was finished.
    """

    wanted: WantedImage
    audit: Audit
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class _Booked:
    path: str
    sha256: str
    call_state: str | None
    cost_usd: Decimal


class Auditor:
    """Audits finished files.

    Args:
        database: Where deliveries and calls are recorded.
        paths: Where files are.
    """

    def __init__(self, database: Database, paths: Paths) -> None:
        self._database = database
        self._paths = paths

    async def audit(self, wanted: WantedImage) -> Audit:
        """Compare the file of an image with its rows."""
        booked = await self._database.asubmit(_read_booked, wanted.key)
        return await asyncio.to_thread(self._compare, wanted, booked)

    def _compare(self, wanted: WantedImage, booked: _Booked | None) -> Audit:
        cost = booked.cost_usd if booked else Decimal(0)
        try:
            data = self._paths.folder(self._paths.images).read(wanted.file_name)
            seen = inspect(data)
        except (OSError, ImageError) as error:
            return Audit(None, is_as_wanted=False, is_as_booked=False, problem=str(error), image_cost_usd=cost)
        problems = []
        as_wanted = seen == Inspected(wanted.format, wanted.width, wanted.height)
        if not as_wanted:
            problems.append(f"the file is {seen.width}x{seen.height} {seen.format}")
        if booked is None:
            problems.append("the ledger knows no delivery")
        elif booked.sha256 != hashlib.sha256(data).hexdigest():
            problems.append("the file is not the one that was delivered")
        elif booked.call_state != State.SETTLED:
            problems.append(f"the call that paid for it is {booked.call_state or 'unknown'}")
        return Audit(
            seen=seen,
            is_as_wanted=as_wanted,
            is_as_booked=len(problems) == (0 if as_wanted else 1),
            problem="; ".join(problems),
            image_cost_usd=cost,
        )


def _read_booked(connection: Connection, image_keys: Sequence[str]) -> list[_Booked | None]:
    """Return the last delivery of each image, the state of the call that paid for it, and the image's whole cost."""
    rows = connection.execute(
        "SELECT d.image_key, d.path, d.sha256, c.state,"
        " (SELECT coalesce(sum(cost_usd), 0) FROM store.calls WHERE image_key = d.image_key)::DECIMAL(18,9)"
        " FROM store.deliveries d LEFT JOIN store.originals o USING (content_key)"
        " LEFT JOIN store.calls c USING (call_id)"
        " WHERE d.image_key IN (SELECT unnest($1))"
        " QUALIFY row_number() OVER (PARTITION BY d.image_key ORDER BY d.delivery_id DESC) = 1",
        [list(image_keys)],
    ).fetchall()
    found = {row[0]: _Booked(*row[1:]) for row in rows}
    return [found.get(key) for key in image_keys]
