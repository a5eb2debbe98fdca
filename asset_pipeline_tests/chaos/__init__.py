"""Kills and faults against whole runs: invoice, ledger and files must agree afterwards, whatever happened."""
