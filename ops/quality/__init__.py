"""The quality of the corpus: rules by which documents are found wanting, and what a report says of them."""
