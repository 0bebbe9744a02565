"""The schema's history, for Alembic.

A new version: change `tables.py`, copy the newest file of ``versions``, write what changes, raise `HEAD`.
"""

HEAD = "0005"
"""The revision that this version of the program works with: the newest of ``versions``."""
