"""Pages of any make, read without rules for their site."""
