"""What a check of a picture says: what was measured, what is allowed, and what a person should do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from asset_pipeline.settings.checks import CheckRule, Policy


class Bound(StrEnum):
    """On which side of the threshold a value is good."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


@dataclass(frozen=True)
class Check:
    """The outcome of one check of one picture.

    Args:
        name: Of the check: its key in the settings.
        value: What was measured.
        unit: Of the value and the threshold.
        threshold: Up to where, or from where on, a value is good.
        bound: Which of the two.
        passed: Whether it is good.
        policy: What happens where it is not.
        text: One sentence for people that says what was seen, and what to do.
    """

    name: str
    value: float
    unit: str
    threshold: float
    bound: Bound
    passed: bool
    policy: Policy
    text: str

    @classmethod
    def of(cls, name: str, value: float, *, unit: str, bound: Bound, rule: CheckRule, good: str, bad: str) -> Check:
        """Compare a value with its threshold; one that is not a number is never good.

        Args:
            name: Of the check.
            value: What was measured.
            unit: Of the value.
            bound: Which side of the threshold is good.
            rule: Threshold and policy.
            good: The sentence where it passed.
            bad: The sentence where it did not.
        """
        value = float(value)  # numpy's own numbers are at home in no file and no database
        passed = value <= rule.threshold if bound is Bound.AT_MOST else value >= rule.threshold
        return cls(name, value, unit, rule.threshold, bound, passed, rule.policy, good if passed else bad)
