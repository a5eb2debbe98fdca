"""`status`, `doctor` and `sql`: where things stand, what to fix, and any question to the ledger."""

from decimal import Decimal

import pytest

from asset_pipeline_tests.integration.cli.waiting import ended, until
from asset_pipeline_tests.support.specs import spec_of


def test_status_json_has_what_other_tools_rely_on(demo, run_in):
    standing = run_in(demo.project, "status", "--json").json
    spent = standing["money"]["spent"]
    assert Decimal(spent) == demo.sandbox.total()
    assert standing["mode"] == "sandbox"
    assert standing["images"]["total"] == 12
    assert standing["images"]["by_state"]["done"] == 12
    assert standing["money"].keys() >= {"scopes", "spent", "held", "unknown"}
    assert standing["money"]["scopes"].keys() >= {"total", "day", "sample", "production"}
    assert standing["money"]["scopes"]["total"].items() >= {"limit": "25.00", "spent": spent, "held": "0.00"}.items()
    assert all(isinstance(x, str) for scope in standing["money"]["scopes"].values() for x in scope.values())
    assert standing["calls"].items() >= {"open": 0, "unknown": 0}.items()
    # The quick sandbox draws one picture for all, so that each is a duplicate of another.
    assert standing["review"] == {"waiting": 12, "approved": 0, "rejected": 0}


def test_status_of_an_untouched_project_is_all_zero(cli):
    standing = cli("status", "--json").json
    assert standing["images"]["total"] == 0
    assert (standing["money"]["spent"], standing["money"]["held"], standing["money"]["unknown"]) == ("0.00",) * 3


def test_status_and_sql_answer_beside_a_run_and_tell_its_open_calls(project, slow, run_in, start):
    project.spec(spec_of(2))
    running = start("run")
    until(project.database.exists, running)
    seen = []

    def some_are_open():
        seen.append(run_in(project, "status", "--json").json)
        return seen[-1]["calls"]["open"] and seen[-1]["calls"]["list"]

    until(some_are_open, running)
    assert Decimal(seen[-1]["money"]["held"]) > 0
    assert {call["image_key"] for call in seen[-1]["calls"]["list"]} <= {"test.icons.lantern", "test.icons.compass"}
    asked = run_in(project, "sql", "select count(*) as n from calls where state in ('held', 'settled')", "--json")
    assert asked.json[0]["n"] > 0
    code, out = ended(running)
    assert code == 0, out


def test_doctor_finds_a_good_project_good(cli, project):
    project.spec(spec_of(3))
    ran = cli("doctor")
    assert ran.code == 0
    assert "FIX" not in ran.out
    for words in (
        "mode sandbox",
        str(project.root),
        "the sandbox needs none",
        "3 images",
        "port 3000",
        "port 4500",
        "UTC",
    ):
        assert words in ran.out


@pytest.mark.parametrize(
    ("name", "variables", "says"),
    [
        ("settings", {"ASSET_PIPELINE__BUDGET__TOTAL_USD": "100"}, ["ASSET_PIPELINE__BUDGET__TOTAL_USD", "100"]),
        ("keys", {"ASSET_PIPELINE__MODE": "live"}, ["REPLICATE_API_TOKEN", "OPENROUTER_API_KEY", ".env"]),
        ("dagster", {"DAGSTER_HOME": "/nowhere"}, ["/nowhere", "make setup"]),
        ("specs", {"ASSET_PIPELINE__SPECS__DIR": "broken"}, ["broken/bad.yaml:2"]),
    ],
)
def test_doctor_names_what_to_fix_and_ends_with_2(cli, project, name, variables, says):
    (project.root / "broken").mkdir()
    (project.root / "broken" / "bad.yaml").write_text("collection: bad\nimagse: []\n")
    ran = cli("doctor", **variables)
    assert ran.code == 2
    wrong = ran.out.partition("FIX")[2]
    assert wrong.split()[0] == name
    assert [words for words in says if words not in wrong] == []
    bad = [one["name"] for one in cli("doctor", "--json", **variables).json if not one["good"]]
    assert bad == [name]


@pytest.mark.parametrize("in_file", [True, False], ids=["in .env", "nowhere"])
def test_doctor_knows_dagster_home_from_the_env_file_too(cli, project, in_file):
    (project.root / ".env").write_text(f"DAGSTER_HOME={project.root}\n" if in_file else "")
    ran = cli("doctor", DAGSTER_HOME="")
    assert ran.code == (0 if in_file else 2)
    said = f"DAGSTER_HOME={project.root}" if in_file else "DAGSTER_HOME is not set"
    assert said in ran.out


def test_doctor_outside_a_project_says_so(cli, tmp_path):
    ran = cli("doctor", folder=tmp_path)
    assert ran.code == 2
    assert "no pipeline.yaml" in ran.out


def test_sql_reads(demo, run_in):
    query = "select type, count(*) as n from images group by type order by type"
    assert run_in(demo.project, "sql", query, "--json").json[0] == {"type": "covers", "n": 3}
    lines = run_in(demo.project, "sql", query).out.splitlines()
    assert [line.split() for line in lines[:2]] == [["type", "n"], ["covers", "3"]]
    assert lines[-1] == "(5 rows)"


def test_sql_folds_no_cell_where_there_is_no_terminal(demo, run_in):
    out = run_in(demo.project, "sql", "select image_key, path, sha256, content_key from images").out
    assert len(out.splitlines()) == 1 + 12 + 1


@pytest.mark.parametrize(
    "query",
    [
        "drop table store.calls",
        "delete from store.calls",
        "update store.limits set limit_usd = 99",
        "insert into store.limits select * from store.limits",
        "create table store.mine as select 1",
        "copy (select 1) to 'out.csv'",
        "select * from read_text('pipeline.yaml')",
        "attach 'other.duckdb'",
        "selekt 1",
        "",
    ],
)
def test_sql_refuses_whatever_is_no_question_to_the_ledger(demo, run_in, query):
    before = demo.project.rows("SELECT * FROM calls ORDER BY call_id"), demo.project.rows("SELECT * FROM budgets")
    ran = run_in(demo.project, "sql", query)
    assert ran.code == 2
    assert ran.err.startswith("asset-pipeline: sql: ")
    assert (
        demo.project.rows("SELECT * FROM calls ORDER BY call_id"),
        demo.project.rows("SELECT * FROM budgets"),
    ) == before
    assert not {"out.csv", "other.duckdb"} & {path.name for path in demo.project.root.iterdir()}
