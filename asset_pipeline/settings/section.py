"""What all sections of the settings have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Base of the sections: no unknown keys, no changes after start."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
