"""An approval lets the rest be bought: for an amount, as long as all is as it was, and after a canary."""

import json
import shutil
from decimal import Decimal

import pytest

from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.sandboxes import served
from asset_pipeline_tests.support.specs import spec_of

SAMPLE, IMAGES = 2, 12
OTHER = "black-forest-labs/flux-schnell"
SPEC = spec_of(IMAGES, extra=[f"sample: {SAMPLE}"])


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A folder with a project whose sample is made, and the sandbox that has made it; each test has a copy."""
    folder = tmp_path_factory.mktemp("sampled")
    one = FolderProject.make(folder / "project")
    with served(folder / "sandbox") as sandbox:
        one.set(sandbox__url=sandbox.url, prompts__rejudge_margin="0")
        one.spec(SPEC)
        assert one.command("run", "data/specs/spec.yaml").code == 5
    return folder


@pytest.fixture
def sandbox(made, tmp_path):
    """The sandbox that has billed the sample."""
    shutil.copytree(made / "sandbox", tmp_path / "sandbox")
    with served(tmp_path / "sandbox") as one:
        yield one


@pytest.fixture
def sampled(made, project, sandbox):
    """A project whose sample is made."""
    shutil.copytree(made / "project" / "data", project.root / "data", dirs_exist_ok=True)
    project.set(sandbox__url=sandbox.url, prompts__rejudge_margin="0")
    return project


def run(project, *arguments):
    """Run the spec, and return the report with the exit code in it."""
    ran = project.command("run", "data/specs/spec.yaml", "--json", *arguments)
    assert ran.code in (0, 3, 4, 5), ran.err
    return ran.json | {"code": ran.code}


def test_after_an_approval_the_rest_is_bought_on_its_budget_and_production(sampled, sandbox):
    approved = sampled.command("approve", "test", "--amount", "$1.00")
    assert (approved.code, approved.out.strip()) == (
        0, "test is approved for production with $1.00; 10 images are left",
    )  # fmt: skip
    report = run(sampled)
    assert (report["code"], report["images"]["done"], len(sampled.images())) == (0, 10, IMAGES)
    spent = dict(sampled.rows("SELECT scope, spent_usd FROM budgets"))
    assert spent["approval:test.1"] == spent["production"]
    assert spent["sample"] + spent["production"] == spent["total"] == sandbox.total()
    assert sampled.rows("SELECT canary_passed_at IS NOT NULL, len(canary), ended_at FROM approvals") == [
        (True, 5, None)
    ]
    (row,) = sampled.rows("SELECT decision, amount_usd, seen_sha256 IS NOT NULL, details FROM reviews")
    assert row[:3] == ("approve", Decimal(1), True)
    assert len(json.loads(row[3])["pictures"]) == SAMPLE


def test_the_amount_bounds_what_is_bought_and_the_run_says_so(sampled):
    assert sampled.command("approve", "test", "--amount", "0.20").code == 0
    report = run(sampled)
    assert report["code"] == 4
    (spent,) = sampled.rows("SELECT spent_usd FROM budgets WHERE scope = 'approval:test.1'")
    assert Decimal("0.04") <= spent[0] <= Decimal("0.20")
    assert any("budget 'approval:test.1': limit $0.20" in reason for reason in report["held"].values())


def write_template(project):
    """Change the master prompt of icons."""
    assert project.command("prompts", "init", "icons").code == 0
    path = project.root / "data" / "prompts" / "icons.md"
    path.write_text(path.read_text() + "\nOn a plain ground.\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda p: p.spec(SPEC.replace("avoid: [text]", "avoid: [smoke]")), "its spec has changed",
                     id="what the spec says"),
        pytest.param(lambda p: p.spec(f"{SPEC}  - {{type: icons, title: One more}}\n"), "its spec has changed",
                     id="an image more"),
        pytest.param(lambda p: p.spec(SPEC.replace(f"sample: {SAMPLE}", "sample: 3")), "the sample changed",
                     id="the sample"),
        pytest.param(
            lambda p: p.spec(SPEC.replace("images:\n", f"types: {{icons: {{model: {OTHER}}}}}\nimages:\n")),
            "its spec has changed", id="the model",
        ),
        pytest.param(lambda p: p.set(prompts__judge="google/gemini-3.8-flash"), "who writes and judges prompts changed",
                     id="the judge"),
        pytest.param(lambda p: p.set(prices='{"recraft-ai/recraft-v3": 0.05}'), "the prices changed", id="the price"),
        pytest.param(lambda p: p.set(budget__total_usd="9"), "the limit of 'total' has changed from $25.00 to $9.00",
                     id="the cap in the settings"),
        pytest.param(lambda p: p.command("budget", "set", "production", "9"),
                     "the limit of 'production' has changed from $25.00 to $9.00", id="the cap by command"),
        pytest.param(write_template, "the prompts changed", id="the template"),
    ],
)  # fmt: skip
def test_an_approval_ends_when_what_it_is_bound_to_changes(sampled, sandbox, change, said):
    assert sampled.command("approve", "test", "--amount", "5").code == 0
    before = sandbox.total()
    change(sampled)
    report = run(sampled, "--only", *beyond(sampled))
    assert report["code"] == 5
    assert sandbox.total() == before
    assert said in sampled.rows("SELECT ended_because FROM approvals")[0][0]


def test_after_a_change_another_approval_lets_the_rest_be_bought(sampled):
    assert sampled.command("approve", "test", "--amount", "5").code == 0
    write_template(sampled)
    assert run(sampled, "--only", *beyond(sampled))["code"] == 5
    assert sampled.command("approve", "test", "--amount", "5").code == 0
    assert run(sampled)["code"] == 0


def beyond(project):
    """Return the keys of images that are in no sample whatever its size is here."""
    rows = project.rows("SELECT image_key FROM images WHERE state = 'missing' ORDER BY position DESC LIMIT 3")
    sampled = {key for (key,) in project.rows("SELECT image_key FROM store.images WHERE is_sample")}
    return [key for (key,) in rows if key not in sampled]


def test_decisions_about_single_images_do_not_end_it(sampled):
    assert sampled.command("approve", "test", "--amount", "5").code == 0
    key = sorted(sampled.images())[0]
    assert sampled.command("regenerate", key, "--note", "bolder lines").code == 0
    assert run(sampled)["code"] == 0
    assert sampled.rows("SELECT ended_at FROM approvals") == [(None,)]
    assert sampled.rows(f"SELECT count(*) FROM calls WHERE image_key = '{key}' AND kind = 'image'") == [(2,)]
    # What a person said is told to those who write and to who judges.
    asked = sampled.rows(f"SELECT kind, count(*) FROM calls WHERE image_key = '{key}' AND kind <> 'image'"
                         " AND request LIKE '%bolder lines%' GROUP BY kind")  # fmt: skip
    assert dict(asked) == {"writer": 2, "judge": 1}


def test_a_canary_that_turns_out_badly_ends_the_approval_and_nothing_further_is_bought(sampled, sandbox):
    assert sampled.command("approve", "test", "--amount", "5").code == 0
    bought = len(sandbox.invoice())
    sandbox.script({"fault": "failed", "times": 0})
    report = run(sampled)
    sandbox.script()
    assert report["code"] in (3, 5)
    canary, ended = sampled.rows("SELECT canary, ended_because FROM approvals")[0]
    assert len(canary) == 5
    assert "0 of the first 5 turned out well, and 4 have to" in ended
    touched = {key for (key,) in sampled.rows("SELECT DISTINCT image_key FROM calls WHERE stage = 'production'")}
    assert touched == set(canary)
    assert len(sandbox.invoice()) > bought
    again = run(sampled)
    assert again["code"] == 5
    assert {
        key for (key,) in sampled.rows("SELECT DISTINCT image_key FROM calls WHERE stage = 'production'")
    } == touched


def test_a_canary_that_a_shorter_run_has_begun_is_the_one_that_the_next_run_finishes(project):
    sampled = project  # its sandbox draws a picture of its own for each image, or they would be doubtful as duplicates
    sampled.spec(SPEC)
    assert sampled.command("run", "data/specs/spec.yaml").code == 5
    assert sampled.command("approve", "test", "--amount", "5").code == 0
    first = run(sampled, "--limit", "3")
    assert first["code"] == 0
    (canary,) = sampled.rows("SELECT canary FROM approvals")[0]
    assert len(canary) == 3
    assert run(sampled)["code"] == 0
    (after, passed) = sampled.rows("SELECT canary, canary_passed_at IS NOT NULL FROM approvals")[0]
    assert after[:3] == canary
    assert passed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("approve", "nothing", "--amount", "5"), "there is no collection 'nothing'"),
        (("approve", "test"), "an approval names the most that may be spent"),
        (("approve", "test", "--amount", "much"), "'much' is not an amount"),
        (("approve", "test", "--amount", "0"), "$0.00 is no limit"),
        (("approve", "test", "--amount", "100"), "$100.00 is no limit"),
        (("approve", "test.icons.lantern", "--amount", "1"), "an amount is for a collection"),
        (("approve", "test.icons.nothing"), "test.icons.nothing: not in the catalog"),
        (("reject", "test.icons.nothing"), "test.icons.nothing: not in the catalog"),
        (("stop", "nothing"), "there is no collection 'nothing'"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_with_2_and_changes_nothing(sampled, arguments, said):
    ran = sampled.command(*arguments)
    assert ran.code == 2
    assert said in ran.err
    assert sampled.rows("SELECT count(*) FROM reviews") == [(0,)]


def test_an_approval_of_what_nobody_can_have_seen_is_refused(project):
    project.spec(SPEC)
    assert project.command("sync").code == 0
    ran = project.command("approve", "test", "--amount", "5")
    assert ran.code == 2
    assert "no image of the sample of test has been made" in ran.err
    assert project.rows("SELECT count(*) FROM approvals") == [(0,)]
