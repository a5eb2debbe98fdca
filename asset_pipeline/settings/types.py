"""What values of settings may look like: amounts, addresses, paths and names of models."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from asset_pipeline.errors import PathError
from asset_pipeline.folders import check_place

MAX_ADDRESS = 2000
MAX_MODEL_NAME = 255
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")


class Mode(StrEnum):
    """Whom paid calls go to."""

    SANDBOX = "sandbox"
    LIVE = "live"


def _http_url(value: str) -> str:
    if len(value) > MAX_ADDRESS or _UNPRINTABLE.search(value):
        raise ValueError(f"must be an http:// or https:// address without spaces, of at most {MAX_ADDRESS} characters")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http:// or https:// address")
    if parts.port == 0:  # one above 65535 is refused by reading it
        raise ValueError("the port of an address is from 1 to 65535")
    return value.rstrip("/")


def _base_url(value: str) -> str:
    parts = urlsplit(_http_url(value))
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be an http:// or https:// address without user, ? and #")
    return value.rstrip("/")


def is_loopback(url: str) -> bool:
    """Say whether an address names this machine only."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _loopback_url(value: str) -> str:
    if not is_loopback(_http_url(value)):
        raise ValueError("must be on this machine: 127.0.0.1, ::1 or localhost")
    return value.rstrip("/")


def _model_name(value: str) -> str:
    owner, slash, name = value.partition("/")
    if not (owner and slash and name) or _UNPRINTABLE.search(value) or len(value) > MAX_MODEL_NAME:
        raise ValueError("must be owner/name")
    return value


def _webhook_url(value: str) -> str:
    _http_url(value)
    return value  # unlike a base address, it is used to the letter


def _guarded_url(value: str) -> str:
    if urlsplit(_http_url(value)).scheme != "https" and not is_loopback(value):
        raise ValueError("must be an https:// address; http:// only on this machine")
    if urlsplit(value).fragment:
        raise ValueError("must have no part after a #")
    return value  # used to the letter, too


def _plain_path(value: Path) -> Path:
    try:
        return check_place(value)
    except PathError as error:
        raise ValueError(f"{error.what}; {error.fix}" if error.fix else error.what) from None


def sort_shares(values: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    """Return shares in ascending order, each once."""
    return tuple(sorted(set(values)))


Limit = Annotated[Decimal, Field(gt=0, lt=100, allow_inf_nan=False, decimal_places=9)]
# A hold of nothing would be no hold, and one of 100 USD fits no limit.
Price = Annotated[Decimal, Field(gt=0, lt=100, allow_inf_nan=False)]
Share = Annotated[Decimal, Field(gt=0, lt=1, allow_inf_nan=False, decimal_places=4)]
Url = Annotated[str, AfterValidator(_base_url)]
PlainPath = Annotated[Path, AfterValidator(_plain_path)]
WebhookUrl = Annotated[str, AfterValidator(_webhook_url)]
GuardedUrl = Annotated[str, AfterValidator(_guarded_url)]
LoopbackUrl = Annotated[str, AfterValidator(_loopback_url)]
ModelName = Annotated[str, AfterValidator(_model_name)]
