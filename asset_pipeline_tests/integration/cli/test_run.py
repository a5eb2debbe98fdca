"""`run`: a part of the images or of the stages, failures by name, and two runs at the same time."""

import pytest

from asset_pipeline_tests.integration.cli.waiting import ended, pictures
from asset_pipeline_tests.support.specs import TITLES, spec_of

KEYS = [f"test.icons.{title.lower()}" for title in TITLES]


@pytest.mark.parametrize(
    "arguments",
    [("--only", KEYS[1], KEYS[3]), ("--only", KEYS[1], "--only", KEYS[3]), ("--only", f"{KEYS[1]},{KEYS[3]}")],
    ids=["following", "repeated", "commas"],
)
def test_only_the_named_images_are_made(served_project, sandbox, run_in, arguments):
    served_project.spec(spec_of(5))
    ran = run_in(served_project, "run", *arguments, "--json")
    assert ran.code == 0
    assert ran.json["images"]["total"] == 2
    assert sorted(served_project.images()) == sorted([KEYS[1], KEYS[3]])
    assert len(pictures(sandbox)) == 2


def test_a_limit_of_images_is_kept_and_the_next_run_goes_on_behind_it(served_project, sandbox, run_in):
    served_project.spec(spec_of(5))
    for wanted in (2, 4, 5):
        assert run_in(served_project, "run", "--limit", "2").code == 0
        assert sorted(served_project.images()) == sorted(KEYS[:wanted])
    assert len(pictures(sandbox)) == 5


@pytest.mark.parametrize(
    ("select", "providers", "files"),
    [
        ("prompts", set(), 0),
        ("prompts,orchestrated_prompts", {"openrouter"}, 0),
        ("orchestrated_prompts,generated_images", {"openrouter", "replicate"}, 2),
    ],
)
def test_only_the_selected_stages_are_paid_for(served_project, sandbox, run_in, select, providers, files):
    served_project.spec(spec_of(2))
    ran = run_in(served_project, "run", "--select", select)
    assert ran.code == 0, ran.err
    assert {call["provider"] for call in sandbox.invoice()} == providers
    assert len(served_project.images()) == files


def test_stages_can_be_made_one_after_the_other(served_project, sandbox, run_in):
    served_project.spec(spec_of(2))
    for stage in ("prompts", "orchestrated_prompts", "generated_images"):
        assert run_in(served_project, "run", "--select", stage).code == 0
    assert len(served_project.images()) == 2
    assert len(sandbox.invoice()) == 2 * 4


def test_failed_images_are_named_with_the_reason_and_the_run_ends_with_3(served_project, sandbox, run_in):
    served_project.spec(spec_of(4))
    sandbox.script({"fault": "flagged", "contains": TITLES[2]}, {"fault": "failed", "contains": TITLES[3]})
    ran = run_in(served_project, "run")
    assert ran.code == 3
    assert "2 of 4 images are finished" in ran.out
    assert "2 failed; running again tries only those:" in ran.out
    summary = ran.out.partition("2 failed;")[2]
    assert f"{KEYS[2]}: " in summary
    assert "flagged as sensitive" in summary
    assert f"{KEYS[3]}: " in summary
    assert "E9828" in summary
    listed = run_in(served_project, "status", "--images", "--json").json["list"]
    assert {key for key, row in listed.items() if row["state"] == "failed" and row["reason"]} == {KEYS[2], KEYS[3]}


def test_two_runs_of_the_same_spec_at_the_same_time_buy_nothing_twice(served_project, sandbox, start):
    served_project.spec(spec_of(10))
    served_project.set(prompts__rejudge_margin="0")
    running = [start("run") for _ in range(2)]
    for code, out in [ended(process) for process in running]:
        assert code == 0, out
        assert "10 of 10 images are finished" in out
    assert sorted(served_project.images()) == sorted(KEYS[:10])
    assert len(pictures(sandbox)) == 10
    assert len(sandbox.invoice()) == 10 * 4
    assert served_project.rows("SELECT state, count(*) FROM images GROUP BY state") == [("done", 10)]
    assert served_project.rows("SELECT sum(cost_usd), sum(held_usd) FROM calls") == [(sandbox.total(), 0)]
