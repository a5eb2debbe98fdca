"""Tests of what is declared to Dagster, and of the parts that know little of it."""
