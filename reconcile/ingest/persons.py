"""The persons that one record names, each with what the record says of the parents and the spouse."""

from __future__ import annotations

import polars as pl

from reconcile.ingest.profiles import PERSON_FIELDS
from reconcile.schema import MENTION_ROLES, MENTIONS

FROM_RECORD = {
    ("nks", "noi_dang_ky_khai_sinh"): "noi_dang_ky",
    ("nkt", "ngay_chet"): "ngay_su_kien",
}
"""(Role, field of the person) → field of the record that says it."""
RELATIVES = {
    "nks": (("cha", "cha"), ("me", "me")),
    "me": (("vo_chong", "cha"),),
    "cha": (("vo_chong", "me"),),
    "chong": (("vo_chong", "vo"),),
    "vo": (("vo_chong", "chong"),),
}
"""Role → (suffix of the context columns, role of the relative)."""
_FATHER = ("1", "3")
_MOTHER = ("2", "4")
_CONTEXT = ("ho_ten", "ngay_sinh", "so_dinh_danh")


def mentions(records: pl.DataFrame, register: str) -> pl.DataFrame:
    """Return MENTIONS of the records of one register.

    ``records`` has the ORIGIN columns, the record's fields and ``role.field`` for persons; a person without
    a name is no mention.
    """
    frames = [_mention(records, role) for role in MENTION_ROLES[register]]
    return pl.concat(frames) if frames else MENTIONS.empty()


def _mention(records: pl.DataFrame, role: str) -> pl.DataFrame:
    present = set(records.columns)
    values: dict[str, pl.Expr] = {
        field: pl.col(f"{role}.{field}") for field in PERSON_FIELDS if f"{role}.{field}" in present
    }
    for (of, field), source in FROM_RECORD.items():
        if of == role and field not in values and source in present:
            values[field] = pl.col(source)
    for suffix, relative in RELATIVES.get(role, ()):
        values |= _context(present, suffix, relative, pl.lit(value=True))
    if role == "nc" and "loai_xac_nhan" in present:
        kind = pl.col("loai_xac_nhan").str.extract(r"^\D*([1-4])", 1)
        words = pl.col("loai_xac_nhan").str.to_lowercase()
        father = kind.is_in(_FATHER) | words.str.contains("cha")
        mother = kind.is_in(_MOTHER) | words.str.contains("mẹ")
        values |= _context(present, "cha", "cm", father.fill_null(value=False))
        values |= _context(present, "me", "cm", mother.fill_null(value=False))
    if f"{role}.ho_ten" not in present:
        return MENTIONS.empty()
    return MENTIONS.conform(
        records.filter(pl.col(f"{role}.ho_ten").is_not_null()).select(
            "record_id",
            "source_file",
            "source_row",
            "register",
            pl.lit(role).alias("role"),
            *[expression.alias(field) for field, expression in values.items()],
        )
    ).select(MENTIONS.names)


def _context(present: set[str], suffix: str, relative: str, when: pl.Expr) -> dict[str, pl.Expr]:
    return {
        f"{field}_{suffix}": pl.when(when).then(pl.col(f"{relative}.{field}"))
        for field in _CONTEXT
        if f"{relative}.{field}" in present
    }
