import json

import polars as pl
import report_data

from reconcile.report.summary import console_lines, counts
from reconcile.schema import DISCREPANCIES, LINKS, RECORDS, REJECTED


def small_counts():
    tables = report_data.small()
    return counts(tables.records, tables.links, tables.discrepancies, tables.rejected)


def test_counts_by_register_tier_and_code():
    found = small_counts()
    assert found["records"] == {"total": 12, "by_register": {"KH": 1, "KS": 10, "KT": 1}}
    assert found["mentions"]["by_tier"] == {"match": 9, "review": 1, "none": 4}
    assert found["discrepancies"]["by_code"]["DOB_DAY_MONTH_SWAPPED"] == 6
    assert found["discrepancies"]["systematic_groups"] == 1
    assert found["rejected"]["rows"] == 0
    assert found["rejected"]["files"] == 1
    assert found["rejected"]["doubts"] == 1
    assert sum(found["mentions"]["by_tier"].values()) == found["mentions"]["total"]


def test_a_row_rejected_for_two_reasons_counts_once():
    lost = REJECTED.conform(
        pl.DataFrame({"source_file": ["a.xlsx"] * 3, "source_row": [5, 5, 6], "fatal": [True] * 3})
    )
    found = counts(RECORDS.empty(), LINKS.empty(), DISCREPANCIES.empty(), lost)
    assert found["rejected"]["rows"] == 2


def test_problems_name_the_place_and_never_the_value():
    tables = report_data.small()
    told = json.dumps(small_counts(), ensure_ascii=False)
    assert "hong.xlsx: Tệp không phải là sổ Excel." in told
    for name in tables.mentions["ho_ten"]:
        assert name not in told
    assert "31.02.1999" not in told


def test_six_numbers_in_both_languages():
    english, vietnamese = console_lines(small_counts()), console_lines(small_counts(), language="vi")
    assert len(english) == len(vietnamese) == 6
    assert english[1].split() == ["People", "found:", "9", "64.3%"]
    assert vietnamese[4].startswith("Sai lệch:")


def test_nothing_at_all_is_counted_too():
    empty = counts(RECORDS.empty(), LINKS.empty(), DISCREPANCIES.empty(), REJECTED.empty())
    assert empty["mentions"]["total"] == 0
    assert len(console_lines(empty)) == 6


def test_hours_of_work_count_only_what_asks_for_a_decision():
    rows = {
        "severity": ["major", "minor", "info"],
        "owner": ["tu_phap", "tu_phap", "cong_an"],
        "minutes": [10.0, 20.0, 60.0],
    }
    found = DISCREPANCIES.conform(pl.DataFrame(rows))
    told = counts(RECORDS.empty(), LINKS.empty(), found, REJECTED.empty())
    assert told["discrepancies"]["hours_by_owner"] == {"tu_phap": 0.5}
