"""The states of an image in the catalog."""

from __future__ import annotations

MISSING, DONE, FAILED, LOST, HELD, RETIRED = "missing", "done", "failed", "lost", "held", "retired"
# A person does not want the file that was made; it is kept, and not delivered.
REJECTED = "rejected"
