"""`doctor --staging`: the way from the sandbox to the last image, as the ledger has it, and the next command for it."""

import shlex
import tempfile

import pytest

from asset_pipeline_tests.support.holdings import holdings
from asset_pipeline_tests.support.specs import spec_of

KEYS = {"REPLICATE_API_TOKEN": "r8_0123456789abcdef", "OPENROUTER_API_KEY": "sk-or-v1-0123456789abcdef"}
SAMPLE, IMAGES = 2, 5
NAMES = ["rehearsal", "keys", "prices", "limits", "sample", "books", "review", "approval", "canary", "the rest"]
SPEC = spec_of(IMAGES, extra=[f"sample: {SAMPLE}"])


@pytest.fixture
def staged(project, sandbox, tmp_path, monkeypatch):
    """A project of which a served sandbox plays both the sandbox and, in live mode, the providers."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    project.set(
        sandbox__url=sandbox.url,
        replicate__base_url=f"{sandbox.url}/v1",
        openrouter__base_url=f"{sandbox.url}/api/v1",
        rollout__canary="1",
        prompts__mode="template",
        images__contact_sheet="false",
    )
    project.spec(SPEC)
    return project


def checklist(cli, *arguments):
    """Return the steps of the only collection, by name, and the code it ended with."""
    ran = cli("doctor", "--staging", *arguments, "--json")
    assert ran.code in (0, 2), ran.err
    ((_, steps),) = ran.json.items()
    assert [step["name"] for step in steps] == NAMES
    return {step["name"]: step for step in steps}, ran.code


def follow(cli, project, todo):
    """Do what a step says, as a person would."""
    variables, words = {}, shlex.split(todo)
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        variables[name] = value
    if todo == "put the keys into .env":
        project.env |= KEYS
    elif todo.startswith("in pipeline.yaml: mode: live"):
        project.set(mode="live")
    elif words == ["asset-pipeline", "review"]:
        keys = project.rows("SELECT image_key FROM images WHERE state = 'done'")
        assert cli("approve", *(key for (key,) in keys), **variables).code == 0
    else:
        assert words[0] == "asset-pipeline", todo
        assert cli(*words[1:], **variables).code in (0, 5)


def assert_no_drawing_counts(cli):
    """In live mode nothing is made yet, whatever the sandbox has drawn, and there is nothing to approve."""
    assert cli("sync").code == 0
    assert cli("status", "--json").json["images"]["by_state"]["missing"] == IMAGES
    refused = cli("approve", "test", "--amount", "5")
    assert (refused.code, "no image of the sample of test has been made" in refused.err) == (2, True)
    steps, _ = checklist(cli)
    assert [steps[name]["stand"] for name in ("rehearsal", "limits", "sample")] == ["done", "done", "next"]


def test_whoever_does_what_it_says_gets_to_the_last_image_and_pays_once_for_each(cli, staged, sandbox):
    done = []
    for _ in range(20):
        steps, code = checklist(cli)
        here = [step for step in steps.values() if step["stand"] == "next"]
        if not here:
            break
        assert code == 2
        done.append(here[0]["name"])
        follow(cli, staged, here[0]["todo"])
        if len(done) == 1:  # Dagster is imported, and the sandbox, which is served by this process, is at work
            before = holdings(staged.root)
        if done[-1] == "limits":
            assert_no_drawing_counts(cli)
    assert code == 0
    more = [one for one in holdings(staged.root).beyond(before) if one != "socket" and "sandbox" not in one]
    assert [one for one in more if not one.startswith("uvloop")] == []
    assert {step["stand"] for step in steps.values()} == {"done"}
    assert list(dict.fromkeys(done)) == ["rehearsal", "keys", "limits", "sample", "review", "approval", "canary"]
    billed = [call for call in sandbox.invoice() if call["provider"] == "replicate"]
    assert len(billed) == 2 * IMAGES
    counts = staged.rows(
        "SELECT mode, count(*), count(*) FILTER (state = 'settled') FROM calls GROUP BY ALL ORDER BY 1"
    )
    assert counts == [("live", IMAGES, IMAGES), ("sandbox", IMAGES, IMAGES)]
    assert "replicate $0.20 in 5 calls" in steps["books"]["message"]


@pytest.mark.parametrize(
    ("change", "step", "said", "todo"),
    [
        (lambda p: p.spec(SPEC.replace("sample: 2", "sample: 11").replace("Lantern", "Bell") + "".join(
            f"  - {{type: icons, title: More {n}}}\n" for n in range(9))),
         "limits", "the sample is 11 images, and 10 are enough", "sample: 10"),
        (lambda p: p.set(budget__sample_usd="3"), "limits", "up to $3.00 could be spent", "sample_usd: 1"),
        (lambda p: p.set(rollout__require_approval="false"), "limits", "require_approval is false", ""),
        (lambda p: p.spec(SPEC.replace("images:\n", "types: {icons: {model: nobody/nothing}}\nimages:\n")),
         "prices", "no price is known of nobody/nothing", ""),
    ],
    ids=["sample", "limit", "no gate", "price"],
)  # fmt: skip
def test_what_is_not_as_it_should_be_is_named(cli, staged, change, step, said, todo):
    change(staged)
    steps, code = checklist(cli)
    assert code == 2
    assert not steps[step]["is_done"]
    assert said in steps[step]["message"]


def test_a_changed_spec_is_rehearsed_again_and_its_approval_is_gone(cli, staged):
    staged.env |= KEYS
    staged.set(mode="live")
    assert cli("run").code == 5
    assert cli("approve", "test", "--amount", "3").code == 0
    steps, _ = checklist(cli, "test")
    assert steps["approval"]["is_done"]
    assert steps["rehearsal"]["todo"] == "ASSET_PIPELINE__MODE=sandbox asset-pipeline run data/specs/spec.yaml"
    staged.spec(SPEC.replace("avoid: [text]", "avoid: [smoke]"))
    assert cli("sync").code == 0
    steps, _ = checklist(cli, "data/specs/spec.yaml")
    assert not steps["approval"]["is_done"]
    assert "its spec has changed" in steps["approval"]["message"]
    assert not steps["sample"]["is_done"]


def test_people_see_the_steps_with_the_next_command(cli, staged):
    ran = cli("doctor", "--staging", "test")
    assert ran.code == 2
    assert "next     rehearsal  0 of 5 images are made in the sandbox" in ran.out
    assert "→ asset-pipeline run data/specs/spec.yaml" in ran.out
    assert "blocked  the rest" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--staging", "tets"), "did you mean 'test'?"),
        (("test",), "collections go with --staging"),
        (("--staging", "data/specs/none.yaml"), "is neither a spec nor a collection"),
    ],
)
def test_what_there_is_not_ends_with_2(cli, staged, arguments, said):
    ran = cli("doctor", *arguments)
    assert (ran.code, said in ran.err) == (2, True)


def test_a_spec_that_is_wrong_hides_no_other(cli, staged):
    staged.spec("collection: wrong\nimages: [{type: icon, title: X}]\n", name="wrong.yaml")
    assert "rehearsal" in cli("doctor", "--staging", "test").out
    for what in ((), ("wrong",), ("data/specs/wrong.yaml",)):
        ran = cli("doctor", "--staging", *what)
        assert (ran.code, "wrong.yaml:2: images[0].type: 'icon': not allowed" in ran.err) == (2, True)
