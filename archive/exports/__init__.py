"""Exports: what the store holds, as a folder of files that others work with. Each layout is one module."""

from archive.exports.report import ExportReport
from archive.exports.seeds import export_seeds

__all__ = ["ExportReport", "export_seeds"]
