"""Keys and names in addresses: only what a spec could have named, so that none can lead anywhere else."""

from __future__ import annotations

import re

from starlette.requests import Request

from asset_pipeline.errors import ReviewRequestError

_NAME = r"[a-z0-9][a-z0-9-]{0,199}"
_KEY = re.compile(rf"{_NAME}\.[a-z][a-z_]{{0,49}}\.{_NAME}")
_COLLECTION = re.compile(_NAME)
_NUMBER = re.compile(r"[0-9]{1,9}")


def is_image_key(value: object) -> bool:
    """Say whether a value has the form of an image's key."""
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def image_key_of(request: Request) -> str:
    """Return the key in a request's address.

    Raises:
        ReviewRequestError: It is none.
    """
    key = str(request.path_params["key"])
    if not is_image_key(key):
        raise nothing_here("image")
    return key


def collection_of(request: Request) -> str:
    """Return the collection in a request's address.

    Raises:
        ReviewRequestError: No collection can have that name.
    """
    name = str(request.path_params["collection"])
    if not _COLLECTION.fullmatch(name):
        raise nothing_here("collection")
    return name


def number_of(request: Request, name: str) -> int:
    """Return a number in a request's address.

    Raises:
        ReviewRequestError: It is none.
    """
    text = str(request.path_params[name])
    if not _NUMBER.fullmatch(text):
        raise nothing_here("file")
    return int(text)


def nothing_here(what: str) -> ReviewRequestError:
    """Return the error for what is not there; it does not repeat what was asked for."""
    return ReviewRequestError(f"there is no such {what}", status=404, fix="the collections are all on the first page")
