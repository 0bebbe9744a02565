"""Who runs it: configuration, the command `archive`, logs, wiring."""
