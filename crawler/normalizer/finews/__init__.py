"""Pages of finews, and the answers of its share API."""
