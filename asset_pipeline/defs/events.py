"""Turns what the façade says into Dagster's events: materializations, checks and observations, per image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import dagster as dg
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_TAG,
    INPUT_DATA_VERSION_TAG_PREFIX,
)

from asset_pipeline.audit import Audit
from asset_pipeline.image_work import Asset, StageResult
from asset_pipeline.images import Delivered
from asset_pipeline.images.checks import Check
from asset_pipeline.ledger import Alert
from asset_pipeline.ledger.budgets import Budget
from asset_pipeline.ledger.money import show
from asset_pipeline.prompts import Draft, Winner
from asset_pipeline.redaction import redact
from asset_pipeline.results import Failed, Gated, LeftOut, Waiting
from asset_pipeline.specs import WantedImage

Event: TypeAlias = dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation
Metadata: TypeAlias = dict[str, Any]

AS_WANTED, AS_BOOKED, WITHIN_BUDGETS = "file_is_as_wanted", "file_is_as_booked", "budgets_are_kept"
LOOKS_RIGHT = "picture_looks_right"
OF_ONE_IMAGE = frozenset({AS_WANTED, AS_BOOKED, LOOKS_RIGHT})
STATE_FAILED, STATE_HELD, STATE_WAITING, STATE_REJECTED = "failed", "held", "waiting", "rejected"
WAITS = "nothing_waits_for_review"


def events(result: StageResult, *, code_version: str, data: Path, review_url: str) -> Iterator[Event]:
    """Yield the events of one result.

    Args:
        result: What happened.
        code_version: Recorded as the version of the code that made it.
        data: The data directory, which stored paths are relative to.
        review_url: Where the image is reviewed.
    """
    payload = result.payload
    if isinstance(payload, Gated):
        return  # hundreds may wait for one decision; they are told together, see `waiting_event`
    if isinstance(payload, Failed | Waiting):
        yield dg.AssetObservation(
            asset_key=str(result.asset),
            partition=result.wanted.key,
            metadata={
                "state": STATE_FAILED if isinstance(payload, Failed) else STATE_HELD,
                "reason": payload.reason,
            }
            | _refused(payload),
        )
        return
    if isinstance(payload, Delivered):
        metadata = _image(payload, result, data) | {"review": dg.MetadataValue.url(review_url)}
    else:
        metadata = _prompt(payload) if isinstance(payload, Draft) else _winner(payload)
    yield dg.AssetMaterialization(
        asset_key=str(result.asset),
        partition=result.wanted.key,
        metadata=metadata | {"seconds": round(result.seconds, 3)} | _degraded(result),
        tags=_versions(result, payload.content_key, code_version),
    )
    if result.audit:
        yield from audit_checks(result.wanted, result.audit)
    if isinstance(payload, Delivered):
        yield looks_check(result.wanted, payload.checks)


def _degraded(result: StageResult) -> Metadata:
    return {"degraded": result.degraded} if result.degraded else {}


def _refused(payload: Failed | Waiting) -> Metadata:
    """Return which budget is too small and by how much, where that is the reason."""
    if not isinstance(payload, Waiting) or payload.refused is None:
        return {}
    return {"budget": payload.refused.scope, "needed_usd": float(payload.refused.needed_usd)}


def _versions(result: StageResult, content_key: str, code_version: str) -> dict[str, str]:
    """Return the tags by which Dagster knows what is up to date."""
    versions = {DATA_VERSION_TAG: content_key, CODE_VERSION_TAG: code_version}
    if result.input_key:
        before = list(Asset)[list(Asset).index(result.asset) - 1]
        versions[f"{INPUT_DATA_VERSION_TAG_PREFIX}/{before}"] = result.input_key
    return versions


def audit_checks(wanted: WantedImage, audit: Audit) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield whether a file is as the spec wants it, and as it is booked."""
    size = f"{audit.seen.width}x{audit.seen.height} {audit.seen.format}" if audit.seen else "no picture"
    for name, passed in ((AS_WANTED, audit.is_as_wanted), (AS_BOOKED, audit.is_as_booked)):
        yield dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(str(Asset.GENERATED_IMAGES)),
            check_name=name,
            passed=passed,
            severity=dg.AssetCheckSeverity.ERROR,
            partition=wanted.key,
            metadata={"file": size, "wanted": _wanted_size(wanted)} | _problem(audit.problem),
        )


def looks_check(wanted: WantedImage, checks: Sequence[Check]) -> dg.AssetCheckEvaluation:
    """Return what was measured of a picture; one that does not look right is delivered, so it is a warning."""
    failed = [check.text for check in checks if not check.passed]
    lines = ["| check | value | allowed | |", "|---|---|---|---|"]
    for one in checks:
        remark = "" if one.passed else one.text
        lines.append(f"| {one.name} | {one.value:.2f} {one.unit} | {one.bound} {one.threshold:g} | {remark} |")
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(str(Asset.GENERATED_IMAGES)),
        check_name=LOOKS_RIGHT,
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        partition=wanted.key,
        metadata={"checks": dg.MetadataValue.md("\n".join(lines))} | _problem(" ".join(failed)),
    )


def _problem(problem: str) -> Metadata:
    return {"problem": problem} if problem else {}


def _wanted_size(wanted: WantedImage) -> str:
    return f"{wanted.width}x{wanted.height} {wanted.format}"


def _prompt(draft: Draft) -> Metadata:
    return {"prompt": dg.MetadataValue.md(redact(draft.text)), "cost_usd": 0.0}


def _winner(winner: Winner) -> Metadata:
    metadata: Metadata = {
        "prompt": dg.MetadataValue.md(redact(winner.prompt)),
        "model": winner.model,
        "cost_usd": float(winner.cost_usd),
        "reused": winner.reused,
    }
    if winner.score is not None:
        metadata["score"] = float(winner.score)
    if winner.fallback:
        metadata["fallback"] = winner.fallback
    if winner.left_out:
        metadata["left_out"] = ", ".join(winner.left_out)
    if winner.candidates:
        metadata["candidates"] = dg.MetadataValue.md(redact(_candidates(winner)))
    return metadata


def _candidates(winner: Winner) -> str:
    """Return all that competed as a table, the winner in bold."""
    lines = ["| model | brief | score | cost | prompt | judge |", "|---|---|---|---|---|---|"]
    for one in winner.candidates:
        model = f"**{one.model}**" if one.won else one.model
        score = "-" if one.score is None else f"{one.score:.2f}"
        said = f"disqualified: {one.disqualified}" if one.disqualified else one.reason
        prompt, said = (text.replace("|", "\\|") for text in (one.prompt, said))
        lines.append(f"| {model} | {one.brief or '-'} | {score} | {show(one.cost_usd)} | {prompt} | {said} |")
    return "\n".join(lines)


def _image(made: Delivered, result: StageResult, data: Path) -> Metadata:
    wanted = result.wanted
    total = result.audit.image_cost_usd if result.audit else made.cost_usd
    return {
        "preview": dg.MetadataValue.md(f"![{wanted.slug}]({made.thumbnail})"),
        "path": dg.MetadataValue.path(data / made.file.path),
        "size": _wanted_size(wanted),
        "bytes": made.file.bytes,
        "sha256": made.file.sha256,
        "model": made.model,
        "model_version": made.model_version or "not said",
        "cost_usd": float(made.cost_usd),
        "total_cost_usd": float(total),
        "reused": made.reused,
        "call_id": made.call_id,
        "original": dg.MetadataValue.path(data / made.original),
        **{f"check_{check.name}": check.value for check in made.checks},
    } | ({"fallback": made.fallback} if made.fallback else {})


def budget_check(budgets: list[Budget]) -> dg.AssetCheckEvaluation:
    """Return whether any budget is exceeded, with where each stands."""
    exceeded = [budget for budget in budgets if budget.spent_usd + budget.held_usd > budget.limit_usd]
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(str(Asset.GENERATED_IMAGES)),
        check_name=WITHIN_BUDGETS,
        passed=not exceeded,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={budget.scope: _standing(budget) for budget in budgets},
    )


def waiting_event(reason: str, keys: Sequence[str], review_url: str) -> dg.AssetObservation:
    """Return that images wait for a person; they stay missing, and nothing is wrong with them."""
    return dg.AssetObservation(
        asset_key=str(Asset.GENERATED_IMAGES),
        description=f"{len(keys)} images wait for a person: {reason}",
        metadata={
            "state": STATE_WAITING,
            "waiting": len(keys),
            "reason": reason,
            "review": dg.MetadataValue.url(review_url),
        },
    )


def review_check(waiting: Mapping[str, int]) -> dg.AssetCheckEvaluation:
    """Return whether anything waits for review.

    Args:
        waiting: How much does, by the address where it is reviewed.
    """
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(str(Asset.GENERATED_IMAGES)),
        check_name=WAITS,
        passed=not any(waiting.values()),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "waiting": sum(waiting.values()),
            "review": dg.MetadataValue.md("\n".join(f"- [{n} waiting]({url})" for url, n in waiting.items())),
        },
    )


def left_out_event(left: LeftOut, asset: Asset) -> dg.AssetObservation:
    """Return that nobody has worked on an image that was asked for."""
    state = STATE_REJECTED if left.is_rejected else STATE_FAILED
    return dg.AssetObservation(
        asset_key=str(asset), partition=left.key, metadata={"state": state, "reason": left.reason}
    )


def alert_event(alert: Alert) -> dg.AssetObservation:
    """Return that a share of a limit is spent; it belongs to no image."""
    return dg.AssetObservation(
        asset_key=str(Asset.GENERATED_IMAGES),
        description=alert.message,
        metadata={
            "alert": alert.message,
            "budget": alert.scope,
            "share": float(alert.share),
            "spent_usd": float(alert.spent_usd),
            "limit_usd": float(alert.limit_usd),
        },
    )


def _standing(budget: Budget) -> str:
    return f"spent {show(budget.spent_usd)}, held {show(budget.held_usd)}, limit {show(budget.limit_usd)}"


def failure(reasons: Mapping[str, str]) -> dg.Failure:
    """Return the end of a run in which images failed, naming each and why."""
    lines = [f"- `{key}`: {reason}" for key, reason in reasons.items()]
    named = "\n".join(f"  {key}: {reason}" for key, reason in list(reasons.items())[:20])
    more = f"\n  … and {len(reasons) - 20} more" if len(reasons) > 20 else ""
    return dg.Failure(
        description=f"{len(reasons)} image{'s' if len(reasons) != 1 else ''} failed:\n{named}{more}",
        metadata={"failed": dg.MetadataValue.md("\n".join(lines)), "failed_count": len(reasons)},
        allow_retries=False,
    )
