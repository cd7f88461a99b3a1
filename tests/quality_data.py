"""Invented measures and a small invented run for the tests of the scorecard. No person behind any number."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

import polars as pl

from reconcile.quality.knowledge import knowledge
from reconcile.quality.tables import measures_frame

RULES = (
    "registered_before_birth", "words_against_figures", "marriage_age", "number_repeated", "number_gap",
    "book_year", "registration_kind", "parent_age", "name_with_digit",
)  # fmt: skip
CODES = (
    "NAME_TONE", "NAME_DIACRITICS", "NAME_MIDDLE", "NAME_SPELLING", "DOB_YEAR", "DOB_DAY", "DOB_MONTH", "SEX",
    "PARENT_NAME", "MARITAL_STATUS", "NOT_IN_POPULATION", "PLACE_DIFFERENT",
)  # fmt: skip
FIELDS = ("ho_ten", "ngay_sinh", "gioi_tinh", "so_dinh_danh", "que_quan", "ho_ten_cha", "ho_ten_me")
OWNERS = ("tu_phap", "cong_an", "xac_minh")


def invented_history(communes: int, nights: int, last: dt.date, seed: int = 5) -> Iterator[pl.DataFrame]:
    """Yield the measures frame of each night, oldest first. Commune 0 is tiny, commune 1 is far below the targets."""
    dice = random.Random(seed)
    size = [9 if n == 0 else dice.randint(400, 4000) for n in range(communes)]
    skill = [0.2 if n == 1 else dice.betavariate(8, 2) for n in range(communes)]
    for night in range(nights):
        day = last - dt.timedelta(days=nights - 1 - night)
        yield _night(communes, size, skill, day, (night + 1) / nights, random.Random(seed * 1000 + night))


class _Rows:
    """Collects rows of one commune."""

    def __init__(self, code: str, dice: random.Random) -> None:
        self.code, self.dice = code, dice
        self.rows: list[tuple[object, ...]] = []

    def share(self, measure: str, dimension: str, *cut: str, of: int, bad: float) -> None:
        failing = min(of, max(0, round(of * bad * self.dice.uniform(0.7, 1.3))))
        self.rows.append((measure, dimension, self.code, *cut, of - failing, of))

    def count(self, measure: str, dimension: str, *cut: str, n: int) -> None:
        if n:
            self.rows.append((measure, dimension, self.code, *cut, n, None))


def _night(
    communes: int, size: list[int], skill: list[float], day: dt.date, grown: float, dice: random.Random
) -> pl.DataFrame:
    rows: list[tuple[object, ...]] = []
    known = knowledge()
    for n in range(communes):
        code = f"{10000 + n:05d}"
        records = max(3, int(size[n] * (0.4 + 0.6 * grown)))
        fault = (1.2 - skill[n]) * (1.1 - 0.4 * grown)

        made = _Rows(code, dice)
        for register, part in (("KS", 0.6), ("KH", 0.25), ("KT", 0.15)):
            for period in known.periods:
                here = max(1, int(records * part / len(known.periods)))
                cut = (register, period.key)
                made.share("complete", "completeness", *cut, "civil", "", of=here, bad=0.02 * fault)
                made.share("readable", "validity", *cut, "civil", "", of=here, bad=0.003 * fault)
                made.share("valid", "validity", *cut, "civil", "", of=here, bad=0.05 * fault)
                made.share("unique", "uniqueness", *cut, "civil", "", of=here, bad=0.004 * fault)
                made.share("agreeing", "consistency", *cut, "both", "", of=here, bad=0.25 * fault)
                made.share("found", "completeness", *cut, "both", "nks", of=here, bad=0.2 * fault)
                made.share("ready", "volume", *cut, "", "", of=here, bad=0.4 * fault)
                made.count("records", "volume", *cut, "", "", n=here)
                made.count("books", "volume", *cut, "", "", n=1 + here // 100)
                differing = round(here * 0.25 * fault) % (here + 1)
                made.count("state", "volume", *cut, "", "differing", n=differing)
                missing, review = (here - differing) // 9, (here - differing) // 17
                made.count("state", "volume", *cut, "", "missing", n=missing)
                made.count("state", "volume", *cut, "", "review", n=review)
                made.count("state", "volume", *cut, "", "agreeing", n=here - differing - missing - review)
                for field in known.required[register]:
                    made.share(
                        "field_filled", "completeness", *cut, "civil", field, of=here, bad=0.004 * fault
                    )
                for rule in RULES:
                    made.share("rule_passed", "validity", *cut, "civil", rule, of=here, bad=0.01 * fault)
                for field in FIELDS:
                    made.share("field_agrees", "consistency", *cut, "both", field, of=here, bad=0.04 * fault)
                for place, one in enumerate(CODES):
                    owner = OWNERS[place % 3]
                    made.count(
                        "discrepancies", "discrepancies", *cut, owner, one, n=round(here * 0.02 * fault)
                    )
                decided = round(here * 0.1 * grown)
                made.share("register_right", "accuracy", *cut, "civil", "ho_ten", of=decided, bad=0.15)
                made.share("fresh", "timeliness", *cut, "both", "", of=differing, bad=0.1 * fault)
                made.count("decisions", "decisions", *cut, "", "returned", n=decided)
                made.count("decisions", "decisions", *cut, "", "applied", n=decided // 2)
                made.count("decisions", "decisions", *cut, "", "waiting", n=decided // 3)
                made.count("decisions", "decisions", *cut, "", "open", n=differing)
                made.count("age", "timeliness", *cut, "", "<=7", n=differing // 2)
                made.count("age", "timeliness", *cut, "", ">30", n=differing - differing // 2)
                signed = decided if n % 2 else 0
                made.count("approved", "approval", *cut, "", "", n=signed)
                made.count("converted", "approval", *cut, "", "", n=signed // 2)
                made.count("book_state", "approval", *cut, "", "lapsed" if n % 9 == 1 else "approved", n=1)
                made.count("decided_in_week", "decisions", *cut, "", "2026-11-20", n=decided // 4)
                made.count("decided_in_week", "decisions", *cut, "", "2026-11-13", n=decided // 5)
                made.count("conclusions", "decisions", *cut, "cong_an", "Sửa dân cư", n=decided // 2)
                made.count("carried_out", "decisions", *cut, "cong_an", "", n=decided // 3)
                made.count("carried_out", "decisions", *cut, "tu_phap", "", n=decided // 6)
                made.count("decisions", "decisions", *cut, "", "refused", n=decided // 40)
                made.count("differing_in", "volume", *cut, "", "ho_ten", n=differing // 2)
                made.count("differing_in", "volume", *cut, "", "ngay_sinh", n=differing // 3)
                made.count("scans", "volume", *cut, "", "", n=here // 2)
                made.share("scanned", "completeness", *cut, "civil", "", of=here, bad=0.01)
                made.share("population_right", "accuracy", *cut, "population", "ho_ten", of=decided, bad=0.3)
                made.share("pair_right", "accuracy", *cut, "both", "", of=decided // 3, bad=0.1)
        if n % 9 == 1:
            made.count("cause_rows", "causes", "KS", "-2005", "", "DOB_DAY_MONTH_SWAPPED", n=40 + n)
            made.count("cause_groups", "causes", "KS", "-2005", "", "DOB_DAY_MONTH_SWAPPED", n=1)
        rows += made.rows
    columns = [
        "measure_id",
        "dimension",
        "commune",
        "register",
        "period",
        "source",
        "rule",
        "numerator",
        "denominator",
    ]
    types = {name: pl.Int64 if name in ("numerator", "denominator") else pl.String for name in columns}
    frame = pl.DataFrame(rows, schema=types, orient="row")
    return measures_frame(
        frame.with_columns(pl.lit(f"{day:%Y%m%d}-0000").alias("run_id"), pl.lit(day).alias("day"))
    )
