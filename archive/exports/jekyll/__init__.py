"""The layout `jekyll`: a tree that Jekyll builds a site of."""
