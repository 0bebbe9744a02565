"""Exports: what the store holds, as a folder of files that others work with. Each layout is one module."""

from archive.exports.order import Form, Order
from archive.exports.report import ExportReport
from archive.exports.seeds import export_seeds

__all__ = ["ExportReport", "Form", "Order", "export_seeds"]
