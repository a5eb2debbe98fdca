"""The database: the journal of paid calls, the budgets, and the one door through which money leaves.

Use `Ledger` and `Door`; nothing else may change a sum.
"""

from asset_pipeline.ledger.calls import (
    Call,
    Existing,
    Held,
    Intent,
    Outcome,
    Price,
    Refused,
    Stage,
    State,
    Step,
)
from asset_pipeline.ledger.database import Connection, Database
from asset_pipeline.ledger.door import (
    Accepted,
    Door,
    Lost,
    NotMade,
    Paid,
    Rejected,
    Reply,
    Stopped,
    Unresolved,
)
from asset_pipeline.ledger.ledger import Ledger, Totals

__all__ = [
    "Accepted",
    "Call",
    "Connection",
    "Database",
    "Door",
    "Existing",
    "Held",
    "Intent",
    "Ledger",
    "Lost",
    "NotMade",
    "Outcome",
    "Paid",
    "Price",
    "Refused",
    "Rejected",
    "Reply",
    "Stage",
    "State",
    "Step",
    "Stopped",
    "Totals",
    "Unresolved",
]
