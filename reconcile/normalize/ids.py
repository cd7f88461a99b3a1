"""The 12-digit personal number (số định danh) and the 9-digit CMND: read, repaired where Excel broke them, checked.

Structure ``PPP G YY RRRRRR``: NĐ 137/2015 Điều 13, TT 07/2016 Điều 7, TT 59/2021. No check digit exists, so only
province, century and sex, and year can be checked.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from reconcile.normalize.code_lists import load_list
from reconcile.normalize.number_words import fold

if TYPE_CHECKING:
    from datetime import date

NO_NUMBER = frozenset(
    {"", "null", "none", "nan", "khong", "khong co", "khong co thong tin", "chua co", "chua cap", "khong ro",
     "khong xac dinh", "n/a", "-", "x"}
)  # fmt: skip
FIRST_FOREIGN = 101
"""Province codes from here on are countries (Phụ lục 2); the list itself is not public."""

_SCIENTIFIC = re.compile(r"^\d(?:[.,]\d+)?e\+?\d{1,2}$")
_FLOAT = re.compile(r"^(\d{8,12})[.,]0+$")
_LABEL = re.compile(
    r"^(?:so\s*)?(?:dinh danh(?: ca nhan)?|cccd|cmnd|cmt|can cuoc(?: cong dan)?|sddcn|ddcn|gcmnd|cmtnd)?\s*(?:so)?\s*[:.]?\s*"
)


@dataclass(frozen=True, slots=True)
class IdReading:
    """A number as read: ``value`` 12 or 9 digits; of a 12-digit one also province, sex (1 Nam, 2 Nữ), birth year."""

    input: str
    value: str | None = None
    province: str | None = None
    sex: int | None = None
    year: int | None = None
    notes: tuple[str, ...] = ()
    doubtful: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        return {**asdict(self), "notes": list(self.notes)}


def province_known(code: str) -> bool:
    """Tell whether PPP is one of the 63 provinces or a country."""
    return code in load_list("id_provinces.csv", key="code") or int(code) >= FIRST_FOREIGN


def sex_of(digits: str) -> int:
    """Return 1 (Nam) or 2 (Nữ) from the fourth digit."""
    return 1 + int(digits[3]) % 2


def year_of(digits: str) -> int:
    """Return the birth year from the century digit and the two after it."""
    return 1900 + 100 * (int(digits[3]) // 2) + int(digits[4:6])


def read_id(text: str | None) -> IdReading:
    """Read a personal number; what Excel did to it is undone only where no digit can be wrong.

    >>> read_id("30085001234").value, read_id("30085001234.0").value, read_id("3,0085E+10").value
    ('030085001234', '030085001234', None)
    """
    written = text or ""
    folded = fold(unicodedata.normalize("NFKC", written)).strip(" \t'\"`,;:.")
    if folded in NO_NUMBER or not folded.strip("0.- "):
        return IdReading(written, notes=("BLANK",))
    bare = _LABEL.sub("", folded, count=1)
    notes: list[str] = []
    float_form = _FLOAT.match(bare.replace(" ", ""))
    if float_form:
        bare = float_form[1]
        notes.append("FLOAT")
    elif _SCIENTIFIC.match(bare.replace(" ", "")):
        exact = _scientific(bare.replace(" ", ""))
        if exact is None:
            return IdReading(written, notes=("DIGITS_LOST",), doubtful=True)
        bare = exact
        notes.append("SCIENTIFIC_NOTATION")
    digits = re.sub(r"[\s.\-_,/]+", "", bare)
    if digits != bare and digits.isdigit():
        notes.append("SEPARATORS_DROPPED")
    if not digits.isdigit():
        return IdReading(written, notes=(_not_digits(digits),), doubtful=True)
    return _read_digits(written, digits, notes)


def _scientific(text: str) -> str | None:
    """Return the digits of ``3.0085001234E+10`` if none is lost: all figures before the exponent are shown."""
    try:
        number = Decimal(text.replace(",", ".").upper())
    except InvalidOperation:
        return None
    shown = len(number.as_tuple().digits)
    magnitude = number.adjusted() + 1
    # Shown figures fewer than the number's: the rest may be true zeros or lost digits. One dropped zero at the
    # end is still exact only if the writer never rounds, which Excel does: accept no missing figure but the last.
    if magnitude not in {8, 9, 11, 12} or shown < magnitude - 1:
        return None
    if shown == magnitude - 1 and magnitude < 11:
        return None
    return str(int(number)) if number == number.to_integral_value() else None


def _not_digits(text: str) -> str:
    if re.fullmatch(r"[\doil]+", text):
        return "LETTER_FOR_DIGIT"
    if re.fullmatch(r"[a-z]{1,3}\d{6,9}", text):
        return "PASSPORT_LIKE"
    return "NOT_DIGITS"


def _read_digits(written: str, digits: str, notes: list[str]) -> IdReading:
    if len(digits) == 13 and digits[0] == "0" and _structure_ok(digits[1:]):
        return IdReading(written, notes=(*notes, "WRONG_LENGTH", f"CANDIDATE:{digits[1:]}"), doubtful=True)
    if len(digits) in {10, 11}:
        padded = digits.zfill(12)
        if _structure_ok(padded):
            digits = padded
            notes.append("LEADING_ZERO_RESTORED")
    elif len(digits) == 8:
        digits = "0" + digits  # CMND of Hà Nội 01 … Thái Nguyên 09
        notes.append("LEADING_ZERO_RESTORED")
    if len(digits) == 9:
        if len(set(digits)) == 1:
            return IdReading(written, notes=(*notes, "FILLER"), doubtful=True)
        return IdReading(written, digits, old_province(digits), None, None, tuple(notes))
    if len(digits) != 12:
        return IdReading(written, notes=(*notes, "WRONG_LENGTH"), doubtful=True)
    if len(set(digits)) == 1 or digits == "123456789012":
        return IdReading(written, notes=(*notes, "FILLER"), doubtful=True)
    if not province_known(digits[:3]):
        notes.append("UNKNOWN_PROVINCE")
    year = year_of(digits)
    if int(digits[3]) > 3:
        notes.append("YEAR_NOT_YET")  # birth years from 2100 on
    doubtful = "UNKNOWN_PROVINCE" in notes or "YEAR_NOT_YET" in notes
    return IdReading(written, digits, digits[:3], sex_of(digits), year, tuple(notes), doubtful)


def _structure_ok(digits: str) -> bool:
    return province_known(digits[:3]) and digits[:3] < "100" and int(digits[3]) <= 3


def old_province(digits: str) -> str | None:
    """Return the province code of a CMND prefix, where the prefix belongs to one province alone."""
    table = load_list("cmnd_prefixes.csv", key="prefix")
    for length in (3, 2):
        rows = table.get(digits[:length], [])
        if rows:
            alone = len(rows) == 1 and rows[0]["certainty"] == "verified"
            return (rows[0]["province"] or None) if alone else None
    return None


def check_id(
    number: str | None,
    *,
    sex: int | None = None,
    born: tuple[date, date] | None = None,
    province: str | None = None,
) -> tuple[str, ...]:
    """Return the codes of what contradicts a 12-digit number: ID_STRUCTURE_SEX, ID_STRUCTURE_YEAR, ID_PROVINCE.

    ``born`` = (earliest, latest) day of birth; ``province`` = three-digit code where the birth was registered.
    Sex and year are errors, the province a warning only: P is where the birth was registered as known when the
    number was issued (NĐ 137/2015 Điều 13). A 9-digit number has no structure to check.
    """
    if number is None or len(number) != 12 or not number.isdigit():
        return ()
    codes = []
    if sex in {1, 2} and sex_of(number) != sex:
        codes.append("ID_STRUCTURE_SEX")
    if born is not None and not born[0].year <= year_of(number) <= born[1].year:
        codes.append("ID_STRUCTURE_YEAR")
    if not province_known(number[:3]) or (province is not None and number[:3] != province):
        codes.append("ID_PROVINCE")
    return tuple(codes)
