"""Reads uploads: the parts of a `multipart/form-data` body, by the parser that Python has for mail."""

from __future__ import annotations

from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP


@dataclass(frozen=True)
class Part:
    """One part.

    Args:
        data: What it holds.
        filename: Its file's name, if it has one.
        content_type: What it says it is.
    """

    data: bytes
    filename: str | None
    content_type: str


def parts_of(content_type: str, body: bytes) -> dict[str, Part]:
    """Return the parts of a body by their names; none where there is no such body.

    Args:
        content_type: Header of the request, with the boundary.
        body: Body of the request.
    """
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    found = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes):
            found[name] = Part(data, part.get_filename(), part.get_content_type())
    return found
