"""The settings of alerts and of what may be left out: what they may be, and where an alert may be sent."""

from decimal import Decimal

import pytest

from asset_pipeline.errors import SettingsError
from asset_pipeline.settings.sources import load_settings

MODELS = "cheaper_models: {recraft-ai/recraft-v3: black-forest-labs/flux-schnell}"
BAD = [
    ("alerts: [0]", "greater than 0"),
    ("alerts: [1]", "less than 1"),
    ("alerts: [half]", "decimal"),
    ("alert_webhook_url: ftp://127.0.0.1/", "must be an http:// or https:// address"),
    ("degrade: [no_image]", "fewer_writers"),
    ("degrade: [one_writer, one_writer]", "twice"),
    ("degrade: [cheaper_model]", "needs cheaper_models"),
    ("cheaper_models: {recraft: black-forest-labs/flux-schnell}", "must be owner/name"),
]


@pytest.fixture
def load(tmp_path):
    """Return the settings that a section on budgets gives."""

    def written(budget="", **top):
        text = "".join(f"{name}: {value}\n" for name, value in top.items())
        (tmp_path / "pipeline.yaml").write_text(f"{text}budget:\n  {budget}\n")
        return load_settings(tmp_path)

    return written


def test_three_shares_are_alerted_of_and_nothing_is_left_out_unless_it_is_said(load):
    budget = load().budget
    assert budget.alerts == (Decimal("0.5"), Decimal("0.8"), Decimal("0.95"))
    assert budget.alert_webhook_url is None
    assert budget.degrade == ()
    assert budget.cheaper_models == {}


def test_shares_are_sorted_and_each_is_there_once(load):
    assert load("alerts: [0.9, 0.25, 0.9]").budget.alerts == (Decimal("0.25"), Decimal("0.9"))
    assert load("alerts: []").budget.alerts == ()


def test_steps_keep_the_order_they_are_given_in(load):
    assert load(f"degrade: [cheaper_model, one_writer]\n  {MODELS}").budget.degrade == ("cheaper_model", "one_writer")


@pytest.mark.parametrize(("line", "says"), BAD)
def test_a_wrong_value_is_named_with_its_line_and_what_is_allowed(load, line, says):
    with pytest.raises(SettingsError) as raised:
        load(line)
    assert "pipeline.yaml:" in str(raised.value)
    assert says in str(raised.value)


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost", "[::1]:80"])
def test_in_sandbox_mode_an_alert_may_go_to_this_machine(load, host):
    assert load(f"alert_webhook_url: http://{host}/hook/").budget.alert_webhook_url == f"http://{host}/hook/"


def test_in_sandbox_mode_an_alert_goes_nowhere_else_and_the_refusal_shows_no_secret(load):
    with pytest.raises(SettingsError) as raised:
        load("alert_webhook_url: https://hooks.example.com/services/secret")
    said = str(raised.value)
    assert "in sandbox mode nothing leaves this machine" in said
    assert "hooks.example.com" in said
    assert "pipeline.yaml:2" in said
    assert "secret" not in said
    assert raised.value.exit_code == 2


def test_in_live_mode_an_alert_may_go_anywhere(load):
    assert load("alert_webhook_url: https://hooks.example.com/x", mode="live").budget.alert_webhook_url
