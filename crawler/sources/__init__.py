"""The sources: sites as they are declared, one file for each.

`cinic.toml` beside this module is one, with its recorded pages in the folder of the same name. How to add
another, without a line of Python, is told in docs/adding-a-source.md.
"""
