"""Tests of what is taken over from the old tool."""
