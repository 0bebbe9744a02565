"""The doctor: what may be wrong with an installation, and what to do about each finding.

What a finding is follows from facts, in pure functions; thin code around them gathers the facts. Loaded by
its command alone, when that is run: what sites are read with takes half a second to load.
"""
