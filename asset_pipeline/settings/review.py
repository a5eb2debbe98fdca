"""The settings of the review page; its token is no setting, see `asset_pipeline.secrets`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from asset_pipeline.settings.section import Section
from asset_pipeline.settings.types import GuardedUrl

_HOST = re.compile(r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")


def _host(value: str) -> str:
    name = value.lower()
    if not _HOST.fullmatch(name):
        raise ValueError("must be a name such as review.example.org, with :port where it is not the usual one")
    return name


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
