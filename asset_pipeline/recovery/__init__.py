"""Copies of the database and ways back: backups, restoring, exports, importing. Whatever it does forgets no money."""
