"""What is kept: documents, their content hash, the store, exports. Knows no network and reads no clock."""
