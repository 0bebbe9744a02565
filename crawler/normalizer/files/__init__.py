"""Files that are imported: of a corpus, saved pages, plain texts."""
