"""When crawls run, and the ledger of what ran."""
