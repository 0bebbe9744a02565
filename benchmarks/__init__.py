"""Measurements, as ratios against a named peer in one run on the same work."""
