"""Births that the books ought to hold: books and residents meet by the commune of the time, not by its code."""

from __future__ import annotations

import polars as pl
import pytest
from compare_tables import links, mentions, records, residents

from reconcile.compare import residents_without_birth

OLD = "huyện Cẩm Giàng, tỉnh Hải Dương"
NEW = "thành phố Hải Phòng"
PREDECESSORS = ("10903", "10894", "10924", "10933", "10936")
"""Codes of the communes that became xã Cẩm Giàng, which bears the code of one of them: 10903 was xã Ngọc Liên."""


def asked(books: dict[str, list[str]], born: str, place: str) -> bool:
    """Tell whether a person is asked for. ``books``: code of the commune → days of registration."""
    rows = [
        {"ho_ten": "Bùi Na", "ngay_sinh": day, "commune_code": code, "ngay_dang_ky": day}
        for code, days in books.items()
        for day in days
    ]
    civil = mentions(*rows)
    population = residents({"ho_ten": "Đỗ Mơ", "ngay_sinh": born, "noi_dang_ky_khai_sinh": place})
    nobody = links(civil[:1], population[:1], tier="none").with_columns(
        population_row=pl.lit(None, dtype=pl.UInt32)
    )
    return not residents_without_birth(nobody, population, records(civil)).is_empty()


YEARS = ["01.02.1979", "01.02.1981"]


@pytest.mark.parametrize(
    ("books", "born", "place", "told"),
    [
        ({"10903": YEARS}, "02.03.1980", f"xã Ngọc Liên, {OLD}", True),
        ({"10903": YEARS}, "02.03.1985", f"xã Ngọc Liên, {OLD}", False),  # no book of that year is here
        # one code, two communes: books of 2026 are not Ngọc Liên's, those of 1980 not Cẩm Giàng's
        ({"10903": ["01.02.1979", "01.02.2026"]}, "02.03.2015", f"xã Ngọc Liên, {OLD}", False),
        ({"10903": ["01.08.2025", "01.02.2026"]}, "02.03.2025", f"xã Ngọc Liên, {OLD}", False),
        ({"10903": ["01.08.2025", "01.02.2026"]}, "02.01.2026", f"xã Cẩm Giàng, {NEW}", True),
        # today's name for an old birth: whichever of five communes registered it, its books must be here
        ({"10903": YEARS}, "02.03.1980", f"xã Cẩm Giàng, {NEW}", False),
        (dict.fromkeys(PREDECESSORS, YEARS), "02.03.1980", f"xã Cẩm Giàng, {NEW}", True),
        (dict.fromkeys(PREDECESSORS, YEARS), "02.03.1985", f"xã Cẩm Giàng, {NEW}", False),
    ],
)
def test_a_code_used_again_is_another_commune(
    books: dict[str, list[str]], born: str, place: str, told: bool
) -> None:
    assert asked(books, born, place) is told
