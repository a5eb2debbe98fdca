"""The spec format: loader, expansion, catalog and JSON Schema."""
