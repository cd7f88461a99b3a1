"""Files → records, mentions, residents, rejected rows."""
