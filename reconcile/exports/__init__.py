"""What people decided → lists for both offices, and the corrected rows in the Ministry's template."""

from reconcile.exports.export import KINDS, ExportResult, export

__all__ = ["KINDS", "ExportResult", "export"]
