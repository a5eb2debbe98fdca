"""What people allow to be bought: approvals of collections, their canaries, and who has paused or stopped what.

Every change empties what the ledger remembers, so that the next hold sees it, in whichever process that is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from asset_pipeline.ledger.database import Connection
from asset_pipeline.ledger.money import brief
from asset_pipeline.ledger.rows import insert, upsert

SCOPE = "approval:"
_COLUMNS = (
    "approval_id, mode, collection, basis_sha256, basis, amount_usd, reviewer, created_at, canary, canary_passed_at,"
    " ended_at, ended_because"
)


class Control(StrEnum):
    """What a person does to a collection that is being made."""

    PAUSED = "paused"  # no further image is begun
    STOPPED = "stopped"  # no further call is made


@dataclass(frozen=True)
class Approval:
    """A person's word that a collection may be bought.

    Args:
        approval_id: Also the last part of its budget's scope.
        mode: `sandbox` or `live`.
        collection: Which.
        basis_sha256: Hash of what was seen and will be bought.
        basis: The parts of that, by name.
        amount_usd: The most that may be spent under it.
        reviewer: Who gave it.
        created_at: When, in UTC.
        canary: The first images that were bought under it, as far as they are known.
        canary_passed_at: When enough of them had turned out well.
        ended_at: When it ended, if it has.
        ended_because: Why.
    """

    approval_id: str
    mode: str
    collection: str
    basis_sha256: str
    basis: Mapping[str, str]
    amount_usd: Decimal
    reviewer: str
    created_at: datetime
    canary: tuple[str, ...] = ()
    canary_passed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_because: str | None = None

    @property
    def scope(self) -> str:
        """The budget that it is."""
        return f"{SCOPE}{self.approval_id}"


@dataclass(frozen=True)
class Controlled:
    """A collection that somebody has paused or stopped.

    Args:
        state: What was done to it.
        reviewer: Who did it.
        created_at: When, in UTC.
    """

    state: Control
    reviewer: str
    created_at: datetime

    def reason(self, collection: str) -> str:
        """Return why nothing goes on, and what lets it."""
        return (
            f"{collection} was {self.state} by {self.reviewer} at {self.created_at:%Y-%m-%d %H:%M} UTC;"
            f" asset-pipeline resume {collection} lets it go on"
        )


def read_approvals(connection: Connection, *, mode: str, collection: str | None = None) -> list[Approval]:
    """Return the last approval of each collection, ended or not."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM store.approvals WHERE mode = $1 AND ($2 IS NULL OR collection = $2)"  # noqa: S608 - our own columns
        " QUALIFY row_number() OVER (PARTITION BY collection ORDER BY created_at DESC, ended_at IS NULL DESC) = 1",
        [mode, collection],
    ).fetchall()
    return [
        Approval(
            approval_id=row[0],
            mode=row[1],
            collection=row[2],
            basis_sha256=row[3],
            basis=json.loads(row[4]),
            amount_usd=row[5],
            reviewer=row[6],
            created_at=row[7],
            canary=tuple(row[8] or ()),
            canary_passed_at=row[9],
            ended_at=row[10],
            ended_because=row[11],
        )
        for row in rows
    ]


def read_approval(connection: Connection, *, mode: str, collection: str) -> Approval | None:
    """Return the last approval of a collection, ended or not; None where there was none."""
    return next(iter(read_approvals(connection, mode=mode, collection=collection)), None)


def give_approval(
    connection: Connection,
    *,
    mode: str,
    collection: str,
    basis: Mapping[str, str],
    basis_sha256: str,
    amount_usd: Decimal,
    reviewer: str,
    now: datetime,
) -> Approval:
    """Approve a collection; an earlier approval of it ends."""
    end_approvals(connection, mode=mode, collection=collection, because=f"{reviewer} gave a new one", now=now)
    row = connection.execute("SELECT count(*) FROM store.approvals WHERE collection = $1", [collection]).fetchone()
    approval_id = f"{collection}.{(row[0] if row else 0) + 1}"
    insert(
        connection,
        "store.approvals (approval_id, mode, collection, basis_sha256, basis, amount_usd, reviewer, created_at)",
        [(approval_id, mode, collection, basis_sha256, json.dumps(dict(basis)), str(amount_usd), reviewer, now)],
    )
    approval = Approval(approval_id, mode, collection, basis_sha256, basis, amount_usd, reviewer, now)
    upsert(
        connection,
        "store.limits (mode, scope, limit_usd, safety_margin, source, set_at)",
        [(mode, approval.scope, str(amount_usd), "0", "approval", now)],
        key=2,
    )
    return approval


def end_approvals(
    connection: Connection,
    *,
    collection: str,
    because: str,
    now: datetime,
    mode: str | None = None,
    approval_id: str | None = None,
) -> int:
    """End the approval of a collection, and return how many ended; nothing is bought under it from the next hold on.

    Args:
        connection: In its transaction.
        collection: Which.
        because: Why, for people.
        now: The time in UTC.
        mode: Only of this mode; of both if left out.
        approval_id: Only this one: whoever has looked at it knows nothing of one that was given since.
    """
    connection.memory.clear()
    ended = connection.execute(
        "UPDATE store.approvals SET ended_at = $3, ended_because = $4"
        " WHERE collection = $1 AND ended_at IS NULL AND ($2 IS NULL OR mode = $2)"
        " AND ($5 IS NULL OR approval_id = $5) RETURNING mode, approval_id",
        [collection, mode, now, because, approval_id],
    ).fetchall()
    for its_mode, approval_id in ended:
        connection.execute(
            "DELETE FROM store.limits WHERE mode = $1 AND scope = $2", [its_mode, f"{SCOPE}{approval_id}"]
        )
    return len(ended)


def end_approval(connection: Connection, approval: Approval, *, because: str, now: datetime) -> None:
    """End exactly this approval, and none that was given since somebody looked at it."""
    end_approvals(
        connection, collection=approval.collection, approval_id=approval.approval_id, because=because, now=now
    )


def caps(connection: Connection, *, mode: str, collection: str) -> dict[str, Decimal]:
    """Return the limits that an approved collection is bought under, by scope."""
    rows = connection.execute(
        "SELECT scope, limit_usd FROM store.limits WHERE mode = $1 AND scope <> 'sample'"
        " AND scope NOT LIKE 'approval:%' AND (scope NOT LIKE 'collection:%' OR scope = 'collection:' || $2)"
        " ORDER BY scope",
        [mode, collection],
    ).fetchall()
    return dict(rows)


def end_where_caps_changed(connection: Connection, *, mode: str, now: datetime) -> None:
    """End the approvals that were given under other limits than there are now."""
    for approval in read_approvals(connection, mode=mode):
        if approval.ended_at is None:
            now_usd = {k: str(v) for k, v in caps(connection, mode=mode, collection=approval.collection).items()}
            said = changed_caps(json.loads(approval.basis.get("caps", "{}")), now_usd)
            if said:
                end_approval(connection, approval, because=said, now=now)


def changed_caps(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return how limits have changed, for people; empty where they have not."""
    changed = []
    for scope in sorted({*before, *after}):
        old, new = before.get(scope), after.get(scope)
        if (old and Decimal(old)) != (new and Decimal(new)):
            shown = [brief(Decimal(one)) if one else "none" for one in (old, new)]
            changed.append(f"the limit of {scope!r} has changed from {shown[0]} to {shown[1]}")
    return "; ".join(changed)


def claim_canary(connection: Connection, *, approval_id: str, image_key: str, size: int) -> tuple[str, ...]:
    """Let an image be among the first under an approval while there is room, and return who is."""
    row = connection.execute("SELECT canary FROM store.approvals WHERE approval_id = $1", [approval_id]).fetchone()
    canary = list(row[0] or ()) if row else []
    if row and image_key not in canary and len(canary) < size:
        canary.append(image_key)
        connection.memory.clear()
        connection.execute("UPDATE store.approvals SET canary = $2 WHERE approval_id = $1", [approval_id, canary])
    return tuple(canary)


def pass_canary(connection: Connection, *, approval_id: str, now: datetime) -> bool:
    """Let the rest be bought as well, and say whether nobody had before."""
    connection.memory.clear()
    passed = connection.execute(
        "UPDATE store.approvals SET canary_passed_at = $2 WHERE approval_id = $1 AND canary_passed_at IS NULL"
        " RETURNING approval_id",
        [approval_id, now],
    ).fetchall()
    return bool(passed)


def set_control(
    connection: Connection, control: Control | None, *, mode: str, collection: str, reviewer: str, now: datetime
) -> None:
    """Pause or stop a collection, or with None let it go on."""
    connection.memory.clear()
    connection.execute("DELETE FROM store.controls WHERE mode = $1 AND collection = $2", [mode, collection])
    if control:
        insert(connection, "store.controls", [(mode, collection, str(control), reviewer, now)])


def read_controls(connection: Connection, *, mode: str) -> dict[str, Controlled]:
    """Return what is paused or stopped, by collection."""
    rows = connection.execute(
        "SELECT collection, state, reviewer, created_at FROM store.controls WHERE mode = $1", [mode]
    ).fetchall()
    return {collection: Controlled(Control(state), who, when) for collection, state, who, when in rows}
