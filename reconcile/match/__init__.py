"""Matching: mentions × residents → links. Passes, blocking, evidence, model, assignment, explanation, evaluation."""

from reconcile.match.explain import explain
from reconcile.match.linking import MatchResult, link
from reconcile.match.model import Model
from reconcile.match.planning import describe_plan, plan
from reconcile.match.settings import Settings, load_settings
from reconcile.match.waterfall import waterfall

__all__ = [
    "MatchResult",
    "Model",
    "Settings",
    "describe_plan",
    "explain",
    "link",
    "load_settings",
    "plan",
    "waterfall",
]
