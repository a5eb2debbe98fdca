"""`leaderboard` shows who wins; what was fallen back on is said by `status`."""

import json

from asset_pipeline_tests.support.specs import spec_of

WRITERS = json.dumps(["openai/gpt-6-luna", "anthropic/claude-haiku-5.5", "z-ai/glm-5.3-flash"])


def test_without_a_competition_that_is_said_and_nothing_breaks(project, run_in):
    ran = run_in(project, "leaderboard")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "no competition has been judged in sandbox mode")
    assert json.loads(run_in(project, "leaderboard", "--json").out) == {"mode": "sandbox", "types": {}}


def test_an_unknown_type_is_refused_with_the_one_that_was_meant(project, run_in):
    ran = run_in(project, "leaderboard", "--type", "icon")
    assert ran.code == 2
    assert "there is no type 'icon'; did you mean 'icons'?" in ran.err


def test_writers_are_ranked_by_type_for_people_and_for_programs(house, run_in):
    house.want(spec_of(6))
    house.make(prompts={"writers": json.loads(WRITERS)})
    project = house.project
    said = json.loads(run_in(project, "leaderboard", "--json").out)
    assert said["types"].keys() == {"all", "icons"}
    lines = said["types"]["icons"]
    assert {line["model"] for line in lines} == set(json.loads(WRITERS))
    assert sum(line["wins"] for line in lines) == 6
    assert [line["win_share"] for line in lines] == sorted((line["win_share"] for line in lines), reverse=True)
    for line in lines:
        low, high = line["win_share_95"]
        assert low <= line["win_share"] <= high
        assert isinstance(line["cost_usd"], str)
    shown = run_in(project, "leaderboard", "--type", "icons")
    assert shown.code == 0
    assert "all:" not in shown.out
    assert shown.out.index(lines[0]["model"]) < shown.out.index(lines[-1]["model"])
    for name in ("leaderboard.html", "leaderboard.png"):
        assert f"data/reports/{name}" in shown.out
        assert (project.root / "data" / "reports" / name).is_file()


def test_status_says_of_an_image_that_its_prompt_was_not_found_by_a_competition(house, sandbox, run_in):
    house.want(spec_of(1))
    sandbox.script({"fault": "refusal", "on": "chat", "contains": "anthropic/claude-haiku-5.5"})
    house.make_all(prompts={"on_no_quorum": "template"})
    ran = run_in(house.project, "status", "test.icons.lantern")
    said = "its prompt was not found by a competition: template: 1 of 2 writers gave a usable prompt, and 2 are needed"
    assert said in ran.out
    (found,) = json.loads(run_in(house.project, "status", "test.icons.lantern", "--json").out)
    assert found["prompt_fallback"].startswith("template: 1 of 2 writers")
