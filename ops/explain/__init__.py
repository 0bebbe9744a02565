"""`archive explain`: what happened to a document or an address, and how it stands."""
