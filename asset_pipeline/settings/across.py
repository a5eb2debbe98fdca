"""What settings may not be together, each of them being allowed by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from asset_pipeline.settings.layers import KeyPath
from asset_pipeline.settings.model import Settings
from asset_pipeline.settings.types import Mode, is_loopback


@dataclass(frozen=True)
class Misfit:
    """A setting that does not go with the others.

    Args:
        path: Which.
        what: Why.
        fix: What would do.
    """

    path: KeyPath
    what: str
    fix: str


def misfits(settings: Settings) -> Iterator[Misfit]:
    """Yield what does not go together."""
    if settings.mode is Mode.LIVE:
        return
    outward: dict[KeyPath, str | None] = {
        ("budget", "alert_webhook_url"): settings.budget.alert_webhook_url,
        ("replicate", "webhook_url"): settings.replicate.webhook_url,
        ("provenance", "c2pa_timestamp_url"): settings.provenance.c2pa_timestamp_url,
    }
    for path, url in outward.items():
        if url and not is_loopback(url):
            yield Misfit(
                path,
                f"in sandbox mode nothing leaves this machine, so nothing can be sent to {urlsplit(url).hostname}",
                "allowed: an address on 127.0.0.1, ::1 or localhost, or none; in live mode any",
            )
