"""The runbook leaves nobody alone: each state, outcome, exit code and error of the ledger is in it."""

import re

import pytest

from asset_pipeline.cli.output import INTERRUPTED
from asset_pipeline.cli.run import BUG, DONE, OUT_OF_BUDGET, SOME_FAILED, WAITS
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger.approvals import Control
from asset_pipeline.ledger.calls import Outcome, State
from asset_pipeline.specs.catalog import STATES
from asset_pipeline_tests.support.guides import DOCS

RUNBOOK = (DOCS / "recovery.md").read_text(encoding="utf-8")
CODES = (DONE, BUG, SettingsError.exit_code, SOME_FAILED, OUT_OF_BUDGET, WAITS, INTERRUPTED)


def section(title):
    """Return the part of the runbook under a heading."""
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("States of a call", [f"`{one}`" for one in (*State, *Outcome)]),
        ("States of an image", [f"`{one}`" for one in STATES]),
        ("Approvals", [f"`{one}`" for one in Control] + ["canary"]),
        ("Exit codes", [f"| {code}" for code in CODES]),
        ("The ledger", ["locked for", "keeps … open", "knows up to", "is damaged", "no DuckDB", "disk full"]),
        ("A run that was stopped", ["Ctrl-C, once", "Ctrl-C, twice", "kill -9", "Terminate"]),
    ],
)  # fmt: skip
def test_everything_that_can_be_met_is_in_its_section(title, words):
    assert [word for word in words if word not in section(title)] == []
