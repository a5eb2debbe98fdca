"""Bad input ends with 2 and a message that says where and what to do; nothing is spent, and no traceback is shown."""

import pytest

from asset_pipeline_tests.support.specs import spec_of

WRONG_SPEC = """collection: bad
images:
  - {type: iconz, title: Lantern}
  - {type: icons, titel: Compass}
"""
LIVE = {"ASSET_PIPELINE__MODE": "live"}


def refused(ran):
    """Check that a command was refused; return what it said."""
    assert ran.code == 2
    assert "Traceback" not in ran.out + ran.err
    assert ran.out == ""
    return ran.err


def assert_unspent(project):
    """Check that nothing was asked of any provider, nor written down."""
    assert not (project.root / "data" / "sandbox").exists()
    assert not project.database.exists() or project.rows("SELECT count(*) FROM calls") == [(0,)]


@pytest.mark.parametrize("command", ["run", "plan"])
def test_every_problem_of_a_spec_is_named_with_file_and_line(cli, project, command):
    project.spec(WRONG_SPEC, "bad.yaml")
    said = refused(cli(command))
    assert "data/specs/bad.yaml:3: images[0].type: 'iconz': not allowed; did you mean 'icons'?" in said
    assert "data/specs/bad.yaml:4: images[1].titel: there is no such key; did you mean 'title'?" in said
    assert_unspent(project)


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        (("run", "nowhere.yaml"), {}, ["nowhere.yaml", "give the path"]),
        (("sync", "nowhere.yaml"), {}, ["nowhere.yaml", "give the path"]),
        (("run", "--only", "test.icons.nothing"), {}, ["test.icons.nothing", "--only", "status --images"]),
        (("run", "--select", "promts"), {}, ["promts", "--select", "orchestrated_prompts, generated_images"]),
        (("run", "--limit", "0"), {}, ["--limit", "greater than or equal to 1"]),
        (("run", "--limit", "many"), {}, ["--limit"]),
        (("run", "--fast"), {}, ["No such option: --fast", "--help"]),
        (("rum",), {}, ["No such command 'rum'", "--help"]),
        ((), {}, ["Usage:", "plan", "run", "status"]),
        (("run",), {"ASSET_PIPELINE__BUDGET__TOTAL_USD": "100"}, ["ASSET_PIPELINE__BUDGET__TOTAL_USD", "100"]),
        (("run",), {"ASSET_PIPELINE__BUDGET__TOTAL_USD": "0"}, ["ASSET_PIPELINE__BUDGET__TOTAL_USD", "0"]),
        (("run",), {"ASSET_PIPELINE__BUDGTE__TOTAL_USD": "1"}, ["budgte", "did you mean 'budget'"]),
        (("run",), {"ASSET_PIPELINE__IMAGES__IN_FLIGHT": "lots"}, ["ASSET_PIPELINE__IMAGES__IN_FLIGHT", "lots"]),
        (("run",), LIVE, ["REPLICATE_API_TOKEN and OPENROUTER_API_KEY are not set", ".env"]),
        (("run",), LIVE | {"REPLICATE_API_TOKEN": "r"}, ["OPENROUTER_API_KEY is not set"]),
        (("run",), LIVE | {"OPENROUTER_API_KEY": "o"}, ["REPLICATE_API_TOKEN is not set"]),
        (("budget", "set", "total", "0"), {}, ["$0.00 is no limit", "above 0 and below 100"]),
        (("budget", "set", "total", "100"), {}, ["$100.00 is no limit", "above 0 and below 100"]),
        (("budget", "set", "total", "--", "-1"), {}, ["no limit", "above 0 and below 100"]),
        (("budget", "set", "total", "nan"), {}, ["'nan' is not an amount", "such as 2.50"]),
        (("budget", "set", "total", "lots"), {}, ["'lots' is not an amount", "such as 2.50"]),
        (("budget", "set", "totla", "5"), {}, ["there is no budget 'totla'", "collection:NAME"]),
        (("budget", "set", "total"), {}, ["Missing argument 'USD'"]),
        (("sql", "select 1"), {}, ["there is no ledger yet", "asset-pipeline sync"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple | dict) else "",
)
def test_it_is_refused_with_a_message(cli, project, arguments, variables, says):
    project.spec(spec_of(1))
    said = refused(cli(*arguments, **variables))
    assert [words for words in says if words not in said] == []
    assert_unspent(project)


@pytest.mark.parametrize("command", ["plan", "sync", "run", "status", "sandbox"])
def test_a_command_outside_a_project_says_where_to_run_it(cli, project, tmp_path, command):
    said = refused(cli(command, folder=tmp_path))
    assert f"no pipeline.yaml in {tmp_path} or above it" in said
    assert "inside the project's folder" in said


def test_a_command_works_in_a_folder_below_the_root(cli, project):
    assert cli("status", folder=project.root / "data" / "specs").code == 0


def test_a_project_without_specs_says_so(cli, project):
    assert "no spec was found" in refused(cli("run"))


def test_a_dagster_home_without_dagster_yaml_is_named_before_anything_is_spent(cli, project, tmp_path):
    project.spec(spec_of(1))
    said = refused(cli("run", DAGSTER_HOME=str(tmp_path)))
    assert str(tmp_path) in said
    assert f"DAGSTER_HOME={project.root}" in said
    assert_unspent(project)


def test_a_wrong_setting_in_the_file_is_named_with_its_line(cli, project):
    (project.root / "pipeline.yaml").write_text("mode: sandbox\nbudget:\n  total_usd: 120\n")
    assert "pipeline.yaml:3: budget.total_usd = 120" in refused(cli("status"))
