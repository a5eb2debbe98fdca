"""The token that people sign in with: from the environment, or made once and kept where only its owner can read it."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from asset_pipeline.errors import ExposedReviewError, ReviewTokenError
from asset_pipeline.folders import FolderFile
from asset_pipeline.project import Project
from asset_pipeline.redaction import remember
from asset_pipeline.secrets import REVIEW_TOKEN

TOKEN_BYTES = 24
MIN_EXPOSED_LENGTH = 16
MAX_LENGTH = 512


@dataclass(frozen=True)
class ReviewToken:
    """The token, and where it comes from.

    Args:
        value: The token.
        file: Where it is kept; None where the environment or `.env` gives it.
        is_new: Whether it was made just now.
    """

    value: SecretStr
    file: Path | None
    is_new: bool = False


def token_file(project: Project) -> FolderFile:
    """Return where a token that was made here is kept."""
    return FolderFile(project.paths.folder(project.paths.review), "token")


def review_token(project: Project) -> ReviewToken:
    """Return the token of a project; one is made where there is none.

    Raises:
        ReviewTokenError: The kept one cannot be used.
    """
    if project.secrets.review:
        return ReviewToken(project.secrets.review, None)
    file = token_file(project)
    is_new = _make(file)
    value = _read(file, project.paths.shown(file.path))
    remember(value)
    return ReviewToken(SecretStr(value), file.path, is_new)


def _make(file: FolderFile) -> bool:
    """Make a token where there is none; of two servers that start at once, one does."""
    with contextlib.suppress(FileExistsError), file.open("xb", permissions=0o600) as opened:
        opened.write(f"{secrets.token_urlsafe(TOKEN_BYTES)}\n".encode())
        return True
    return False


def _read(file: FolderFile, shown: str) -> str:
    with file.open() as opened:
        if os.fstat(opened.fileno()).st_mode & 0o077:
            raise ReviewTokenError(
                "the token can be read by others on this machine", where=shown, fix=f"chmod 600 {file.path}"
            )
        value = opened.read(MAX_LENGTH + 2).decode(errors="replace").strip()
    if not MIN_EXPOSED_LENGTH <= len(value) <= MAX_LENGTH:
        raise ReviewTokenError(
            "the token is not one that was made here",
            where=shown,
            fix="remove the file; the next start makes another, and everybody signs in again",
        )
    return value


def is_this_machine(host: str) -> bool:
    """Say whether only this machine can reach what listens on an address."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def require_unexposed(project: Project, host: str) -> None:
    """Refuse to serve other machines without a token that somebody has chosen for it.

    Raises:
        ExposedReviewError: There is none, or it can be guessed.
    """
    if is_this_machine(host):
        return
    advice = (
        "the page speaks plain HTTP: better leave --host at 127.0.0.1, put a proxy with TLS before it, such as"
        " `caddy reverse-proxy --from review.example.org --to 127.0.0.1:4500`, and set review.public_url to its address"
    )
    if not project.secrets.review:
        raise ExposedReviewError(
            f"{host} can be reached by other machines, and {REVIEW_TOKEN} is not set",
            where="--host",
            fix=f"set {REVIEW_TOKEN} in .env or the environment; {advice}",
        )
    if len(project.secrets.review.get_secret_value()) < MIN_EXPOSED_LENGTH:
        raise ExposedReviewError(
            f"{host} can be reached by other machines, and {REVIEW_TOKEN} is shorter than {MIN_EXPOSED_LENGTH}"
            " characters",
            where=REVIEW_TOKEN,
            fix=f"choose a longer one; {advice}",
        )
