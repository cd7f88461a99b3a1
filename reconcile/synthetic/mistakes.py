"""What goes wrong when a name, a date or a number is written down: every kind of mistake by its name.

A function takes the true text and a random source and returns the wrong text, or the same text where that mistake
is impossible (no onset to confuse, day equal to month).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.synthetic import mistakes_names as names
from reconcile.synthetic import mistakes_values as values

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

KINDS: dict[str, tuple[Callable[[str, Random], str], str | None]] = {
    "tone": (names.tone, "NAME_TONE"),
    "onset": (names.onset, "NAME_DIALECT"),
    "spelling": (names.spelling, "NAME_SPELLING"),
    "i_y": (names.i_y, "NAME_I_Y"),
    "no_marks": (names.no_marks, "NAME_DIACRITICS"),
    "lost_letter_mark": (names.lost_letter_mark, "NAME_DIACRITICS"),
    "middle_missing": (names.middle_missing, "NAME_MIDDLE_MISSING"),
    "middle": (names.middle, "NAME_MIDDLE"),
    "given": (names.given, "NAME_GIVEN"),
    "family": (names.family, "NAME_FAMILY"),
    "order": (names.order, "NAME_ORDER"),
    "nfd": (names.nfd, None),
    "eth": (names.eth, None),
    "blanks": (names.blanks, None),
    "case": (names.lower, None),
    "tone_place": (names.tone_place, None),
    "telex": (names.telex, None),
    "dob_swapped": (values.dob_swapped, "DOB_DAY_MONTH_SWAPPED"),
    "dob_day": (values.dob_day, "DOB_DAY"),
    "dob_month": (values.dob_month, "DOB_MONTH"),
    "dob_year": (values.dob_year, "DOB_YEAR"),
    "dob_different": (values.dob_different, "DOB_DIFFERENT"),
    "dob_5005": (values.dob_5005, "DOB_YEAR"),
    "dob_placeholder": (values.dob_placeholder, "DOB_PLACEHOLDER"),
    "dob_year_only": (values.dob_year_only, "DOB_PARTIAL"),
    "dob_month_only": (values.dob_month_only, "DOB_PARTIAL"),
    "digit": (values.digit, "ID_DIFFERENT"),
    "id_sex": (values.id_sex, "ID_STRUCTURE_SEX"),
    "id_year": (values.id_year, "ID_STRUCTURE_YEAR"),
    "id_province": (values.id_province, "ID_PROVINCE"),
    "no_zero": (values.no_zero, None),
    "as_float": (values.as_float, None),
    "missing": (values.missing, None),
    "ethnic": (values.ethnic, "ETHNICITY"),
    "sex": (values.sex, "SEX"),
    "l_for_n": (names.l_for_n, "NAME_DIALECT"),
}
"""Kind of mistake → how it is made, and the code a comparison ought to give it (null: no discrepancy)."""
