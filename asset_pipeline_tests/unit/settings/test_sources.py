"""Settings: later sources beat earlier ones, and each wrong one is named with source, value and what is allowed."""

from decimal import Decimal

import pytest

from asset_pipeline.errors import SettingsError
from asset_pipeline.settings.sources import load_settings
from asset_pipeline.settings.types import is_loopback

PREFIX = "ASSET_PIPELINE__"
LIMITS = ("total_usd", "daily_usd", "sample_usd", "production_usd")


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Write the sources and return the settings they give."""

    def written(settings="", *, env=None, dotenv="", overrides=None):
        data = settings if isinstance(settings, bytes) else settings.encode()
        (tmp_path / "pipeline.yaml").write_bytes(data)
        (tmp_path / ".env").write_text(dotenv)
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        return load_settings(tmp_path, overrides=overrides)

    return written


@pytest.fixture
def refused(load):
    """Return what is said about wrong sources."""

    def said(*args, **kwargs):
        with pytest.raises(SettingsError) as raised:
            load(*args, **kwargs)
        assert raised.value.exit_code == 2
        return str(raised.value)

    return said


def test_without_any_source_the_defaults_hold(load):
    settings = load()
    assert settings.mode == "sandbox"
    assert settings.budget.safety_margin == Decimal("0.05")
    assert settings.rollout.require_approval is True
    assert settings.automation.start_sensors is False
    assert settings.replicate.base_url.endswith("/v1")
    assert settings.openrouter.base_url.endswith("/api/v1")
    assert settings == load("# nothing\n") == load("budget:\n")


def test_each_source_beats_the_ones_before_it(load):
    sources = {"settings": "budget:\n  total_usd: 2\n"}
    expected = [load().budget.total_usd, load(**sources).budget.total_usd]
    for source in (
        {"dotenv": f"{PREFIX}BUDGET__TOTAL_USD=3\n"},
        {"env": {f"{PREFIX}BUDGET__TOTAL_USD": "4"}},
        {"overrides": {"budget": {"total_usd": "5"}}},
    ):
        sources |= source
        expected.append(load(**sources).budget.total_usd)
    assert expected == [Decimal(25), 2, 3, 4, 5]


def test_sources_are_merged_key_by_key(load):
    budget = load(
        "budget: {total_usd: 9, collections: {a: 1}}\n",
        dotenv=f"{PREFIX}BUDGET__SAMPLE_USD=3\n",
        env={f"{PREFIX}BUDGET__DAILY_USD": "7", f"{PREFIX}BUDGET__COLLECTIONS__B": "2"},
        overrides={"budget": {"production_usd": "5"}},
    ).budget
    assert [getattr(budget, name) for name in LIMITS] == [9, 7, 3, 5]
    assert budget.collections == {"a": 1, "b": 2}


def test_a_variable_without_the_prefix_is_no_setting(load):
    settings = load(dotenv="MODE=live\nBUDGET=1\nTOTAL_USD=1\n", env={"MODE": "live"})
    assert settings == load()


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("value", ["0", "100", "-1", "100.000000001", ".nan", ".inf", "0.0000000001", "abc", "yes", ""])
def test_a_limit_that_is_not_above_0_and_below_100_is_refused_at_its_line(refused, name, value):
    assert f"pipeline.yaml:3: budget.{name} = " in refused(f"mode: sandbox\nbudget:\n  {name}: {value}\n")


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("value", ["0.000000001", "0.01", "99.999999999", "25", '"12.5"'])
def test_a_limit_above_0_and_below_100_is_taken_to_the_last_digit(load, name, value):
    assert getattr(load(f"budget: {{{name}: {value}}}\n").budget, name) == Decimal(value.strip('"'))


@pytest.mark.parametrize("where", ["providers: {replicate: 100}", "collections: {demo: 0}"])
def test_limits_of_providers_and_collections_have_the_same_range(refused, where):
    assert "pipeline.yaml:1: budget." in refused(f"budget: {{{where}}}\n")


@pytest.mark.parametrize(("value", "fine"), [("0", True), ("0.99", True), ("1", False), ("-0.1", False)])
def test_the_safety_margin_is_a_share(load, refused, value, fine):
    text = f"budget: {{safety_margin: {value}}}\n"
    assert load(text).budget.safety_margin == Decimal(value) if fine else "budget.safety_margin" in refused(text)


@pytest.mark.parametrize("value", ["0", "-1", ".nan", ".inf", "free"])
def test_a_price_that_would_make_a_call_free_or_earn_money_is_refused(refused, value):
    """A hold of nothing, or of less, would let a call pass any limit."""
    assert "pipeline.yaml:2: prices.a/b = " in refused(f"prices:\n  a/b: {value}\n")


@pytest.mark.parametrize(
    ("sources", "parts"),
    [
        ("budgett: {}\n", ["pipeline.yaml:1: budgett: ", "did you mean 'budget'?", "Allowed: mode, data_dir"]),
        ("mode: sandbox\nbudget:\n  totl_usd: 1\n", ["pipeline.yaml:3: budget.totl_usd: ", "'total_usd'?"]),
        ("prompts: {criteria: {relevanz: 1}}\n", ["pipeline.yaml:1: prompts.criteria.relevanz: ", "'relevance'?"]),
        ("budget: {providers: {replicat: 1}}\n", ["pipeline.yaml:1: budget.providers.replicat", "'replicate'"]),
        ({"env": {f"{PREFIX}BUDGETT__X": "1"}}, [f"environment: {PREFIX}BUDGETT__X: ", "did you mean 'budget'?"]),
        ({"env": {f"{PREFIX}BUDGET__TOTL_USD": "1"}}, [f"environment: {PREFIX}BUDGET__TOTL_USD: ", "'total_usd'?"]),
        ({"dotenv": f"{PREFIX}BUDGETT__X=1\n"}, [f".env: {PREFIX}BUDGETT__X: ", "did you mean 'budget'?"]),
        ({"dotenv": f"{PREFIX}BUDGET__TOTL_USD=1\n"}, [f".env: {PREFIX}BUDGET__TOTL_USD: ", "'total_usd'?"]),
        ({"overrides": {"budget": {"totl_usd": 1}}}, ["command line: budget.totl_usd: ", "did you mean 'total_usd'?"]),
        ("mode: lve\n", ["pipeline.yaml:1: mode = 'lve': ", "'sandbox' or 'live'"]),
        ({"env": {f"{PREFIX}MODE": "Live"}}, [f"environment: {PREFIX}MODE = 'Live': ", "'sandbox' or 'live'"]),
        ({"dotenv": f"{PREFIX}BUDGET__TOTAL_USD=lots\n"}, [f".env: {PREFIX}BUDGET__TOTAL_USD = 'lots': "]),
        ({"overrides": {"budget": {"total_usd": "1000"}}}, ["command line: budget.total_usd = '1000'", "than 100"]),
        ("log_level: debug\n", ["pipeline.yaml:1: log_level = 'debug': ", "'DEBUG', 'INFO'"]),
        ("rollout: {require_approval: maybe}\n", ["pipeline.yaml:1: rollout.require_approval = 'maybe': "]),
        ("budget: 5\n", ["pipeline.yaml:1: budget = 5: "]),
        ({"env": {f"{PREFIX}PROMPTS__WRITERS": "a/b"}}, ["environment: ", "lists and mappings are written as JSON"]),
        ("prompts: {writers: [a/b, c]}\n", ["pipeline.yaml:1: prompts.writers[1] = 'c': must be owner/name"]),
        ("prompts: {writers: [a/b]}\n", ["pipeline.yaml:1: prompts.writers", "at least 2 items"]),
        ("prompts: {criteria: {relevance: 0.5}}\n", ["prompts.criteria", "add up to 1.40, not to 1"]),
        ("prices: {flux: 1}\n", ["pipeline.yaml:1: prices.flux = 1: must be owner/name"]),
        ("- a\n", ["pipeline.yaml: must be keys with values"]),
        ("mode: live\nmode: sandbox\n", ["pipeline.yaml:2: mode: written twice; first on line 1"]),
        ("budget: {a: [\n", ["pipeline.yaml:2: not valid YAML"]),
        (b"mode: \xff\n", ["pipeline.yaml: not UTF-8 text: invalid start byte at byte 6"]),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_source_and_what_is_allowed(refused, sources, parts):
    said = refused(**(sources if isinstance(sources, dict) else {"settings": sources}))
    assert [part for part in parts if part not in said] == []


def test_a_wrong_value_is_blamed_on_the_source_that_won(refused):
    said = refused(
        "budget: {total_usd: 500}\n", dotenv=f"{PREFIX}BUDGET__TOTAL_USD=200\n", env={f"{PREFIX}BUDGET__DAILY_USD": "0"}
    )
    assert f".env: {PREFIX}BUDGET__TOTAL_USD = '200'" in said
    assert f"environment: {PREFIX}BUDGET__DAILY_USD = '0'" in said
    assert "500" not in said


def test_a_wrong_value_that_a_later_source_mends_is_no_error(load):
    settings = load("budget: {total_usd: 500}\n", env={f"{PREFIX}BUDGET__TOTAL_USD": "5"})
    assert settings.budget.total_usd == 5


def test_all_wrong_settings_are_named_in_one_go(refused):
    said = refused("mode: lve\nbudget:\n  total_usd: 0\n  totl: 1\nimages:\n  workers: 0\n")
    named = ["pipeline.yaml:1: mode", "pipeline.yaml:3: budget.total_usd", "pipeline.yaml:4: budget.totl"]
    assert [name for name in [*named, "pipeline.yaml:6: images.workers"] if name not in said] == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com", "http://10.0.0.1", "http://0.0.0.0:80", "http://127.0.0.1@example.com",
        "http://localhost.example.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1", "127.0.0.1:80", "http://",
        "http://[::1", "http://2130706433", "http://[2001:db8::1]", "http://example.com/127.0.0.1",
    ],
)  # fmt: skip
def test_the_sandbox_must_be_on_this_machine(refused, url):
    assert "pipeline.yaml:1: sandbox.url = " in refused(f'sandbox: {{url: "{url}"}}\n')


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:80", "https://127.1.2.3"])
def test_any_loopback_address_is_this_machine_and_a_closing_slash_is_dropped(load, url):
    assert load(f'sandbox: {{url: "{url}/"}}\n').sandbox.url == url
    assert is_loopback(url)


@pytest.mark.parametrize("provider", ["replicate", "openrouter"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", "https://proxy.example.com/api/v1"])
def test_in_live_mode_a_provider_may_be_at_any_address_loopback_included(load, provider, url):
    settings = load(f"mode: live\n{provider}: {{base_url: '{url}/'}}\n")
    assert getattr(settings, provider).base_url == url


@pytest.mark.parametrize("url", ["ftp://example.com", "example.com", "http://", "file:///etc/passwd"])
def test_a_provider_is_reached_over_http_only(refused, url):
    assert "must be an http:// or https:// address" in refused(f"replicate: {{base_url: '{url}'}}\n")


def test_settings_cannot_be_changed_after_the_start(load):
    settings = load()
    for part, name in ((settings, "mode"), (settings.budget, "total_usd")):
        with pytest.raises(ValueError, match="frozen"):
            setattr(part, name, "live")
