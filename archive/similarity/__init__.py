"""Which texts are nearly the same: syndicated copies and later editions, told from what only looks alike."""

THRESHOLD = 0.6
"""The similarity from which on two texts are taken for one. Measured (`benchmarks/near_duplicates.py`): less
takes in reports of one make and costs the search more, more misses copies."""
LOWEST_THRESHOLD = 0.5
"""Under it, the search would compare texts that have little but their trade in common."""
