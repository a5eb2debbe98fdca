"""Ports that commands serve on."""

from __future__ import annotations

import socket

from asset_pipeline.errors import SetupError


def listening(host: str, port: int, *, fix: str = "give others with --host and --port") -> socket.socket:
    """Return a socket that listens.

    Raises:
        SetupError: The port cannot be had.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SetupError(f"{host} port {port} cannot be had: {error.strerror}", fix=fix) from None
