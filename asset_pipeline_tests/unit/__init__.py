"""One module at a time, at its boundary."""
