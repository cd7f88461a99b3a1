"""Mentions × residents → links and candidates: blocking, evidence, model, passes, assignment, explanation."""
