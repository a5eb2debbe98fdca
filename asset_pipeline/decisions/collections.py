"""Decisions about collections: approve for production, pause, resume, stop, and change a budget."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from asset_pipeline.decisions.current import Now, id_of
from asset_pipeline.decisions.decision import CollectionStanding, Outcome
from asset_pipeline.decisions.phases import explain, read_seen
from asset_pipeline.decisions.taking import is_known, new_decision_id
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.ledger.approvals import (
    Approval,
    Control,
    caps,
    end_approval,
    give_approval,
    read_approval,
    read_controls,
    set_control,
)
from asset_pipeline.ledger.budgets import check_limit, check_scope
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.money import ZERO, brief
from asset_pipeline.ledger.rows import insert
from asset_pipeline.planning import Planner
from asset_pipeline.project import Project
from asset_pipeline.rollout.estimate import sample_note
from asset_pipeline.rollout.gate import read_sample
from asset_pipeline.rollout.phases import read_decided
from asset_pipeline.rollout.wishes import wish_run
from asset_pipeline.services import basis_book, open_ledger
from asset_pipeline.specs import Catalog


class CollectionDesk:
    """Takes decisions about collections.

    Args:
        project: The project.
        database: The shared database.
    """

    def __init__(self, project: Project, database: Database) -> None:
        self._project = project
        self._database = database
        self._mode = str(project.settings.mode)
        self._is_gated = project.settings.rollout.require_approval

    def adopt(self, project: Project) -> None:
        """Decide under other settings from now on, and let their limits hold."""
        self._project = project
        self._is_gated = project.settings.rollout.require_approval
        open_ledger(project, self._database)

    def standing(self, collection: str) -> CollectionStanding:
        """Return where the rollout of a collection stands; an approval that holds no more ends with this look.

        Raises:
            SettingsError: There is no such collection.
        """
        now = self._now(collection)
        controls, decided = self._database.run(
            lambda connection: (
                read_controls(connection, mode=self._mode),
                read_decided(connection, mode=self._mode),
            )
        )
        controlled = controls.get(collection)
        plan = Planner(self._project, self._database).plan([row.wanted for row in now.rest])
        spent = None
        if now.approval and now.counts:
            budgets = {budget.scope: budget for budget in open_ledger(self._project, self._database).budgets()}
            budget = budgets.get(now.approval.scope)
            spent = budget.spent_usd + budget.held_usd if budget else ZERO
        phase = decided[collection].phase(is_gated=self._is_gated)
        return CollectionStanding(
            collection=collection,
            phase=phase,
            explanation=explain(phase, collection=collection, approval=now.approval, controlled=controlled),
            sample=now.sample,
            seen=now.seen.seen,
            bad=now.seen.bad,
            note=sample_note(seen=now.seen.seen, bad=now.seen.bad, rest=len(now.rest)),
            basis_sha256=now.shown_sha256,
            approval_id=id_of(now.approval),
            approved_usd=now.approval.amount_usd if now.approval and now.counts else None,
            approved_by=now.approval.reviewer if now.approval and now.counts else None,
            approval_spent_usd=spent,
            rest=len(now.rest),
            rest_expected_usd=plan.total.expected,
            rest_worst_usd=plan.total.worst,
        )

    def approve(
        self,
        collection: str,
        amount_usd: Decimal,
        *,
        reviewer: str,
        seen: str | None = None,
        decision_id: str | None = None,
    ) -> Outcome:
        """Approve a collection: its rest may be bought, for so much, as long as all stays as it is now.

        Args:
            collection: Which.
            amount_usd: The most that may be spent under this approval.
            reviewer: Who approves.
            seen: Hash of what the person has seen; refused where that is not how it is now. None takes it as it is.
            decision_id: Made by whoever sends it; sent twice, it counts once.

        Raises:
            SettingsError: There is no such collection, or the amount is no limit.
        """
        check_limit(amount_usd)
        decision_id = decision_id or new_decision_id()
        if self._database.run(lambda connection: is_known(connection, decision_id)):
            return Outcome(decision_id, True, "it was taken before")
        now = self._now(collection)
        if seen is not None and seen != now.shown_sha256:
            return Outcome(decision_id, False, _stale(collection))
        if not now.seen.seen and now.sample:
            why = f"no image of the sample of {collection} has been made, so there is nothing to go by"
            return Outcome(decision_id, False, f"{why}; make it first: asset-pipeline run")

        def apply(connection: Connection) -> Outcome:
            if is_known(connection, decision_id):
                return Outcome(decision_id, True, "it was taken before")
            if _revision(connection, collection) != now.revision:
                return Outcome(decision_id, False, f"the spec of {collection} has just changed. Look again.")
            if seen is not None and id_of(self._approval(connection, collection)) != id_of(now.approval):
                return Outcome(decision_id, False, _stale(collection))
            approval = give_approval(
                connection,
                mode=self._mode,
                collection=collection,
                basis=now.basis.parts,
                basis_sha256=now.basis.sha256,
                amount_usd=amount_usd,
                reviewer=reviewer,
                now=utc_now(),
            )
            details = {"approval_id": approval.approval_id, "pictures": dict(now.seen.pictures)}
            self._record(
                connection,
                (decision_id, collection, "approve"),
                reviewer=reviewer,
                seen=now.shown_sha256,
                amount=amount_usd,
                details=details,
            )
            wish_run(connection, mode=self._mode, collection=collection, image_keys=None, now=utc_now())
            said = f"{collection} is approved for production with {brief(amount_usd)}; {len(now.rest)} images are left"
            return Outcome(decision_id, True, said)

        return self._database.run(apply)

    def pause(self, collection: str, *, reviewer: str) -> Outcome:
        """Begin no further image of a collection; those under way are finished."""
        return self._control(collection, Control.PAUSED, "pause", reviewer=reviewer)

    def resume(self, collection: str, *, reviewer: str) -> Outcome:
        """Let a collection go on that was paused or stopped, and ask for a run."""
        return self._control(collection, None, "resume", reviewer=reviewer)

    def stop(self, collection: str, *, reviewer: str) -> Outcome:
        """Make no further call for a collection, in any process; what is under way lands."""
        return self._control(collection, Control.STOPPED, "stop", reviewer=reviewer)

    def set_limit(self, scope: str, amount_usd: Decimal, *, reviewer: str) -> Outcome:
        """Change a budget; every process obeys it at its next hold, and approvals given under the old one end.

        Raises:
            SettingsError: The scope or the amount is not allowed.
        """
        check_scope(scope)
        ledger = open_ledger(self._project, self._database)
        decision_id = new_decision_id()
        collection = scope.partition(":")[2] if scope.startswith("collection:") else ""

        def record(connection: Connection) -> None:
            what = (decision_id, collection, "budget")
            self._record(connection, what, reviewer=reviewer, amount=amount_usd, details={"scope": scope})

        margin = self._project.settings.budget.safety_margin
        ledger.set_limit(scope, amount_usd, margin=margin, also=record)
        said = f"the limit of {scope!r} is {brief(amount_usd)} now; approvals given under another one have ended"
        return Outcome(decision_id, True, said)

    def _control(self, collection: str, control: Control | None, word: str, *, reviewer: str) -> Outcome:
        self._check(collection)
        decision_id = new_decision_id()

        def apply(connection: Connection) -> None:
            set_control(connection, control, mode=self._mode, collection=collection, reviewer=reviewer, now=utc_now())
            self._record(connection, (decision_id, collection, word), reviewer=reviewer)
            if control is None:
                wish_run(connection, mode=self._mode, collection=collection, image_keys=None, now=utc_now())

        self._database.run(apply)
        said = {
            Control.PAUSED: "is paused: no further image is begun",
            Control.STOPPED: "is stopped: no further call is made, in any process",
            None: "goes on",
        }[control]
        return Outcome(decision_id, True, f"{collection} {said}")

    def _record(
        self,
        connection: Connection,
        what: tuple[str, str, str],
        *,
        reviewer: str,
        seen: str | None = None,
        amount: Decimal | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Keep a decision; `what` is its id, its collection and its word."""
        insert(
            connection,
            "store.reviews (review_id, collection, decision, reviewer, seen_sha256, amount_usd, created_at, mode,"
            " details)",
            [
                (
                    *(*what, reviewer, seen, None if amount is None else str(amount), utc_now(), self._mode),
                    json.dumps(details or {}),
                )
            ],
        )

    def _check(self, collection: str) -> None:
        names = [name for name, _ in Catalog(self._database).collection_files().items()]
        if collection not in names:
            raise SettingsError(
                f"there is no collection {collection!r}", fix=f"one of {', '.join(sorted(names)) or 'none yet'}"
            )

    def _now(self, collection: str) -> Now:
        """Return a collection as it is now; an approval that was given for something else ends here."""
        self._check(collection)
        open_ledger(
            self._project, self._database
        )  # takes over the limits of the settings, which approvals are bound to
        rows = Catalog(self._database).images(collection=collection)

        def read(connection: Connection) -> tuple[tuple[str, ...], dict[str, Decimal], Approval | None, int]:
            return (
                read_sample(connection, collection),
                caps(connection, mode=self._mode, collection=collection),
                self._approval(connection, collection),
                _revision(connection, collection),
            )

        sample, limits, approval, revision = self._database.run(read)
        basis = basis_book(self._project).basis([row.wanted for row in rows.values()], sample, limits)
        if approval and approval.ended_at is None and basis.changes_since(approval.basis):
            self._end(approval, basis.changes_since(approval.basis))
            approval = self._database.run(lambda connection: self._approval(connection, collection))
        seen = self._database.run(lambda connection: read_seen(connection, sample, mode=self._mode))
        return Now(rows, sample, seen, basis, approval, revision)

    def _approval(self, connection: Connection, collection: str) -> Approval | None:
        return read_approval(connection, mode=self._mode, collection=collection)

    def _end(self, approval: Approval, because: str) -> None:
        self._database.run(lambda connection: end_approval(connection, approval, because=because, now=utc_now()))


def _stale(collection: str) -> str:
    what = "its spec, a prompt, a model, a price, a limit, a picture or its approval has changed"
    return f"{collection} is not as you have seen it any more: {what}. Look again, then approve."


def _revision(connection: Connection, collection: str) -> int:
    row = connection.execute("SELECT revision FROM store.collections WHERE collection = $1", [collection]).fetchone()
    return int(row[0]) if row else 0
