"""The images that the old tool wanted whatever its files said: they stood in its program."""

from __future__ import annotations

from collections.abc import Mapping

from asset_pipeline.specs.wanted import ImageType

FIXED: Mapping[ImageType, Mapping[str, str]] = {
    ImageType.TEXTURES: {
        "blueprint-grid": "Blueprint Grid",
        "parchment": "Parchment",
        "legal-pad": "Legal Pad",
        "marble": "Marble",
        "mahogany-grain": "Mahogany Grain",
        "italian-leather": "Italian Leather",
        "belgian-lace": "Belgian Lace",
        "gold-watermark": "Gold Watermark",
        "engineering-vellum": "Engineering Vellum",
        "venetian-silk": "Venetian Silk",
    },
    ImageType.DATABASE_ICONS: {
        "db-accounts": "Accounts",
        "db-properties": "Properties",
        "db-insurance": "Insurance",
        "db-contacts": "Contacts",
        "db-documents": "Documents",
        "db-keepsakes": "Keepsakes",
        "db-tasks": "Tasks",
        "db-letters": "Letters",
        "db-digital": "Digital",
        "db-subscriptions": "Subscriptions",
    },
}
