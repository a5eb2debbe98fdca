"""How the end of a run and the budgets are said to Dagster."""

from decimal import Decimal

import dagster as dg
import pytest

from asset_pipeline.defs.events import budget_check, events, failure
from asset_pipeline.image_work import Asset, StageResult
from asset_pipeline.ledger import Refused
from asset_pipeline.ledger.budgets import Budget
from asset_pipeline.results import Failed, Waiting
from asset_pipeline.specs import load_specs
from asset_pipeline_tests.support.specs import spec_of


@pytest.fixture
def wanted(project):
    """A wanted image."""
    (collection,) = load_specs([project.spec(spec_of(1))], root=project.root, max_file_mb=1).collections
    return collection.images[0]


def test_the_failure_names_each_image_and_why():
    error = failure({"a.icons.x": "flagged", "a.icons.y": "no price"})
    assert error.description == "2 images failed:\n  a.icons.x: flagged\n  a.icons.y: no price"
    assert error.metadata["failed"].value == "- `a.icons.x`: flagged\n- `a.icons.y`: no price"
    assert error.allow_retries is False
    assert failure({"a.icons.x": "flagged"}).description.startswith("1 image failed:")


def test_of_many_failures_the_message_names_twenty_and_the_metadata_all():
    error = failure({f"a.icons.x{n}": "flagged" for n in range(25)})
    assert error.description.endswith("  a.icons.x19: flagged\n  … and 5 more")
    assert error.metadata["failed"].value.count("\n") == 24
    assert error.metadata["failed_count"].value == 25


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (Failed("flagged"), {"state": "failed", "reason": "flagged"}),
        (Waiting("not known yet"), {"state": "held", "reason": "not known yet"}),
        (
            Waiting("too small", Refused("sample", *map(Decimal, ("1", "0.95", "0.9", "0.02", "0.05")))),
            {"state": "held", "reason": "too small", "budget": "sample", "needed_usd": 0.05},
        ),
    ],
    ids=["failed", "held", "refused by a budget"],
)
def test_an_image_that_was_not_made_is_observed_with_its_reason_and_not_materialized(wanted, project, payload, said):
    result = StageResult(wanted, Asset.GENERATED_IMAGES, payload, 0.1)
    (event,) = events(result, code_version="1", data=project.root / "data", review_url="http://127.0.0.1:4500/i/x")
    assert isinstance(event, dg.AssetObservation)
    assert event.partition == wanted.key
    assert {name: value.value for name, value in event.metadata.items()} == said


@pytest.mark.parametrize(("held", "kept"), [("0.10", True), ("0.11", False)])
def test_the_budget_check_fails_from_the_first_cent_above_a_limit(held, kept):
    total = Budget("total", Decimal(25), Decimal("23.75"), Decimal(0), Decimal(0))
    sample = Budget("sample", Decimal(1), Decimal("0.95"), Decimal("0.90"), Decimal(held))
    evaluation = budget_check([total, sample])
    assert evaluation.passed is kept
    assert evaluation.metadata["sample"].value == f"spent $0.90, held ${held}, limit $1.00"
