"""Signs finished files with content credentials (C2PA), by the user's certificate; needs c2pa-python.

What a certificate must be is in the C2PA specification, "X.509 Certificates": an end entity's, version 3, with the key
usage digitalSignature, an extended key usage such as emailProtection, and the key identifiers. A signature is random
and carries a random id, so signed files differ each time they are made; which one was delivered is in the ledger.
"""

from __future__ import annotations

import importlib
import io
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from asset_pipeline.errors import SettingsError, SetupError
from asset_pipeline.provenance.record import PROGRAM, TRAINED_ALGORITHMIC_MEDIA, Provenance
from asset_pipeline.provenance.xmp import date_text, plain_text
from asset_pipeline.settings.provenance import ProvenanceSettings

_MIME = {"png": "image/png", "webp": "image/webp", "jpg": "image/jpeg", "avif": "image/avif"}
# A preview would be larger than many of the icons.
_BUILDER = {"builder": {"thumbnail": {"enabled": False}}}
_TRIAL = Provenance("a.trial", "0", "A trial", "", "", "none/none", None, None, "0", datetime(2026, 1, 1))  # noqa: DTZ001


class Credentials:
    """Signs files; may be used by several threads.

    Args:
        certificate: The chain, PEM.
        key: The private key, PEM.
        settings: How to sign.

    Raises:
        SetupError: c2pa-python is not installed.
    """

    def __init__(self, certificate: bytes, key: bytes, settings: ProvenanceSettings) -> None:
        try:
            self._c2pa = importlib.import_module("c2pa")
        except ImportError:
            raise SetupError(
                "content credentials are configured, and c2pa-python is not installed",
                where="provenance.c2pa_certificate",
                fix="pip install 'asset-pipeline[c2pa]', or take the setting out",
            ) from None
        self._certificate = certificate
        self._key = key
        self._settings = settings

    def sign(self, data: bytes, provenance: Provenance, *, format: str) -> bytes:  # noqa: A002 - the spec's word
        """Return a file with its credentials; nothing of it may be changed any more, its metadata included.

        Args:
            data: The file, with its metadata.
            provenance: Where it comes from.
            format: `png`, `webp`, `jpg` or `avif`.

        Raises:
            SettingsError: The certificate or the key is not fit for it, or the time-stamp authority did not answer.
        """
        c2pa, mime, signed = self._c2pa, _MIME[format], io.BytesIO()
        info = c2pa.C2paSignerInfo(
            self._settings.c2pa_algorithm, self._certificate, self._key, self._settings.c2pa_timestamp_url
        )
        try:
            with (
                c2pa.Settings.from_dict(_BUILDER) as builder_settings,
                c2pa.Context(settings=builder_settings) as context,
                c2pa.Signer.from_info(info) as signer,
                c2pa.Builder(_claim(provenance, mime), context=context) as builder,
            ):
                builder.sign(signer, mime, io.BytesIO(data), signed)
        except c2pa.C2paError as error:
            raise SettingsError(
                f"the file could not be signed: {error}",
                where="provenance.c2pa_certificate",
                fix="look whether certificate, key and c2pa_algorithm belong together, and whether C2PA takes them",
            ) from error
        return signed.getvalue()


def open_credentials(settings: ProvenanceSettings, *, root: Path) -> Credentials | None:
    """Return what signs files; None where nobody wants it. It signs once for trial, before anything is paid for.

    Raises:
        SettingsError: Certificate or key cannot be read, or are not fit for it.
        SetupError: c2pa-python is not installed.
    """
    if settings.c2pa_certificate is None or settings.c2pa_key is None:
        return None
    certificate = _read(root / settings.c2pa_certificate, "c2pa_certificate")
    credentials = Credentials(certificate, _read(root / settings.c2pa_key, "c2pa_key"), settings)
    blank = io.BytesIO()
    Image.new("L", (1, 1)).save(blank, "PNG")
    credentials.sign(blank.getvalue(), _TRIAL, format="png")
    return credentials


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}", where=f"provenance.{name}", fix="name a PEM file"
        ) from None


def _claim(provenance: Provenance, mime: str) -> dict[str, Any]:
    """Return what is signed: that a model has made it. The rest stands in its XMP, which the signature covers."""
    agent = {"name": plain_text(provenance.model)}
    if provenance.model_version:
        agent["version"] = plain_text(provenance.model_version)
    created = {
        "action": "c2pa.created",
        "when": date_text(provenance.created_at),
        "digitalSourceType": TRAINED_ALGORITHMIC_MEDIA,
        "softwareAgent": agent,
    }
    return {
        "claim_generator_info": [{"name": PROGRAM}],
        "title": plain_text(provenance.title),
        "format": mime,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}],
    }
