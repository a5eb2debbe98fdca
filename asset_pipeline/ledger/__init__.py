"""The database: the journal of paid calls, the budgets, and the one door through which money leaves.

Use `Ledger` and `Door`; nothing else may change a sum.
"""

from asset_pipeline.ledger.alerts import Alert
from asset_pipeline.ledger.calls import (
    Barred,
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
from asset_pipeline.ledger.door import Door, NotMade, Paid, Stopped, Unresolved
from asset_pipeline.ledger.flow import Flow
from asset_pipeline.ledger.ledger import Ledger, Totals
from asset_pipeline.ledger.replies import Accepted, Cause, Lost, Rejected, Reply
from asset_pipeline.ledger.tally import Tally

__all__ = [
    "Accepted",
    "Alert",
    "Barred",
    "Call",
    "Cause",
    "Connection",
    "Database",
    "Door",
    "Existing",
    "Flow",
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
    "Tally",
    "Totals",
    "Unresolved",
]
