"""Folders with a file for each content."""
