"""Build the tables that comparing needs from values as written, for tests that read as examples."""

from __future__ import annotations

from typing import Any

import polars as pl

from reconcile import normalize
from reconcile.schema import LINKS, NORMALIZED_MENTIONS, NORMALIZED_RESIDENTS, RECORDS

RELATIVES = {"cha": "father", "me": "mother", "vo_chong": "spouse"}
PLACES = {
    "noi_sinh": "birth_unit",
    "noi_dang_ky_khai_sinh": "birth_registration_unit",
    "que_quan": "home_unit",
    "noi_cu_tru": "residence_unit",
}


def comparable(written: dict[str, Any], day: Any = None) -> dict[str, Any]:
    """Read the written values with the public readers, one by one; places as of ``day``."""
    out: dict[str, Any] = {}
    name = normalize.name(written.get("ho_ten"))
    out |= {"name_key": name.key, "name_plain": name.plain, "name_phonetic": name.phonetic}
    born = normalize.date(written.get("ngay_sinh"))
    out |= {"birth_earliest": born.earliest, "birth_latest": born.latest}
    out["sex"] = normalize.sex(written.get("gioi_tinh")).value
    number = normalize.id(written.get("so_dinh_danh")).value
    out["personal_id"] = number if number and len(number) == 12 else None
    out["ethnicity"] = normalize.ethnicity(written.get("dan_toc")).value
    out["nationality"] = normalize.nationality(written.get("quoc_tich")).value
    for relative, english in RELATIVES.items():
        out[f"{english}_key"] = normalize.name(written.get(f"ho_ten_{relative}")).key
        out[f"{english}_id"] = normalize.id(written.get(f"so_dinh_danh_{relative}")).value
    for column, unit in PLACES.items():
        place = normalize.place(written[column], date=day) if written.get(column) else None
        out[unit] = place.value if place and place.level == "commune" else None
        out[f"{unit}_id"] = place.unit_id if place else None
    died = normalize.date(written.get("ngay_chet"))
    out |= {"death_earliest": died.earliest, "death_latest": died.latest}
    return out


def mentions(*rows: dict[str, Any]) -> pl.DataFrame:
    """Normalized mentions; unless given: a birth (KS, nks) registered in time on 10 June 1990 in commune 10918."""
    made = []
    for n, written in enumerate(rows, 1):
        registered = normalize.date(written.get("ngay_dang_ky", "10.06.1990"))
        made.append(
            {
                "record_id": f"KS.10918.1990.01.{n}",
                "source_file": "ks.xlsx",
                "source_row": n + 1,
                "register": "KS",
                "role": "nks",
                "loai_dang_ky": "1",
                "commune_code": "10918",
                "registered_earliest": registered.earliest,
                "registered_latest": registered.latest,
            }
            | comparable(written, registered.earliest)
            | written
        )
    return NORMALIZED_MENTIONS.conform(pl.DataFrame(made, infer_schema_length=None))


def residents(*rows: dict[str, Any]) -> pl.DataFrame:
    """Normalized residents, row n of the extract being n + 2 as Excel counts."""
    made = []
    for n, written in enumerate(rows):
        values = comparable(written, normalize.date(written.get("ngay_sinh")).earliest)
        former = [normalize.id(x).value for x in (written.get("so_dinh_danh_cu") or "").split(";") if x]
        made.append(
            {
                "population_row": n + 2,
                "resident_id": values["personal_id"] or f"row:{n + 2}",
                "other_name_key": normalize.name(written.get("ten_goi_khac")).key,
                "former_ids": former,
                "marital_status": written.get("marital_status"),
            }
            | values
            | written
        )
    return NORMALIZED_RESIDENTS.conform(pl.DataFrame(made, infer_schema_length=None))


def links(civil: pl.DataFrame, population: pl.DataFrame, *, tier: str = "match") -> pl.DataFrame:
    """Link row n of the mentions with row n of the residents."""
    return LINKS.conform(
        pl.concat(
            [
                civil.select("record_id", "source_file", "source_row", "register", "role"),
                population.select("resident_id", "population_row"),
            ],
            how="horizontal",
        ).with_columns(tier=pl.lit(tier), probability=pl.lit(1.0), match_pass=pl.lit("by hand"))
    )


def records(civil: pl.DataFrame) -> pl.DataFrame:
    """The records of these mentions."""
    return RECORDS.conform(
        civil.select(
            "record_id", "source_file", "source_row", "register", "loai_dang_ky",
            "registered_earliest", "registered_latest", "commune_code",
        ).unique("record_id", maintain_order=True)
    )  # fmt: skip


def compare(civil: dict[str, Any], population: dict[str, Any], **options: Any) -> pl.DataFrame:
    """Compare one mention with one resident."""
    from reconcile.compare import discrepancies

    left, right = mentions(civil), residents(population)
    return discrepancies(links(left, right), left, right, records(left), **options)
