"""The clients of the providers, against odd answers and a small server that misbehaves."""
