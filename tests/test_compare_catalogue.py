"""The catalogue of discrepancies: complete, checked, and changeable without code."""

from __future__ import annotations

import copy
import tomllib

import pytest

from reconcile.compare import catalogue
from reconcile.problems import ReconcileError
from reconcile.resources import rules_path

TEXT = """NAME_DIACRITICS NAME_TONE NAME_I_Y NAME_DIALECT NAME_SPELLING NAME_MIDDLE_MISSING NAME_MIDDLE NAME_GIVEN
NAME_FAMILY NAME_ORDER DOB_DAY_MONTH_SWAPPED DOB_DAY DOB_MONTH DOB_YEAR DOB_DIFFERENT DOB_PARTIAL DOB_PLACEHOLDER SEX
ID_DIFFERENT ID_STRUCTURE_SEX ID_STRUCTURE_YEAR ID_PROVINCE ID_DUPLICATE ID_MISSING ETHNICITY NATIONALITY
PLACE_DIFFERENT PLACE_UNKNOWN PARENT_NAME SPOUSE_NAME MARITAL_STATUS DEAD_BUT_ALIVE DEATH_DATE NOT_IN_POPULATION
NO_BIRTH_RECORD DUPLICATE_REGISTRATION"""
PROMISED = TEXT.split()


def shipped() -> dict:
    return tomllib.loads(rules_path("discrepancies.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("code", PROMISED)
def test_every_promised_code_has_severity_owner_sentence_and_legal_basis(code: str) -> None:
    entry = catalogue.load().entry(code)
    assert entry.severity in catalogue.SEVERITIES
    assert entry.owner in catalogue.OWNERS
    assert entry.title
    assert entry.sentence.endswith(".")
    assert entry.basis


@pytest.mark.parametrize("code", ["DOB_YEAR", "SEX", "ID_STRUCTURE_SEX", "ID_STRUCTURE_YEAR"])
def test_what_breaks_the_number_is_its_own_class(code: str) -> None:
    assert catalogue.load().entry(code).number
    assert catalogue.load().entry(code).severity == "critical"


def test_a_compatible_date_is_only_information() -> None:
    for code in ("DOB_PARTIAL", "DOB_PLACEHOLDER"):
        assert catalogue.load().entry(code).severity == "info"


def test_an_office_can_change_wording_and_severity() -> None:
    data = shipped()
    data["codes"]["NAME_TONE"] |= {"severity": "major", "sentence": "Khác dấu: {so} và {dan_cu}."}
    entry = catalogue.load(data).entry("NAME_TONE")
    assert (entry.severity, entry.sentence) == ("major", "Khác dấu: {so} và {dan_cu}.")


def test_a_variant_changes_only_what_it_names() -> None:
    whole, year = (catalogue.load().entry("DOB_DIFFERENT", v) for v in (None, "year"))
    assert (whole.severity, year.severity) == ("major", "critical")
    assert whole.title == year.title


def test_all_mistakes_are_told_at_once() -> None:
    data = copy.deepcopy(shipped())
    data["codes"]["SEX"] |= {"severity": "grave", "owner": "ubnd", "minutes": "long"}
    data["codes"]["DOB_DAY"]["sentence"] = "Ngày {sai}."
    del data["codes"]["DOB_YEAR"]["basis"]
    data["owner_rules"].append({"id": "x", "owner": "cong_an", "reason": "…", "codes": ["NO_SUCH"]})
    with pytest.raises(ReconcileError) as error:
        catalogue.load(data)
    text = str(error.value)
    for expected in (
        "rules/discrepancies.toml",
        "[codes.SEX] severity = 'grave': use one of info, minor, major, critical.",
        "[codes.SEX] owner = 'ubnd'",
        "[codes.SEX] minutes",
        "[codes.DOB_DAY] sentence: unknown placeholder {sai}",
        "[codes.DOB_YEAR]: basis missing",
        "[[owner_rules]] x codes: NO_SUCH fits no code",
    ):
        assert expected in text
