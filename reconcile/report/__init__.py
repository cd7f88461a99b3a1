"""Tables → what people read: the clerk's workbook, summaries."""
