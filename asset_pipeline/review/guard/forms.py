"""Reads forms, which is little work where no files are taken."""

from __future__ import annotations

from urllib.parse import parse_qsl

MAX_FIELDS = 200


def parse_form(body: bytes) -> dict[str, str]:
    """Return the fields of a form; of one that comes twice the last, and nothing of what is no form."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict", encoding="utf-8"
        )
    except ValueError:  # a UnicodeDecodeError too
        return {}
    return {name: value.replace("\r\n", "\n") for name, value in pairs}
