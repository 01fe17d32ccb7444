"""The streaming trainer (not built yet)."""
