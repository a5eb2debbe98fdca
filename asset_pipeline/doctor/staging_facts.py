"""What the ledger knows of a collection's way from the sandbox to its last image. Spends nothing, asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.images.model_pages import read_pages
from asset_pipeline.ledger import Connection, Database
from asset_pipeline.ledger.approvals import Approval, read_approval, read_controls
from asset_pipeline.ledger.calls import Outcome
from asset_pipeline.project import Project
from asset_pipeline.recipes import Recipe
from asset_pipeline.rollout.gate import current_approval
from asset_pipeline.rollout.waiting import read_waiting
from asset_pipeline.services import basis_book, recipe_book
from asset_pipeline.settings.types import Mode
from asset_pipeline.specs import Catalog, Collection, WantedImage
from asset_pipeline.specs.sample import choose_sample
from asset_pipeline.specs.states import REJECTED
from asset_pipeline.specs.takes import with_takes, without_take
from asset_pipeline.ways import current_keys


@dataclass(frozen=True)
class Bill:
    """The live calls of a collection.

    Args:
        spent_usd: Booked, by provider.
        calls: How many are closed, by provider.
        open: How many are not closed.
        assumed: Those booked at their worst case, as nobody knows their cost.
    """

    spent_usd: Mapping[str, Decimal]
    calls: Mapping[str, int]
    open: int
    assumed: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What is known of a collection as its spec is now.

    Args:
        wanted: Keys of its images, but for those a person has rejected.
        sample: Those of its sample.
        rehearsed: Those that were made in the sandbox, with the prompts, models and sizes of now.
        may_rehearse_rest: Whether the sandbox may make more than the sample.
        doubted: Those whose drawing did not pass a check, and that nobody has said a word on.
        bought: Those that were made for real, with the prompts, models and sizes of now.
        bill: What that has cost.
        waiting: How many real images wait for a person's word.
        approval: The last approval for real, ended or not.
        halted: Why nothing goes on, where somebody has paused or stopped it.
    """

    wanted: frozenset[str]
    sample: frozenset[str]
    rehearsed: frozenset[str] = frozenset()
    may_rehearse_rest: bool = False
    doubted: frozenset[str] = frozenset()
    bought: frozenset[str] = frozenset()
    bill: Bill = Bill({}, {}, 0, ())
    waiting: int = 0
    approval: Approval | None = None
    halted: str = ""


def in_mode(project: Project, mode: Mode) -> Project:
    """Return a project as it would be in a mode."""
    return replace(project, settings=project.settings.model_copy(update={"mode": mode}))


def read_facts(project: Project, database: Database, collection: Collection) -> Facts:
    """Return what is known of a collection; an approval that holds no more ends with this look, as with any.

    Args:
        project: Whose prompts and settings decide what counts as made.
        database: The ledger; nothing is known where there is none.
        collection: As its spec is now.
    """
    keys = [image.key for image in collection.images]
    sample = frozenset(choose_sample(collection.images, collection.sample))
    if not database.exists:
        return Facts(frozenset(keys), sample)
    images = database.run(lambda connection: with_takes(connection, collection.images))
    rejected = database.run(lambda connection: _rejected(connection, keys))
    # What people wanted anew since concerns the real images; the rehearsal is of what the spec says.
    plain = [without_take(image) for image in collection.images]
    rehearsed = _made(in_mode(project, Mode.SANDBOX), database, [*plain, *images])
    wanted = frozenset(keys) - rejected
    live = str(Mode.LIVE)
    if project.settings.mode is Mode.LIVE:
        current_approval(database, Catalog(database), basis_book(project), mode=live, collection=collection.name)
    approved = database.run(
        lambda connection: read_approval(connection, mode=str(Mode.SANDBOX), collection=collection.name)
    )
    controls = database.run(lambda connection: read_controls(connection, mode=live))
    return Facts(
        wanted=wanted,
        sample=sample & wanted,
        rehearsed=rehearsed & wanted,
        may_rehearse_rest=not project.settings.rollout.require_approval or bool(approved and not approved.ended_at),
        doubted=database.run(lambda connection: _doubted(connection, keys)) & wanted,
        bought=_made(in_mode(project, Mode.LIVE), database, images) & wanted,
        bill=database.run(lambda connection: _bill(connection, collection.name)),
        waiting=database.run(
            lambda connection: read_waiting(connection, mode=live, gated=True).get(collection.name, 0)
        ),
        approval=database.run(lambda connection: read_approval(connection, mode=live, collection=collection.name)),
        halted=controls[collection.name].reason(collection.name) if collection.name in controls else "",
    )


def _made(project: Project, database: Database, images: Sequence[WantedImage]) -> frozenset[str]:
    """Return the keys of images that were delivered from the recipes there are now, in the project's mode."""
    pages = database.run(lambda connection: read_pages(connection, str(project.settings.mode)))
    book, budget = recipe_book(project, ModelBook(pages)), project.settings.budget
    recipes = [recipe for image in images if isinstance(recipe := book.recipe(image), Recipe)]
    pairs = [(one.wanted.key, key) for one in recipes for key in current_keys(one.key, budget)]

    def read(connection: Connection) -> frozenset[str]:
        rows = connection.execute(
            "SELECT DISTINCT d.image_key FROM store.deliveries d JOIN"
            " (SELECT unnest($1::VARCHAR[]) AS image_key, unnest($2::VARCHAR[]) AS recipe_key) r"
            " USING (image_key, recipe_key)",
            [[key for key, _ in pairs], [recipe for _, recipe in pairs]],
        ).fetchall()
        return frozenset(key for (key,) in rows)

    return database.run(read)


def _rejected(connection: Connection, keys: Sequence[str]) -> frozenset[str]:
    rows = connection.execute(
        "SELECT image_key FROM store.images WHERE image_key IN (SELECT unnest($1::VARCHAR[])) AND state = $2",
        [list(keys), REJECTED],
    ).fetchall()
    return frozenset(key for (key,) in rows)


def _doubted(connection: Connection, keys: Sequence[str]) -> frozenset[str]:
    rows = connection.execute(
        "SELECT DISTINCT k.image_key FROM store.checks k JOIN store.originals o USING (content_key)"
        " JOIN store.calls c USING (call_id) WHERE c.mode = 'sandbox' AND NOT k.passed AND k.policy <> 'warn'"
        " AND k.image_key IN (SELECT unnest($1::VARCHAR[])) AND NOT EXISTS (SELECT 1 FROM store.reviews r"
        "  WHERE r.image_key = k.image_key AND r.undone_at IS NULL AND r.created_at >= k.created_at"
        "  AND r.decision NOT IN ('favourite', 'unfavourite'))",
        [list(keys)],
    ).fetchall()
    return frozenset(key for (key,) in rows)


def _bill(connection: Connection, collection: str) -> Bill:
    rows = connection.execute(
        "SELECT provider, sum(cost_usd), count(*) FILTER (state IN ('settled', 'released')),"
        " count(*) FILTER (state NOT IN ('settled', 'released')), list(call_id) FILTER (outcome = $2)"
        " FROM main.calls WHERE mode = 'live' AND collection = $1 GROUP BY provider ORDER BY provider",
        [collection, str(Outcome.ASSUMED)],
    ).fetchall()
    return Bill(
        {provider: spent for provider, spent, *_ in rows},
        {provider: closed for provider, _, closed, *_ in rows},
        sum(still_open for _, _, _, still_open, _ in rows),
        tuple(call for *_, calls in rows for call in calls or ()),
    )
