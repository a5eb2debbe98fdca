"""Provenances, pictures that carry them, and certificates to sign them with."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

from asset_pipeline.provenance import Provenance, save_options

PILLOW = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "avif": "AVIF"}
MIME = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "avif": "image/avif"}
FORMATS = tuple(PILLOW)
PROSE = "An engraved brass lantern on a plain ground, flat, with even light and no text at all; "
# What breaks naive XML, naive chunks and naive terminals. It is read back as it is written here.
HOSTILE = (
    "]]> <x a='1'>&amp; & \"q\" <!DOCTYPE x [<!ENTITY e 'y'>]> ?> -->"
    " \r\n\r \t \U0001f600 \u202eRTL\u202c \u05e2\u05d1 e\u0301 \u00a0\u2028 end"
)


def provenance(**changes: Any) -> Provenance:
    """Return where an icon of a lantern comes from, but for the changes."""
    values: dict[str, Any] = {
        "image_key": "test.icons.lantern",
        "content_key": "c0ffee" * 10 + "beef",
        "title": "Lantern",
        "prompt": PROSE,
        "negative_prompt": "people",
        "model": "recraft-ai/recraft-v3",
        "model_version": "hidden",
        "prediction_id": "rb8t5c1xqnrme0cn2kcbz0q1xw",
        "call_id": "call-1",
        "created_at": datetime(2026, 3, 4, 5, 6, 7, 890),  # noqa: DTZ001 - as the ledger keeps it: UTC, without a zone
    }
    return Provenance(**values | changes)


def picture(size: int = 48) -> Image.Image:
    """Return an icon with some detail, the same each time."""
    drawn = Image.linear_gradient("L").resize((size, size))
    return Image.merge("RGB", (drawn, drawn.rotate(90), drawn.transpose(Image.Transpose.FLIP_TOP_BOTTOM)))


def encoded(format: str, of: Provenance | None = None, *, size: int = 48) -> bytes:  # noqa: A002 - the spec's word
    """Return the icon as a file, with its provenance if there is one."""
    buffer = io.BytesIO()
    picture(size).save(buffer, PILLOW[format], **(save_options(of, format=format) if of else {}))
    return buffer.getvalue()


def pixels(data: bytes) -> bytes:
    """Return the pixels of a file."""
    with Image.open(io.BytesIO(data)) as opened:
        return opened.convert("RGBA").tobytes()


class Authority:
    """A certificate authority of our own, with one signer; needs `cryptography`."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._authority_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.anchor = self._certificate("Authority", self._authority_key, is_authority=True)
        self.chain = self._certificate("Signer", self._key, is_authority=False) + self.anchor
        self.key = self._pem(self._key)

    def other_key(self) -> bytes:
        """Return a key that belongs to no certificate."""
        return self._pem(self._authority_key)

    def unfit_chain(self) -> bytes:
        """Return a chain whose first certificate may not sign anything, being an authority's own."""
        return self.anchor

    @staticmethod
    def _pem(key: Any) -> bytes:
        from cryptography.hazmat.primitives import serialization as to

        return bytes(key.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, to.NoEncryption()))

    def _certificate(self, name: str, key: Any, *, is_authority: bool) -> bytes:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

        def called(who: str) -> x509.Name:
            return x509.Name(
                [
                    x509.NameAttribute(NameOID.ORGANIZATION_NAME, "A test"),
                    x509.NameAttribute(NameOID.COMMON_NAME, who),
                ]
            )

        now, parent = datetime.now(UTC), self._authority_key.public_key()
        uses = dict.fromkeys(
            (
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(called(name))
            .issuer_name(called("Authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority, **uses
                ),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(parent), critical=False)
        )
        if not is_authority:
            use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(use, critical=False)
        return builder.sign(self._authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
