"""The gate of one run: who waits for the canary waits no longer than that can come to something."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from asset_pipeline.errors import LedgerBusyError
from asset_pipeline.ledger import Database, Stage
from asset_pipeline.ledger.approvals import Approval, give_approval, read_approval
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.results import Gated
from asset_pipeline.rollout.canary import judge_canary
from asset_pipeline.rollout.lane import Lane, Pass
from asset_pipeline.rollout.wishes import open_wishes
from asset_pipeline.settings import RolloutSettings
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.wanted import wanted

SLUGS = [f"image-{n}" for n in range(8)]
KEYS = [f"test.icons.{slug}" for slug in SLUGS]
RULES = RolloutSettings(canary=3, canary_pass_share=0.6)
PRODUCTION = Pass(Stage.PRODUCTION, "test.1")


@pytest.fixture
def database(tmp_path):
    """A database with eight images and an approval."""
    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as one:
        Catalog(one).sync([Collection("test", "Test", "t.yaml", "0", tuple(wanted(slug=slug) for slug in SLUGS))])
        one.run(
            lambda c: give_approval(
                c, mode="sandbox", collection="test", basis={}, basis_sha256="b", amount_usd=Decimal(1),
                reviewer="ada", now=utc_now() - timedelta(seconds=1),
            )
        )  # fmt: skip
        yield one


def approval(database) -> Approval:
    """Return the approval."""
    return database.run(lambda c: read_approval(c, mode="sandbox", collection="test"))


def lane_of(database, *, sample=()):
    """Return the lane of a run."""
    return Lane(database, RULES, images=frozenset(KEYS), sample=frozenset(sample), approval=approval(database))


def finish(database, key, state="done"):
    """Let an image come to an end, as a run does."""

    def act(connection):
        connection.execute("UPDATE store.images SET state = $2, reason = 'why' WHERE image_key = $1", [key, state])
        if state == "done":
            connection.execute(
                "INSERT INTO store.deliveries (image_key, recipe_key, prompt_key, content_key, path, sha256, bytes,"
                " created_at) VALUES ($1, 'r', 'p', 'c', 'x', 'y', 1, $2)",
                [key, utc_now()],
            )

    database.run(act)


async def run(database, lane, endings, keys=KEYS):
    """Take images through a lane as a run does, four at a time; return what each was told."""
    await lane.begin(keys)
    told, queue = {}, iter(sorted(keys, key=lambda key: key not in lane.canary))

    async def work():
        for key in queue:
            told[key] = await lane.enter(key, is_free=False)
            if isinstance(told[key], Pass) and endings.get(key, "done") != "held":
                finish(database, key, endings.get(key, "done"))
            await lane.left(key)

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(work())
    return told


def test_the_rest_follows_once_enough_of_the_canary_is_good(database):
    lane = lane_of(database)
    told = asyncio.run(run(database, lane, {KEYS[0]: "failed"}))
    assert set(told.values()) == {PRODUCTION}
    assert approval(database).canary_passed_at
    assert len(approval(database).canary) == RULES.canary


def test_a_bad_canary_ends_the_approval_and_the_rest_is_told_why(database):
    told = asyncio.run(run(database, lane_of(database), {KEYS[0]: "failed", KEYS[1]: "failed"}))
    waiting = [one for one in told.values() if isinstance(one, Gated)]
    assert len(waiting) == len(KEYS) - RULES.canary
    assert "the approval of test has ended: 1 of the first 3 turned out well" in waiting[0].reason
    assert approval(database).ended_at


def test_a_canary_that_waits_for_a_budget_holds_up_the_rest_and_nobody_hangs(database):
    told = asyncio.run(run(database, lane_of(database), dict.fromkeys(KEYS, "held")))
    waiting = [one.reason for one in told.values() if isinstance(one, Gated)]
    assert len(waiting) == len(KEYS) - RULES.canary
    assert all("it waits for the first images after the approval" in reason for reason in waiting)


def test_the_canary_of_an_earlier_run_that_is_not_in_this_one_is_not_waited_for(database):
    asyncio.run(run(database, lane_of(database), dict.fromkeys(KEYS, "held"), KEYS[:3]))
    assert set(approval(database).canary) == set(KEYS[:3])
    told = asyncio.run(run(database, lane_of(database), {}, KEYS[3:]))
    assert all(isinstance(one, Gated) for one in told.values())
    told = asyncio.run(run(database, lane_of(database), {}, KEYS))
    assert set(told.values()) == {PRODUCTION}


def test_one_of_the_canary_that_nobody_works_on_is_left_at_once(database):
    asyncio.run(run(database, lane_of(database), dict.fromkeys(KEYS, "held"), KEYS[:3]))
    database.run(lambda c: c.execute("UPDATE store.images SET state = 'rejected' WHERE image_key = $1", [KEYS[0]]))

    async def without_the_rejected():
        lane = lane_of(database)
        await lane.begin(KEYS)
        await lane.left(KEYS[0])  # as the pipeline does for what it has no recipe for
        async with asyncio.timeout(20):
            first = [await lane.enter(key, is_free=False) for key in KEYS[1:3]]
            for key in KEYS[1:3]:
                await lane.left(key)
            return first, await lane.enter(KEYS[5], is_free=False)

    first, rest = asyncio.run(without_the_rejected())
    assert first == [PRODUCTION, PRODUCTION]
    assert isinstance(rest, Gated)


def test_a_run_over_a_part_that_passes_the_canary_asks_for_a_run_over_the_rest(database):
    asyncio.run(run(database, lane_of(database), {}, KEYS[:4]))
    assert [wish.image_keys for wish in database.run(lambda c: open_wishes(c, mode="sandbox"))] == [()]


@pytest.mark.parametrize("busy", [1, 3])
def test_where_the_ledger_is_busy_at_a_look_the_next_to_end_looks_again_or_else_the_next_run(
    database, monkeypatch, busy
):
    looks = iter(range(100))

    def judge(connection, canary, **rules):
        if next(looks) < busy:
            raise LedgerBusyError("another process has kept it locked")
        return judge_canary(connection, canary, **rules)

    monkeypatch.setattr("asset_pipeline.rollout.lane.judge_canary", judge)

    async def look_at_each():
        lane = lane_of(database)
        await lane.begin(KEYS)
        first = [await lane.enter(key, is_free=False) for key in KEYS[:3]]
        waiting = asyncio.create_task(lane.enter(KEYS[3], is_free=False))
        for key in KEYS[:3]:
            finish(database, key)
            await lane.left(key)
        async with asyncio.timeout(20):
            return first, await waiting

    first, rest = asyncio.run(look_at_each())
    assert first == [PRODUCTION] * 3
    if busy == 3:
        said = "nobody could see what the first images after the approval come to: another process has kept it locked"
        assert rest == Gated(said)
        assert (approval(database).canary_passed_at, approval(database).ended_at) == (None, None)
        rest = asyncio.run(run(database, lane_of(database), {}))[KEYS[3]]
    assert rest == PRODUCTION


def test_a_canary_that_two_runs_share_is_judged_by_whichever_of_them_ends_last(database):
    part, rest = lane_of(database), lane_of(database)

    async def both():
        await part.begin(KEYS[:1])
        await rest.begin(KEYS[1:])
        for lane, key in zip((part, rest, rest), KEYS, strict=False):
            assert await lane.enter(key, is_free=False) == PRODUCTION
        for key, state in ((KEYS[1], "done"), (KEYS[2], "failed")):
            finish(database, key, state)
            await rest.left(key)
        async with asyncio.timeout(20):
            assert isinstance(await rest.enter(KEYS[3], is_free=False), Gated), "one of the first is still to come"
        finish(database, KEYS[0])
        await part.left(KEYS[0])

    asyncio.run(both())
    assert approval(database).canary_passed_at
    assert [wish.image_keys for wish in database.run(lambda c: open_wishes(c, mode="sandbox"))] == [()]


def test_what_is_free_and_the_sample_wait_for_nobody(database):
    lane = lane_of(database, sample=[KEYS[7]])

    async def enter():
        await lane.begin(KEYS)
        return await lane.enter(KEYS[7], is_free=False), await lane.enter(KEYS[6], is_free=True)

    assert asyncio.run(enter()) == (PRODUCTION, PRODUCTION)
    assert approval(database).canary == ()


def test_old_news_of_an_approval_does_not_end_a_newer_one(database):
    lane = lane_of(database)
    database.run(
        lambda c: give_approval(
            c, mode="sandbox", collection="test", basis={}, basis_sha256="b", amount_usd=Decimal(2), reviewer="ben",
            now=utc_now(),
        )
    )  # fmt: skip
    asyncio.run(run(database, lane, dict.fromkeys(KEYS, "failed")))
    assert (approval(database).approval_id, approval(database).ended_at) == ("test.2", None)
