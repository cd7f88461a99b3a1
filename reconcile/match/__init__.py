"""Matching: mentions × residents → links. Passes, blocking, evidence, model, assignment, explanation, evaluation."""

from reconcile.match.explain import explain
from reconcile.match.extract import Extract, encode_extract
from reconcile.match.linking import MatchResult, link
from reconcile.match.model import Model
from reconcile.match.planning import describe_plan, plan
from reconcile.match.settings import Settings, load_settings
from reconcile.match.waterfall import waterfall

__all__ = [
    "Extract",
    "MatchResult",
    "Model",
    "Settings",
    "describe_plan",
    "encode_extract",
    "explain",
    "link",
    "load_settings",
    "plan",
    "waterfall",
]
