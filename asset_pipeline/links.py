"""Addresses of the review page, for messages and for Dagster."""

from __future__ import annotations

from urllib.parse import quote

from asset_pipeline.settings import Settings


def review_url(settings: Settings, path: str = "/") -> str:
    """Return where a page of the review is for people: through their proxy, or on this machine."""
    base = settings.review.public_url or f"http://127.0.0.1:{settings.review.port}"
    return base.rstrip("/") + quote(path)


def dagster_url(settings: Settings, key: str) -> str | None:
    """Return where Dagster shows an image; None where nobody has said where Dagster is."""
    base = settings.review.dagster_url
    if base is None:
        return None
    return f"{base.rstrip('/')}/assets/generated_images?view=partitions&partition={quote(key)}"


def collection_url(settings: Settings, collection: str) -> str:
    """Return where a collection is reviewed."""
    return review_url(settings, f"/c/{collection}")


def image_url(settings: Settings, key: str) -> str:
    """Return where an image is reviewed."""
    return review_url(settings, f"/i/{key}")
