"""The façade over a whole project: real database, real files, the sandbox for a provider."""
