"""When to look at a prediction: first when its model is usually done, then ever further apart."""

from __future__ import annotations

from collections.abc import Iterator

from asset_pipeline.providers.numbers import number
from asset_pipeline.providers.prediction import Prediction

USUAL_SLACK = 1.02
USUAL_WEIGHT = 0.2
MAX_USUAL_S = 120.0
POLL_SHARE = 0.1
POLL_GROWTH = 1.5
MAX_POLL_S = 5.0
# Where webhooks tell of the end; one may get lost, so that looking never stops.
MAX_POLL_WITH_WAKEUPS_S = 30.0


class Rhythm:
    """Learns how long each model takes.

    Args:
        poll_s: Seconds until the first look at a model that is not known yet.
        longest_s: The most seconds between two looks.
    """

    def __init__(self, poll_s: float, longest_s: float) -> None:
        self._poll_s = poll_s
        self._longest_s = longest_s
        self._usual_s: dict[str, float] = {}

    def waits(self, model: str) -> Iterator[float]:
        """Yield the seconds before each look."""
        usual_s = self._usual_s.get(model)
        step_s = self._poll_s
        if usual_s:
            yield usual_s * USUAL_SLACK
            step_s = usual_s * POLL_SHARE
        while True:
            yield min(step_s, self._longest_s)
            step_s *= POLL_GROWTH

    def learn(self, model: str, prediction: Prediction) -> None:
        """Remember how long a model took, recent predictions counting more."""
        took_s = float(number(prediction.metrics.get("total_time")) or 0)
        if prediction.status == "succeeded" and 0 < took_s < MAX_USUAL_S:
            before_s = self._usual_s.get(model, took_s)
            self._usual_s[model] = before_s + USUAL_WEIGHT * (took_s - before_s)
