"""Links → discrepancies: fields, events, owners, systematic causes."""
