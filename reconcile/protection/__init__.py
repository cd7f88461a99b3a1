"""Encryption at rest: keys, sealed files, workbooks with passwords. Knows no table and no stage."""
