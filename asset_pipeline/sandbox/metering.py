"""What a prediction that has ended says it used, and what the bill makes of it: metrics times tariff, nothing else."""

from __future__ import annotations

from decimal import Decimal

from asset_pipeline.sandbox.catalog import sandbox_models
from asset_pipeline.sandbox.prediction import StoredPrediction
from asset_pipeline.sandbox.sizes import MEGAPIXEL
from asset_pipeline.sandbox.tariff import ZERO


def metrics_of(prediction: StoredPrediction, now: float) -> dict[str, float]:
    """Return the metrics of a prediction that has ended.

    Recorded: times to the microsecond; the counters of an official model's success; none of a community model's.
    Guessed: that a canceled run of an official model that had begun counts as if it had delivered ("you may still be
    charged", says Replicate), and that each picture's megapixels, of 1024 x 1024, are rounded up.
    """
    model = sandbox_models()[prediction.model]
    metrics: dict[str, float] = {
        "predict_time": round(prediction.ran_s, 6),
        "total_time": round(prediction.ends_s, 6),
    }
    if model.is_official and _is_charged(prediction, now):
        count = model.count(prediction.input)
        metrics["image_output_count"] = count
        if model.rate(prediction.input).megapixel:
            width, height = model.size(prediction.input)
            metrics["image_input_megapixel_count"] = 0
            metrics["image_output_megapixel_count"] = count * -(-width * height // MEGAPIXEL)
    return metrics


def billed_usd(prediction: StoredPrediction, now: float) -> Decimal:
    """Return what is on the invoice for it: failed and aborted runs are free, and canceled ones that had not begun."""
    if not _is_charged(prediction, now):
        return ZERO
    rate = sandbox_models()[prediction.model].rate(prediction.input)
    return rate.usd(metrics_of(prediction, now))


def _is_charged(prediction: StoredPrediction, now: float) -> bool:
    status = prediction.status(now)
    return status == "succeeded" or (status == "canceled" and prediction.has_begun)
