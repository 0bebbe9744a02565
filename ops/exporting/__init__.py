"""Exporting: from the store to a folder, at the cost of what has changed since the last time."""
