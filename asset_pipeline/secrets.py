"""The keys of the providers and the review page's token: only from the environment or `.env`, never in logs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from asset_pipeline.dotenvfile import DOTENV, read_dotenv
from asset_pipeline.errors import SettingsError
from asset_pipeline.redaction import remember
from asset_pipeline.settings import Settings
from asset_pipeline.settings.types import Mode

REPLICATE_TOKEN = "REPLICATE_API_TOKEN"  # noqa: S105 - the name of a variable
REPLICATE_TOKEN_ALIAS = "REPLICATE_API_KEY"  # noqa: S105 - the name of a variable
WEBHOOK_SECRET = "REPLICATE_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
OPENROUTER_KEY = "OPENROUTER_API_KEY"
REVIEW_TOKEN = "REVIEW_TOKEN"  # noqa: S105 - the name of a variable
NAMES = (REPLICATE_TOKEN, REPLICATE_TOKEN_ALIAS, OPENROUTER_KEY, WEBHOOK_SECRET, REVIEW_TOKEN)


@dataclass(frozen=True)
class Secrets:
    """What authenticates us; None where nothing is set.

    Args:
        replicate: Token of Replicate.
        openrouter: Key of OpenRouter.
        replicate_webhook: What Replicate signs webhooks with.
        review: What people sign in to the review page with.
    """

    replicate: SecretStr | None = None
    openrouter: SecretStr | None = None
    replicate_webhook: SecretStr | None = None
    review: SecretStr | None = None


def load_secrets(root: Path, *, environ: Mapping[str, str] | None = None) -> Secrets:
    """Return the secrets from the environment, or else from the project's `.env`; no text will show them from now on.

    Raises:
        SettingsError: One holds characters that cannot be sent; it is named, not shown.
    """
    values = {name: value for name, value in read_dotenv(root).values.items() if value} | dict(
        os.environ if environ is None else environ
    )
    remember(*(values.get(name, "").strip() for name in NAMES))
    for name in (REPLICATE_TOKEN, REPLICATE_TOKEN_ALIAS, OPENROUTER_KEY):
        _check(name, values.get(name, "").strip())
    return Secrets(
        replicate=_secret(values.get(REPLICATE_TOKEN) or values.get(REPLICATE_TOKEN_ALIAS)),
        openrouter=_secret(values.get(OPENROUTER_KEY)),
        replicate_webhook=_secret(values.get(WEBHOOK_SECRET)),
        review=_secret(values.get(REVIEW_TOKEN)),
    )


def secret_sources(root: Path) -> dict[str, str | None]:
    """Return where each secret is set, by its name; None for one that is not."""
    in_file = read_dotenv(root).values
    return {
        name: "environment" if os.environ.get(name, "").strip() else DOTENV if in_file.get(name, "").strip() else None
        for name in NAMES
    }


def _secret(value: str | None) -> SecretStr | None:
    return SecretStr(value.strip()) if value and value.strip() else None


def _check(name: str, value: str) -> None:
    """Refuse what no header can carry: the request would break off half sent, and its error would show the key."""
    if not all("!" <= character <= "~" for character in value):
        raise SettingsError(
            f"{name} holds a space, a line break or another character that no key has",
            fix="copy the key once more, without quotes or line breaks",
        )


def require_secrets(settings: Settings, secrets: Secrets) -> None:
    """Refuse to start in live mode without both keys.

    Raises:
        SettingsError: Names each key that is missing.
    """
    if settings.mode is not Mode.LIVE:
        return
    missing = [
        name
        for name, value in ((REPLICATE_TOKEN, secrets.replicate), (OPENROUTER_KEY, secrets.openrouter))
        if not value
    ]
    if missing:
        raise SettingsError(
            f"mode is live, but {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set",
            fix="put the keys into .env or the environment, or set mode: sandbox",
        )
