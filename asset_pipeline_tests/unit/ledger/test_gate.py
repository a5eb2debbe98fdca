"""What people do not allow is not held, whoever asks: beyond the sample, without or after an approval, when stopped."""

import json
import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from asset_pipeline.ledger import Barred, Database, Held, Ledger, Refused, Stage
from asset_pipeline.ledger.approvals import (
    Control,
    caps,
    claim_canary,
    end_approvals,
    give_approval,
    pass_canary,
    read_approval,
    set_control,
)
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.settings import BudgetSettings
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline_tests.support.ledgers import MARGIN, intent_for, rows, wait_for
from asset_pipeline_tests.support.wanted import wanted

SLUGS = [f"image-{n}" for n in range(6)]
SPEC = Collection("test", "Test", "t.yaml", "0", tuple(wanted(slug=slug) for slug in SLUGS), sample=2)
BASIS = {"sample": "s", "caps": "{}"}


def gated_ledger(database, mode="sandbox", **limits):
    """Return a ledger with a gate, before a catalog with six images of which two are the sample."""
    Catalog(database).sync([SPEC])
    ledger = Ledger(database, mode=mode)
    ledger.adopt_settings(BudgetSettings.model_validate({"sample_usd": "5"} | limits))
    return ledger


def sampled(database):
    """Return slugs of the sample, and of the rest."""
    keys = {key for (key,) in rows(database, "SELECT image_key FROM store.images WHERE is_sample")}
    inside = [slug for slug in SLUGS if f"test.icons.{slug}" in keys]
    return inside, [slug for slug in SLUGS if slug not in inside]


def approve(database, amount="1", *, mode="sandbox", passed=True):
    """Approve the collection under the limits there are, and return the id."""

    def give(connection):
        limits = {scope: str(usd) for scope, usd in caps(connection, mode=mode, collection="test").items()}
        approval = give_approval(
            connection, mode=mode, collection="test", basis={"caps": json.dumps(limits)}, basis_sha256="b",
            amount_usd=Decimal(amount), reviewer="ada", now=utc_now(),
        )  # fmt: skip
        if passed:
            pass_canary(connection, approval_id=approval.approval_id, now=utc_now())
        return approval.approval_id

    return database.run(give)


def ask(ledger, slug, key=None, *, stage=Stage.SAMPLE, approval=None, **changes):
    """Ask for money for an image."""
    intent = intent_for(
        slug, content_key=key or f"{slug} {stage} {approval}", stage=stage, approval=approval, **changes
    )
    return wait_for(lambda: ledger.hold(intent))


@pytest.fixture
def gated(database):
    """A ledger with a gate."""
    return gated_ledger(database)


def test_the_sample_passes_and_the_rest_does_not_and_no_money_is_moved_for_it(database, gated):
    inside, rest = sampled(database)
    assert len(inside) == 2
    assert all(isinstance(ask(gated, slug), Held) for slug in inside)
    for slug in rest:
        barred = ask(gated, slug)
        assert isinstance(barred, Barred)
        assert f"test.icons.{slug} is not in the sample of test" in barred.reason
    assert rows(database, "SELECT held_usd FROM budgets WHERE scope = 'total'") == [(Decimal("0.08"),)]


def test_an_image_that_the_catalog_does_not_know_is_in_no_sample(gated):
    assert isinstance(ask(gated, "stranger"), Barred)


def test_a_retired_image_of_the_sample_is_in_it_no_more(database, gated):
    inside, _ = sampled(database)
    left = tuple(image for image in SPEC.images if image.slug != inside[0])
    Catalog(database).sync([replace(SPEC, images=left)])
    assert isinstance(ask(gated, inside[0]), Barred)


def test_production_needs_an_approval_and_not_just_its_name(database, gated):
    slug = sampled(database)[1][0]
    assert isinstance(ask(gated, slug, stage=Stage.PRODUCTION), Barred)
    assert isinstance(ask(gated, slug, stage=Stage.PRODUCTION, approval="test.1"), Barred)
    approval = approve(database)
    assert isinstance(ask(gated, slug, "a", stage=Stage.PRODUCTION, approval=approval), Held)
    assert isinstance(ask(gated, slug, "b", stage=Stage.PRODUCTION), Barred)


def test_an_approval_of_another_mode_or_collection_allows_nothing(database, gated):
    slug = sampled(database)[1][0]
    approval = approve(database)
    live = gated_ledger(database, mode="live")
    assert isinstance(ask(live, slug, stage=Stage.PRODUCTION, approval=approval), Barred)
    elsewhere = ask(gated, slug, "x", stage=Stage.PRODUCTION, approval=approval, collection="other")
    assert isinstance(elsewhere, Barred)


def test_the_amount_of_an_approval_is_a_budget_to_the_cent_and_has_no_margin(database, gated):
    approval = approve(database, "0.12")
    first, second, third, fourth = sampled(database)[1]
    for slug in (first, second, third):
        assert isinstance(ask(gated, slug, stage=Stage.PRODUCTION, approval=approval), Held)
    refused = ask(gated, fourth, stage=Stage.PRODUCTION, approval=approval)
    assert isinstance(refused, Refused)
    assert refused.scope == f"approval:{approval}"
    assert (refused.limit_usd, refused.held_usd) == (Decimal("0.12"), Decimal("0.12"))
    assert "approve the collection anew" in refused.message


def test_until_its_canary_has_passed_only_the_canary_is_bought(database, gated):
    approval = approve(database, passed=False)
    canary, other, *_ = sampled(database)[1]
    assert isinstance(ask(gated, canary, "early", stage=Stage.PRODUCTION, approval=approval), Barred)
    database.run(lambda c: claim_canary(c, approval_id=approval, image_key=f"test.icons.{canary}", size=1))
    claimed = database.run(lambda c: claim_canary(c, approval_id=approval, image_key=f"test.icons.{other}", size=1))
    assert claimed == (f"test.icons.{canary}",)
    assert isinstance(ask(gated, canary, stage=Stage.PRODUCTION, approval=approval), Held)
    assert isinstance(ask(gated, other, stage=Stage.PRODUCTION, approval=approval), Barred)
    database.run(lambda c: pass_canary(c, approval_id=approval, now=utc_now()))
    assert isinstance(ask(gated, other, stage=Stage.PRODUCTION, approval=approval), Held)


def test_an_approval_ends_with_a_new_one_and_its_budget_goes_with_it(database, gated):
    slug = sampled(database)[1][0]
    first, second = approve(database), approve(database)
    assert (first, second) == ("test.1", "test.2")
    assert isinstance(ask(gated, slug, stage=Stage.PRODUCTION, approval=first), Barred)
    scopes = {scope for (scope,) in rows(database, "SELECT scope FROM budgets WHERE scope LIKE 'approval:%'")}
    assert scopes == {"approval:test.2"}


@pytest.mark.parametrize(
    ("spec", "ends"),
    [
        pytest.param(replace(SPEC, sha256="9", title="Another title"), False, id="nothing that is wanted"),
        pytest.param(replace(SPEC, images=(*SPEC.images, wanted(slug="new"))), True, id="an image more"),
        pytest.param(replace(SPEC, images=SPEC.images[:-1]), True, id="an image less"),
        pytest.param(
            replace(SPEC, images=(*SPEC.images[:-1], wanted(slug=SLUGS[-1], description="changed"))), True, id="a text"
        ),
    ],
)
def test_an_approval_ends_in_the_transaction_that_changes_what_is_wanted(database, gated, spec, ends):
    approval, slug = approve(database), sampled(database)[1][0]
    Catalog(database).sync([spec])
    assert isinstance(ask(gated, slug, stage=Stage.PRODUCTION, approval=approval), Barred if ends else Held)
    because = database.run(lambda c: read_approval(c, mode="sandbox", collection="test")).ended_because
    assert because == ("its spec has changed" if ends else None)


@pytest.mark.parametrize(
    ("scope", "ends"), [("total", True), ("day", True), ("production", True), ("collection:test", True),
                        ("provider:replicate", True), ("sample", False), ("collection:other", False)]
)  # fmt: skip
def test_an_approval_ends_with_the_limits_it_was_given_under_and_no_others(database, gated, scope, ends):
    approval, slug = approve(database), sampled(database)[1][0]
    gated.set_limit(scope, Decimal("24"), margin=MARGIN)
    assert isinstance(ask(gated, slug, stage=Stage.PRODUCTION, approval=approval), Barred if ends else Held)
    because = database.run(lambda c: read_approval(c, mode="sandbox", collection="test")).ended_because or ""
    assert (f"the limit of '{scope}' has changed from" in because) is ends


def test_a_limit_of_the_settings_that_changes_ends_approvals_as_well(database, gated):
    approve(database)
    gated.adopt_settings(BudgetSettings.model_validate({"sample_usd": "5"}))
    assert database.run(lambda c: read_approval(c, mode="sandbox", collection="test")).ended_at is None
    gated.adopt_settings(BudgetSettings.model_validate({"sample_usd": "5", "total_usd": "30"}))
    assert database.run(lambda c: read_approval(c, mode="sandbox", collection="test")).ended_because == (
        "the limit of 'total' has changed from $25.00 to $30.00"
    )


def test_a_stop_of_another_process_bars_the_next_hold_and_a_resume_lets_it_pass(database, gated, tmp_path):
    slug = sampled(database)[0][0]

    def control(what):
        with Database(database.path) as other:
            other.run(lambda c: set_control(c, what, mode="sandbox", collection="test", reviewer="ada", now=utc_now()))

    assert isinstance(ask(gated, slug, "a"), Held)
    control(Control.STOPPED)
    barred = ask(gated, slug, "b")
    assert isinstance(barred, Barred)
    assert "test was stopped by ada" in barred.reason
    assert "asset-pipeline resume test" in barred.reason
    control(None)
    assert isinstance(ask(gated, slug, "b"), Held)


def test_a_stop_bars_what_is_approved_and_what_needs_no_approval_as_well(database):
    open_door = gated_ledger(database)
    open_door.gated = False
    approval, slug = approve(database), sampled(database)[1][0]
    assert isinstance(ask(open_door, slug, "a"), Held)
    database.run(
        lambda c: set_control(c, Control.STOPPED, mode="sandbox", collection="test", reviewer="ada", now=utc_now())
    )
    assert isinstance(ask(open_door, slug, "b"), Barred)
    open_door.gated = True
    assert isinstance(ask(open_door, slug, "c", stage=Stage.PRODUCTION, approval=approval), Barred)


class Gate(RuleBasedStateMachine):
    """People approve, stop, change limits and specs in any order, while images of any kind ask for money."""

    @initialize()
    def begin(self):
        """Begin with a sample of two and nobody's approval."""
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(Path(self.folder.name) / "pipeline.duckdb")
        self.ledger = gated_ledger(self.database)
        self.inside, self.rest = sampled(self.database)
        self.approvals: list[str] = []
        self.live, self.stopped, self.asked, self.amount, self.held = None, False, 0, Decimal(0), Decimal(0)
        self.limit = 24

    def teardown(self):
        """Remove the database."""
        self.database.close()
        self.folder.cleanup()

    @rule(amount=st.sampled_from(["0.05", "0.10", "1"]))
    def approve(self, amount):
        """Give an approval, in place of the one before."""
        self.live = approve(self.database, amount)
        self.approvals.append(self.live)
        self.amount, self.held = Decimal(amount), Decimal(0)

    @rule()
    def end(self):
        """End the approval."""
        self.database.run(
            lambda c: end_approvals(c, mode="sandbox", collection="test", because="a test", now=utc_now())
        )
        self.live = None

    @rule()
    def change_a_limit(self):
        """Change a limit that approvals are bound to."""
        self.limit = 23 if self.limit == 24 else 24
        self.ledger.set_limit("total", Decimal(self.limit), margin=MARGIN)
        self.live = None

    @rule(stopped=st.booleans())
    def control(self, stopped):
        """Stop the collection, or let it go on."""
        what = Control.STOPPED if stopped else None
        self.database.run(
            lambda c: set_control(c, what, mode="sandbox", collection="test", reviewer="ada", now=utc_now())
        )
        self.stopped = stopped

    @rule(data=st.data(), production=st.booleans())
    def ask(self, data, production):
        """Ask for money, with whatever approval comes to mind."""
        slug = data.draw(st.sampled_from(SLUGS))
        approval = data.draw(st.sampled_from([None, *self.approvals]))
        self.asked += 1
        stage = Stage.PRODUCTION if production else Stage.SAMPLE
        got = ask(self.ledger, slug, f"k{self.asked}", stage=stage, approval=approval)
        is_sample = not production and slug in self.inside
        allowed = (is_sample if approval is None else approval == self.live) and not self.stopped
        if not allowed:
            assert isinstance(got, Barred)
        elif isinstance(got, Held) and approval:
            self.held += Decimal("0.04")
        else:
            assert isinstance(got, Held | Refused)

    @invariant()
    def nothing_is_held_beyond_an_approval(self):
        """No approval holds more than its amount."""
        assert self.held <= self.amount


Gate.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
test_whatever_people_do_only_what_they_allow_is_held = Gate.TestCase
