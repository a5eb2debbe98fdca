"""The settings of provenance: what finished files say about where they come from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from asset_pipeline.settings.section import Section
from asset_pipeline.settings.types import PlainPath, WebhookUrl


class ProvenanceSettings(Section):
    """What finished files say about where they come from."""

    embed: bool = Field(True, description="Write prompt, model, ids and keys into the metadata of finished files.")
    c2pa_certificate: PlainPath | None = Field(
        None,
        description="Certificate chain that signs content credentials (C2PA), PEM, the signer's own first;"
        " absolute or inside the project. Signed files differ each time they are made.",
    )
    c2pa_key: PlainPath | None = Field(
        None, description="The certificate's private key, PEM (PKCS #8); absolute or inside the project."
    )
    c2pa_algorithm: Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"] = Field(
        "es256", description="How the key signs."
    )
    c2pa_timestamp_url: WebhookUrl | None = Field(
        None, description="Time-stamp authority (RFC 3161) that is asked for each signature; nobody if left out."
    )

    @model_validator(mode="after")
    def _is_a_pair(self) -> ProvenanceSettings:
        if (self.c2pa_certificate is None) != (self.c2pa_key is None):
            raise ValueError("c2pa_certificate and c2pa_key are given together, or neither")
        return self
