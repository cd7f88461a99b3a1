"""Files → records, mentions, residents, rejected rows."""

from reconcile.ingest.civil import CivilInput, read_civil
from reconcile.ingest.original import OriginalTable, read_originals
from reconcile.ingest.population import PopulationInput, read_population
from reconcile.ingest.propose import propose_profile

__all__ = [
    "CivilInput",
    "OriginalTable",
    "PopulationInput",
    "propose_profile",
    "read_civil",
    "read_originals",
    "read_population",
]
