"""Logs: JSON lines, one file a run; written, rotated, read."""
