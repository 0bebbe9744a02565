"""The scheduling service as this machine runs it, its health and its metrics."""
