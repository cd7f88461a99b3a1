"""Measures of data quality: from the tables of runs and the ledger to scorecard, weekly report and readiness."""
