"""Matching: mentions × residents → links. Passes, blocking, evidence, model, assignment, explanation, evaluation."""

from reconcile.match.linking import MatchResult, link
from reconcile.match.model import Model
from reconcile.match.settings import Settings, load_settings

__all__ = ["MatchResult", "Model", "Settings", "link", "load_settings"]
