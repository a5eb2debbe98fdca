"""Which ledger this is: a random name, as its counters begin anew where it is restored, imported or made again."""

from __future__ import annotations

from asset_pipeline.ledger.migrations import Executes


def read_ledger_id(connection: Executes) -> str:
    """Return the name of a ledger, which no other has."""
    ((ledger_id,),) = connection.execute("SELECT ledger_id FROM store.identity").fetchall()
    return str(ledger_id)


def renew_ledger_id(connection: Executes) -> None:
    """Give a ledger that goes on from an earlier state another name."""
    connection.execute("UPDATE store.identity SET ledger_id = left(replace(uuid()::VARCHAR, '-', ''), 12)")
