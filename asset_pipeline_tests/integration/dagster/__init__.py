"""Tests of the pipeline as Dagster runs it: command line, runs in process, and the daemon."""
