"""Reprocessing: documents read again by today's normalizer, what differs told by kind, and accepted."""
