"""Competitions before the sandbox: judged twice within the plan, and fewer writers paid where that is wanted."""

import json
from decimal import Decimal

from asset_pipeline.image_work import Asset
from asset_pipeline.images import Delivered
from asset_pipeline.ledger import Database
from asset_pipeline.planning import Planner
from asset_pipeline.prompts import Winner
from asset_pipeline.prompts.leaderboard import read_leaderboard
from asset_pipeline.specs import require_specs
from asset_pipeline_tests.support.specs import spec_of

PROMPTS = (Asset.PROMPTS, Asset.ORCHESTRATED_PROMPTS)
WEAK = "xiaomi/mimo-v2.6-flash"
WRITERS = ["openai/gpt-6-sol", "anthropic/claude-haiku-5.5", WEAK]


def plan(house, **settings):
    """Return the plan of all that is wanted."""
    opened = house.open(**settings)
    specs = house.project.root / "data" / "specs"
    (collection,) = require_specs([specs], root=opened.root, max_file_mb=2)
    with Database(opened.paths.database) as database:
        return Planner(opened, database).plan(collection.images)


def test_every_one_is_judged_twice_within_the_worst_case_of_the_plan(house):
    house.want(spec_of(4))
    always = {"prompts": {"rejudge_margin": 10}}
    planned = plan(house, **always).cost(Asset.ORCHESTRATED_PROMPTS)
    once = plan(house).cost(Asset.ORCHESTRATED_PROMPTS)
    winners = [one.payload for (_, asset), one in house.make(assets=PROMPTS, **always).items() if asset is PROMPTS[1]]
    assert all(isinstance(one, Winner) and one.score is not None for one in winners)
    assert house.bought("openrouter") == 4 * 4
    assert house.spent <= planned.worst
    assert planned.least == once.least
    assert once.expected < planned.expected < planned.worst
    rounds = house.project.rows("SELECT round, count(DISTINCT judge_call_id) FROM prompt_scores GROUP BY 1 ORDER BY 1")
    assert rounds == [(1, 4), (2, 4)]
    assert house.project.rows("SELECT count(*) FROM prompt_scores WHERE answer_sha256 IS NULL") == [(0,)]


def test_the_winner_is_the_one_with_the_highest_score_and_never_always_the_same_writer(house):
    house.want(spec_of(12))
    house.make(assets=PROMPTS, prompts={"writers": WRITERS, "rejudge_margin": "0.5"})
    rows = house.project.rows("SELECT content_key, won, score, model FROM prompt_candidates")
    best = {}
    for key, _, score, _ in rows:
        best[key] = max(score, best.get(key, Decimal(0)))
    assert all(score == best[key] for key, won, score, _ in rows if won)
    assert len({key for key, won, _, _ in rows if won}) == 12
    assert len({model for _, won, _, model in rows if won}) > 1


def test_a_weak_writer_is_paid_less_and_less_and_who_was_left_out_is_on_record(house):
    house.want(spec_of(40))
    sampled = {"writers": WRITERS, "allocation": "thompson", "allocation_writers": 2}
    planned = plan(house, prompts=sampled).cost(Asset.ORCHESTRATED_PROMPTS)
    results = house.make(assets=PROMPTS, prompts=sampled, images={"in_flight": 1})
    winners = [one.payload for (_, asset), one in results.items() if asset is PROMPTS[1]]
    assert all(len(one.candidates) == 2 and len(one.left_out) == 1 for one in winners)
    assert house.spent <= planned.worst
    asked = house.project.rows("SELECT model FROM calls WHERE kind = 'writer' ORDER BY created_at")
    late = [model for (model,) in asked[-40:]]
    assert len(asked) == 80
    assert late.count(WEAK) < 40 * 0.15
    with Database(house.open().paths.database) as database:
        board = database.run(lambda connection: read_leaderboard(connection, "sandbox"))
        kept = database.run(lambda connection: connection.execute("SELECT left_out FROM store.competitions").fetchall())
    assert sum(line.wins for line in board.by_type["icons"]) == 40
    assert all(len(json.loads(text)) == 1 for (text,) in kept)


def test_to_ask_fewer_from_now_on_buys_nothing_again(house):
    house.want(spec_of(3))
    house.make(assets=PROMPTS, prompts={"writers": WRITERS})
    spent = house.spent
    changed = {"writers": WRITERS, "allocation": "thompson", "quorum": 1, "on_no_quorum": "single"}
    again = house.make(assets=PROMPTS, prompts=changed | {"rejudge_margin": 1})
    assert all(one.payload.reused for (_, asset), one in again.items() if asset is PROMPTS[1])
    assert house.spent == spent


def test_an_image_by_a_single_writer_is_planned_and_paid_as_that_alone(house):
    house.want(spec_of(1))
    single = {"mode": "single"}
    planned = plan(house, prompts=single).cost(Asset.ORCHESTRATED_PROMPTS)
    *_, image = house.make(prompts=single).values()
    assert isinstance(image.payload, Delivered)
    assert [kind for (kind,) in house.project.rows("SELECT kind FROM calls ORDER BY kind")] == ["image", "writer"]
    assert 0 < planned.least < planned.worst
    assert plan(house, prompts=single).images[0].is_current
