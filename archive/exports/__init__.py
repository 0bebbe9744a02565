"""Exports: what the store holds, as a folder of files that others work with. Each layout is one module."""
