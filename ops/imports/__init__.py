"""Imports: files of many kinds, read on several processors, stored by one."""
