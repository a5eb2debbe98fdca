"""Where files come from, and whether they are still what they were."""
