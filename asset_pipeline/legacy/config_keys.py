"""What each key of the old `config.json` means now: a setting, a part of the spec, or nothing, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from asset_pipeline.settings import BudgetSettings


@dataclass(frozen=True)
class Taken:
    """What comes of a key.

    Args:
        values: Settings by their dotted names.
        remarks: What people should know of it.
    """

    values: Mapping[str, Any]
    remarks: tuple[str, ...] = ()


# Beyond it nothing counts, and arithmetic ends in an overflow.
_MOST_DIGITS = 30
# A value and the whole old file in; settings out, or why there are none.
Convert = Callable[[Any, Mapping[str, Any]], Taken | str]


def as_number(value: object) -> Decimal | None:
    """Return a value as a number, as people write amounts; None where it is none, or far beyond all amounts."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value).strip().removeprefix("$"))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS else None


def _amount(*targets: str, remark: str = "") -> Convert:
    def convert(value: object, _raw: Mapping[str, Any]) -> Taken | str:
        amount = as_number(value)
        if amount is None:
            return f"{value!r} is no amount"
        return Taken(dict.fromkeys(targets, amount), (remark,) if remark else ())

    return convert


def _rate(value: object, _raw: Mapping[str, Any]) -> Taken | str:
    rate = as_number(value)
    if rate is None or rate <= 0:
        return f"{value!r} is no rate"
    return Taken({"replicate.creates_per_minute": max(1, int(rate * 60))}, ("it was requests per second",))


def _port(value: object, _raw: Mapping[str, Any]) -> Taken | str:
    number = as_number(value)
    return Taken({"review.port": int(number)}) if number is not None else f"{value!r} is no port"


def _level(value: object, _raw: Mapping[str, Any]) -> Taken | str:
    level = str(value).upper()
    return Taken({"log_level": {"CRITICAL": "ERROR", "WARN": "WARNING"}.get(level, level)})


def _log_size(value: object, _raw: Mapping[str, Any]) -> Taken | str:
    size = as_number(value)
    if size is None or size <= 0:
        return f"{value!r} is no size"
    return Taken({"logs.max_mb": size / 1_000_000}, ("it was bytes",))


def _log_count(value: object, _raw: Mapping[str, Any]) -> Taken | str:
    number = as_number(value)
    if number is None or number < 1:
        return f"{value!r}: some packed files are always kept"
    return Taken({"logs.keep_files": int(number)})


def _approval(value: object, _raw: Mapping[str, Any]) -> Taken | str:
    if value is True:
        return Taken({"rollout.require_approval": True})
    return "approval stays required; rollout.require_approval: false switches it off, and is for you to say"


def _alert(stage: str) -> Convert:
    """Return a converter of an alert's threshold, which is a share or an amount: the file does not say which."""

    def convert(value: object, raw: Mapping[str, Any]) -> Taken | str:
        threshold, limit = as_number(value), as_number(_at(raw, f"budget.{stage}.max_cost"))
        if threshold is None or threshold <= 0:
            return f"{value!r} is no threshold"
        if threshold < 1:
            share, how = threshold, f"read as a share; as ${threshold} it would be"
            how += f" {threshold / limit:.2f} of ${limit}" if limit else " an amount"
        elif limit and threshold < limit:
            share, how = (threshold / limit).quantize(Decimal("0.0001")), f"read as dollars of ${limit}"
        else:
            return f"{threshold} is neither a share nor below the limit"
        alerts = BudgetSettings().alerts
        if share in alerts:
            return Taken({"budget.alerts": alerts}, (f"{how}; alerts at {share} are built in",))
        return Taken({"budget.alerts": tuple(sorted({*alerts, share}))}, (how,))

    return convert


def _at(raw: Mapping[str, Any], dotted: str) -> Any:  # noqa: ANN401 - JSON holds anything
    value: Any = raw
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


_RUNNING = "the old tool counted the sample in it, so it limits all spending too"
MAPPED: Mapping[str, Convert] = {
    "replicate.rate_limit": _rate,
    "review.port": _port,
    "budget.sample_generation.max_cost": _amount("budget.sample_usd"),
    "budget.sample_generation.approval_required": _approval,
    "budget.sample_generation.alert_threshold": _alert("sample_generation"),
    "budget.mass_generation.max_cost": _amount("budget.production_usd", "budget.total_usd", remark=_RUNNING),
    "budget.mass_generation.approval_required": _approval,
    "budget.mass_generation.alert_threshold": _alert("mass_generation"),
    "budget.daily_limit": _amount("budget.daily_usd"),
    "budget.sample_limit": _amount("budget.sample_usd"),
    "budget.production_limit": _amount("budget.production_usd"),
    "mass_generation.max_cost": _amount("budget.production_usd"),
    "logging.max_log_size": _log_size,
    "logging.backup_count": _log_count,
    "logging.level": _level,
    "logging.log_level": _level,
}

# Keys of each type of images, and what of the spec's `types` they are.
TYPE_KEYS: Mapping[str, str] = {
    "replicate.models.*.model_id": "model",
    "assets.*.dimensions": "size",
    "assets.*.format": "format",
    "assets.*.style": "style",
}

_PRICES = "prices are a dated table of the program (`prices show`); prices.MODEL in pipeline.yaml overrides it"
_KEYS = "keys are never copied: set REPLICATE_API_TOKEN in .env or the environment"
_RETRY = "a paid request is never sent again; what certainly cost nothing is tried again by itself"
_COUNT = "the spec lists the images"
_MARKER = "an approval is a decision in the ledger, bound to what was seen; no file stands for it"
_LOGS = "logs are kept by the program's own rules"
_PLACES = "images are in data/images, by collection, type and slug; data_dir moves all state"
_GIT = "nothing is pushed anywhere"
DROPPED: Mapping[str, str] = {
    "replicate.api_key": _KEYS,
    "replicate.timeout": "the old tool never used it; replicate.request_timeout_s is built in",
    "replicate.retry": _RETRY,
    "replicate.model_version": "a spec's model may have its version: owner/name:version",
    "replicate.models.*.cost_per_image": _PRICES,
    "replicate.models.*.style": "it was never sent; `input` of a type sends what its model takes",
    "replicate.models.*.purpose": "it is a remark",
    "replicate.models.*.timeout": "replicate.prediction_timeout_s holds for all models",
    "replicate.models.*.max_retries": _RETRY,
    "review.auto_open": "`review` prints its address",
    "review.auto_open_browser": "`review` prints its address",
    "review.host": "`review` serves this machine alone unless --host says otherwise",
    "review.timeout": "nothing is approved or refused by waiting",
    "review.approval_file": _MARKER,
    "review.production_approval_file": _MARKER,
    "budget.mass_generation.items": _COUNT,
    "budget.mass_generation.max_items": "`run --limit N` makes at most so many",
    "mass_generation.max_items": "`run --limit N` makes at most so many",
    "assets.*.count": _COUNT,
    "theme.total_assets": _COUNT,
    "theme.estimated_cost": "`plan` computes it",
    "logging.log_file": _LOGS,
    "logging.colored_output": "colours show on a terminal by themselves",
    "logging.progress_bars": "`run` shows a live line on a terminal by itself",
    "logging.transaction_log": "the ledger is the log; this one is read as history",
    "output.sample_directory": _PLACES,
    "output.production_directory": _PLACES,
    "output.backup_directory": _PLACES,
    "output.github_repo": _GIT,
    "output.github_branch": _GIT,
}
