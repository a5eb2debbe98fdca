"""Images: what is asked of models, what comes back, and the finished file."""
