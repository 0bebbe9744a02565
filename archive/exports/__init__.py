"""Exports: what the store holds, as a folder of files that others work with. Each layout is one module."""

from archive.exports.by_content.seeds import export_seeds
from archive.exports.order import Form, Order
from archive.exports.report import ExportReport

__all__ = ["ExportReport", "Form", "Order", "export_seeds"]
