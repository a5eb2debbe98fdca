"""The command line: reads arguments, calls the services, prints. Decides nothing."""

from asset_pipeline.cli.app import main

__all__ = ["main"]
