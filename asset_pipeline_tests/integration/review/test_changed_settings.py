"""The review page is under the settings as they are at each request; what is refused is said at its top."""

from decimal import Decimal

import pytest

from asset_pipeline.decisions import DecisionDesk
from asset_pipeline.services import open_ledger

REFUSED = "the changed settings are refused, and those from before hold"


@pytest.fixture
def edit(filled):
    """Edits `pipeline.yaml`."""
    return (filled.project.root / "pipeline.yaml").write_text


def test_the_next_request_follows(client, edit, filled):
    edit("rollout: {require_approval: false}\nreview: {dagster_url: 'http://127.0.0.1:3999'}\n")
    assert "http://127.0.0.1:3999" in client.get("/i/test.icons.lantern").text
    (change,) = [rest for what, *rest in filled.desk.asked if what == "adopt"]
    assert change[0].rollout.require_approval is False


def test_a_broken_file_is_said_on_every_page_until_it_is_mended(client, edit):
    edit("budget:\n  total_usd: 500\n")
    for path in ("/", "/money", "/c/test"):
        page = client.get(path)
        assert page.status_code == 200
        assert REFUSED in page.text
        assert "pipeline.yaml:2: budget.total_usd = 500" in page.text
    edit("budget:\n  total_usd: 5\n")
    assert REFUSED not in client.get("/").text


def test_nobody_is_told_before_signing_in(filled, edit):
    edit("budget: {total_usd: 500}\n")
    assert REFUSED not in filled.client(name=None).get("/sign-in").text


def test_what_the_server_was_started_with_is_named(client, edit):
    edit("review: {port: 4600}\ndata_dir: other\nbudget: {total_usd: 5}\n")
    assert "data_dir, review.port: the change takes effect at the next start" in client.get("/").text


def test_the_desk_decides_under_other_limits(project, filled):
    desk = DecisionDesk(filled.project, filled.database)
    (project.root / "pipeline.yaml").write_text("budget: {total_usd: 7}\n")
    desk.adopt(project.open())
    budgets = {one.scope: one.limit_usd for one in open_ledger(project.open(), filled.database).budgets()}
    assert budgets["total"] == Decimal(7)
