"""Dagster data assets that turn YAML specs into finished AI images under a hard money budget."""

__version__ = "0.1.0"
