"""The settings of the checks: what a person leaves out stays as it is built in, and nonsense is refused."""

import pytest
from pydantic import ValidationError

from asset_pipeline.images.checks import Check
from asset_pipeline.images.checks.check import Bound
from asset_pipeline.images.checks.kinds import KINDS
from asset_pipeline.settings.checks import CheckRule, ChecksSettings, Policy
from asset_pipeline_tests.unit.images.checks.drawings import drawing
from asset_pipeline_tests.unit.images.checks.support import checks_of, failed


def test_each_check_has_a_rule_and_each_rule_a_check():
    assert {kind.name for kind in KINDS} | {"decodes", "duplicate", "vision"} == set(ChecksSettings.model_fields)


def test_a_rule_keeps_what_is_not_set():
    settings = ChecksSettings.model_validate({"seam": {"threshold": "2.5"}, "noise": {"policy": "warn"}})
    built_in = ChecksSettings()
    assert settings.seam == CheckRule(threshold=2.5, policy=built_in.seam.policy)
    assert settings.noise == CheckRule(threshold=built_in.noise.threshold, policy=Policy.WARN)
    assert settings.palette == built_in.palette


@pytest.mark.parametrize(
    "rule", [{"threshold": -1}, {"threshold": "nan"}, {"policy": "ignore"}, {"limit": 3}, {"threshold": None}, 3]
)
def test_nonsense_is_refused(rule):
    with pytest.raises(ValidationError):
        ChecksSettings.model_validate({"seam": rule})


def test_the_schema_asks_for_no_part_of_a_rule():
    schema = ChecksSettings.model_json_schema()["$defs"]["CheckRule"]
    assert set(schema["properties"]) == {"threshold", "policy", "enabled"}
    assert "required" not in schema


def test_a_threshold_and_a_policy_of_the_settings_decide():
    settings = ChecksSettings.model_validate(
        {"symbol_contrast": {"threshold": 22, "policy": "warn"}, "detail": {"enabled": False}}
    )
    checks = checks_of(drawing("icons", 0), settings)
    assert failed(checks) == {"symbol_contrast"}
    assert (checks["symbol_contrast"].threshold, checks["symbol_contrast"].policy) == (22, Policy.WARN)
    assert "detail" not in checks


@pytest.mark.parametrize(
    ("bound", "value", "passed"),
    [
        (Bound.AT_MOST, 5, True),
        (Bound.AT_MOST, 5.01, False),
        (Bound.AT_LEAST, 5, True),
        (Bound.AT_LEAST, 4.99, False),
        (Bound.AT_MOST, float("nan"), False),
        (Bound.AT_LEAST, float("nan"), False),
    ],
)
def test_the_threshold_itself_is_good_and_what_is_no_number_never_is(bound, value, passed):
    rule = CheckRule(threshold=5, policy=Policy.REVIEW)
    check = Check.of("seam", value, unit="times", bound=bound, rule=rule, good="Good.", bad="Bad.")
    assert (check.passed, check.text) == (passed, "Good." if passed else "Bad.")


def test_a_check_holds_plain_numbers_that_any_file_can():
    for check in (*checks_of(drawing("icons", 0)).values(), *checks_of(drawing("textures", 0)).values()):
        assert (type(check.value), type(check.passed)) == (float, bool)
