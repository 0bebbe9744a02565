"""Near-duplicates: found in the store, for `archive duplicates`, exports and the report."""
