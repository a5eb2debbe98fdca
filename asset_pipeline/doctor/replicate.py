"""Asks Replicate, for free, whether the token is good and the models are there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from asset_pipeline.doctor.asking import Asker, Trouble
from asset_pipeline.doctor.finding import Finding
from asset_pipeline.providers.replicate import ReplicateClient

DEPLOYMENT = "deployments/"
TOKENS_PAGE = "https://replicate.com/account/api-tokens"
BILLING_PAGE = "https://replicate.com/account/billing"


async def replicate_findings(
    client: ReplicateClient, asker: Asker, models: Mapping[str, Sequence[str]]
) -> list[Finding]:
    """Return what Replicate says.

    Args:
        client: Replicate.
        asker: Asks.
        models: Those that may be asked for images, each with where it is named.
    """
    who = await asker.ask(client.account)
    account = _account(who)
    if isinstance(who, Trouble) and (who.is_refusal or who.status is None):
        return [account]  # the same would be said of each model
    # Replicate's HTTP reference has no way to ask for the balance; /v1/billing and the like answer 404.
    credit = f"Replicate does not tell the balance through its API; see {BILLING_PAGE}"
    found = await asyncio.gather(*(_model(client, asker, model, places) for model, places in models.items()))
    return [account, Finding("replicate", good=True, message=credit), *found]


def _account(who: Mapping[str, Any] | Trouble) -> Finding:
    if not isinstance(who, Trouble):
        return Finding(
            "replicate", good=True, message=f"the token is that of {who.get('type')} {who.get('username')!r}"
        )
    if who.is_refusal:
        return Finding(
            "replicate", good=False, message=f"the token is refused: {who.said}", fix=f"make one at {TOKENS_PAGE}"
        )
    return Finding("replicate", good=False, message=who.said, fix="look at the network, and at replicatestatus.com")


async def _model(client: ReplicateClient, asker: Asker, model: str, places: Sequence[str]) -> Finding:
    named = f"{model}, named in {', '.join(places)}"
    if model.startswith(DEPLOYMENT):
        return Finding("model", good=True, message=f"{named}: a deployment; whether it is there is not asked")
    name, _, version = model.partition(":")
    page = await asker.ask(lambda: client.version(name, version) if version else client.model(name))
    if isinstance(page, Trouble):
        return Finding("model", good=False, message=f"{named}: {page.said}", fix="ask again later")
    if page is None:
        what = "version" if version else "model"
        return Finding(
            "model", good=False, message=f"{named}: there is no such {what}", fix=f"see https://replicate.com/{name}"
        )
    return Finding("model", good=True, message=f"{named}: is there")
