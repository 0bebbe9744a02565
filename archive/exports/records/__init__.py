"""Folders of records: a line or a row for each content, in files of a day."""
