"""How things are shown: as rows, as fields, as JSON."""
