"""A wrong value of any setting, from any source: named with value, source and what is allowed, and nothing is spent."""

import json

import pytest
import yaml

from asset_pipeline.settings.shown import setting_keys
from asset_pipeline_tests.support.bad_settings import BAD, TOGETHER
from asset_pipeline_tests.support.specs import spec_of

SECRET = ("budget.alert_webhook_url", "replicate.webhook_url")
MAPPINGS = ("{", "[")


@pytest.fixture
def refused(cli, project):
    """Runs a command that must be refused before it has made anything; returns what it said."""
    project.spec(spec_of(1))
    project.env.clear()
    data = project.root / "data"
    before = sorted(data.rglob("*"))

    def said(*arguments, text="mode: sandbox\n", dotenv="", command="run", **variables):
        (project.root / "pipeline.yaml").write_text(text)
        (project.root / ".env").write_text(dotenv)
        ran = cli(command, *arguments, **variables)
        assert ran.code == 2, ran.out + ran.err
        assert ran.out == ""
        assert "Traceback" not in ran.err
        assert sorted(data.rglob("*")) == before
        return ran.err

    return said


def variable(key):
    return f"ASSET_PIPELINE__{key.upper().replace('.', '__')}"


def as_variable(text):
    return json.dumps(yaml.safe_load(text)) if text.startswith(MAPPINGS) else text


def nested(key, text):
    """Return a file that sets one key, and the line it is on."""
    parts = key.split(".")
    lines = [f"{'  ' * depth}{part}:" for depth, part in enumerate(parts)]
    return "\n".join(lines) + f" {text}\n", len(lines)


def test_the_table_has_every_setting_and_no_other():
    assert sorted({key for key, _, _ in BAD}) == sorted(setting_keys())


@pytest.mark.parametrize(("key", "text", "says"), BAD, ids=[key for key, _, _ in BAD])
def test_in_the_file(refused, key, text, says):
    file, line = nested(key, text)
    said = refused(text=file)
    assert f"pipeline.yaml:{line}: {key}" in said
    assert says in said
    if not text.startswith(MAPPINGS) and key not in SECRET:
        assert f"{key} = {yaml.safe_load(text)!r}: " in said


@pytest.mark.parametrize("source", ["environment", ".env", "command line"])
def test_all_at_once_elsewhere(refused, source):
    """Each by its own name, and none hides another."""
    values = {variable(key): as_variable(text) for key, text, _ in BAD}
    if source == "environment":
        said = refused(**values)
    elif source == ".env":
        said = refused(dotenv="".join(f"{name}='{value}'\n" for name, value in values.items()))
    else:
        said = refused(*(word for key, text, _ in BAD for word in ("--set", f"{key}={text}")))
    for key, _, says in BAD:
        place = f"{source}: {key if source == 'command line' else variable(key)}"
        lines = [line for line in said.splitlines() if line.removeprefix("asset-pipeline: ").startswith(place)]
        assert any(says in line for line in lines), (key, lines)


@pytest.mark.parametrize(("text", "parts"), TOGETHER, ids=[text[:60] for text, _ in TOGETHER])
def test_what_is_only_wrong_together_or_in_part(refused, text, parts):
    said = refused(text=f"{text}\n")
    assert [part for part in parts if part not in said] == []


def test_all_kinds_of_problems_are_named_together(refused):
    said = refused(
        "--set", "flow.abort_share=2",
        text="mode: live\nbudget:\n  total_usd: 0\n  cheaper_models: {recraft-ai/recraft-v3: nobody/knows-it}\n",
        dotenv="ASSET_PIPELINE__PROMPTS__WRITERS=a/b\nwhat is this\n",
        ASSET_PIPELINE__NONSENSE="1",
        ASSET_PIPELINE__BUDGET__TOTL_USD="1",
    )  # fmt: skip
    for part in (
        "command line: flow.abort_share = 2",
        "environment: ASSET_PIPELINE__NONSENSE: there is no setting 'nonsense'",
        "environment: ASSET_PIPELINE__BUDGET__TOTL_USD: there is no such setting; did you mean 'total_usd'?",
        ".env: ASSET_PIPELINE__PROMPTS__WRITERS = 'a/b': lists and mappings are written as JSON",
        ".env:2: is no NAME=VALUE",
        "pipeline.yaml:3: budget.total_usd = 0",
        "pipeline.yaml:4: budget.cheaper_models.recraft-ai/recraft-v3",
        "pipeline.yaml:1: mode is live, but REPLICATE_API_TOKEN and OPENROUTER_API_KEY are not set",
    ):
        assert part in said


@pytest.mark.parametrize("command", ["plan", "sync", "status", "review", "reconcile", "sandbox"])
def test_every_command_refuses_them(refused, command):
    assert "pipeline.yaml:1: review.port = 80" in refused(command=command, text="review: {port: 80}\n")


def test_an_address_that_opens_something_is_never_shown(refused):
    secret = "T0PSECRET/B0123456789"
    said = refused(text=f"budget:\n  alert_webhook_url: ftp://hooks.example.com/{secret}\n")
    assert "hooks.example.com" in said
    assert secret not in said


@pytest.mark.parametrize("text", ["budget.total_usd=5", '{"budget": 5}', "[5]"])
def test_a_variable_that_nobody_should_write_is_refused(refused, text):
    assert "environment: ASSET_PIPELINE_SET: is not what --set has written there" in refused(ASSET_PIPELINE_SET=text)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("budget.total_usd", "'budget.total_usd' is no assignment"),
        ("=5", "'=5' is no assignment"),
        ("budget.total_usd=[1", "--set budget.total_usd: not valid YAML"),
        ("budget.total=5", "command line: budget.total: there is no such setting; did you mean 'total_usd'?"),
        ("budget=5", "command line: budget = 5"),
        ("budget.total_usd=", "command line: budget.total_usd = None"),
    ],
)
def test_a_wrong_word_on_the_command_line(refused, word, says):
    assert says in refused("--set", word)
