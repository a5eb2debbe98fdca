"""Names of image models, as specs write them: who makes a model's images, and which part of it is the version."""

from __future__ import annotations

REPLICATE, OPENROUTER = "replicate", "openrouter"
PREFIX = f"{OPENROUTER}:"
DEPLOYMENTS = "deployments/"


def provider_of(model: str) -> str:
    """Return who makes a model's images."""
    return OPENROUTER if model.startswith(PREFIX) else REPLICATE


def without_version(model: str) -> str:
    """Return `owner/name` of `owner/name:version`; the colon of `openrouter:owner/name` stays."""
    owner, slash, rest = model.partition("/")
    return owner + slash + rest.partition(":")[0]
