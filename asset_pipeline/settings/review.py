"""The settings of the review page; its token is no setting, see `asset_pipeline.secrets`."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Annotated

from pydantic import AfterValidator, Field

from asset_pipeline.settings.section import Section
from asset_pipeline.settings.types import GuardedUrl

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_HOST = re.compile(r"(?P<name>[a-z0-9.-]{1,253}|\[(?P<six>[0-9a-f:.]+)\])(:(?P<port>[0-9]{1,5}))?")


def _host(value: str) -> str:
    host = value.lower()
    parts = _HOST.fullmatch(host)
    port = int(parts["port"] or 80) if parts else 0
    if not parts or not (_is_six(parts["six"]) if parts["six"] else _NAME.fullmatch(parts["name"])):
        raise ValueError("must be a name such as review.example.org, with :port where it is not the usual one")
    if not 1 <= port <= 65535:
        raise ValueError("the port of a name is from 1 to 65535")
    return host


def _is_six(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


HostName = Annotated[str, AfterValidator(_host)]


class ReviewSettings(Section):
    """Where the review page is served, and under which names it may be asked for."""

    port: int = Field(4500, ge=1024, le=65535, description="Port to listen on.")
    public_url: GuardedUrl | None = Field(
        None,
        description="Its address where a proxy serves it, as https://review.example.org; cookies are https-only then.",
    )
    dagster_url: GuardedUrl | None = Field(
        "http://127.0.0.1:3000", description="Where Dagster's pages are, for links to them; null for none."
    )
    allowed_hosts: tuple[HostName, ...] = Field(
        (), max_length=20, description="Further names that it may be asked for by; this machine's own always may."
    )
    session_hours: int = Field(72, ge=1, le=24 * 30, description="Hours after which people sign in again.")
