"""Files → records, mentions, residents, rejected rows."""

from reconcile.ingest.civil import CivilInput, read_civil
from reconcile.ingest.population import PopulationInput, read_population

__all__ = ["CivilInput", "PopulationInput", "read_civil", "read_population"]
