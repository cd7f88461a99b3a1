"""One code or word of a closed list → its meaning: sex, people, nationality, relation, kinds of registration.

The lists are ``rules/lists/*.csv``. ``0``, blank, *Không có thông tin* and *Null* mean "no information" in every
list (template hộ tịch 158). A text that no list knows is null with a note, never the nearest entry.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from reconcile.normalize.code_lists import Row, list_rows, load_list
from reconcile.normalize.number_words import fold

NO_INFORMATION = frozenset(
    {"", "0", "00", "null", "none", "nan", "khongcothongtin", "khongco", "khongro", "chuaro", "khongbiet", "na",
     "koro", "kr", "trong"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListReading:
    """An entry as read: ``value`` its code or meaning (text), None with the reason in ``notes``."""

    input: str
    value: str | None = None
    notes: tuple[str, ...] = ()
    doubtful: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        return {**asdict(self), "notes": list(self.notes)}


@dataclass(frozen=True, slots=True)
class SexReading:
    """Sex as read: 1 male, 2 female, None unknown or undetermined."""

    input: str
    value: int | None = None
    notes: tuple[str, ...] = ()
    doubtful: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        return {**asdict(self), "notes": list(self.notes)}


def plain_key(text: str) -> str:
    """Return letters and digits only, without marks: how entries are looked up when marks are missing."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


def marked_key(text: str) -> str:
    """Return letters and digits only, lower case, marks kept (in one order) so that Lào is not La Hủ's Lao."""
    lower = unicodedata.normalize("NFC", text).lower().replace("ð", "đ")
    return re.sub(r"[\W_]", "", lower)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def is_blank(text: str | None) -> bool:
    """Tell whether a cell says nothing."""
    key = plain_key(text or "")
    return key in NO_INFORMATION or bool(re.fullmatch(r"0+\.0*", (text or "").strip()))


Index = dict[str, frozenset[str]]


@lru_cache(maxsize=64)
def _index(
    file: str, value: str, where: tuple[tuple[str, str], ...] = ()
) -> tuple[Index, Index, dict[str, str]]:
    """Return (marked key → values, plain key → values, code → value) of one list."""
    marked: dict[str, set[str]] = {}
    plain: dict[str, set[str]] = {}
    codes: dict[str, str] = {}
    for row in list_rows(file):
        if any(row[k] not in {v, ""} for k, v in where):
            continue
        if "code" in row:
            codes[row["code"]] = row[value]
        for name in [row["name"], *row.get("other_names", "").split(";")]:
            if name.strip():
                marked.setdefault(marked_key(name), set()).add(row[value])
                plain.setdefault(plain_key(name), set()).add(row[value])
    return (
        {k: frozenset(v) for k, v in marked.items()},
        {k: frozenset(v) for k, v in plain.items()},
        codes,
    )


def look_up(
    text: str | None,
    file: str,
    value: str = "meaning",
    *,
    codes: bool = True,
    where: dict[str, str] | None = None,
) -> ListReading:
    """Read an entry of ``rules/lists/<file>`` by name, other name or (``codes``) code; ``where`` filters rows."""
    written = text or ""
    if is_blank(text):
        return ListReading(written, notes=("BLANK",))
    marked, plain, by_code = _index(file, value, tuple(sorted((where or {}).items())))
    stripped = re.sub(r"^0*(\d+)(?:[.,]0+)?$", r"\1", written.strip())
    if stripped.isdigit():
        if codes and stripped in by_code:
            return ListReading(written, by_code[stripped])
        return ListReading(written, notes=("UNKNOWN_CODE" if codes else "BARE_NUMBER",), doubtful=True)
    found = marked.get(marked_key(written)) or plain.get(plain_key(written))
    if found is None:
        return ListReading(written, notes=("NOT_IN_LIST",), doubtful=True)
    if len(found) > 1:
        return ListReading(
            written, notes=("AMBIGUOUS", *(f"CANDIDATE:{v}" for v in sorted(found))), doubtful=True
        )
    return ListReading(written, next(iter(found)))


def read_sex(text: str | None) -> SexReading:
    """Read sex: 1/2/3, Nam/Nữ, M/F, Trai/Gái … → 1 male, 2 female, None; 3 = said to be undetermined."""
    reading = look_up(
        re.sub(r"^\s*gi[oơớ]i t[ií]nh\s*:?\s*(?=\S)", "", _nfc(text or ""), flags=re.IGNORECASE), "sexes.csv"
    )
    if reading.value == "":
        return SexReading(text or "", notes=("UNDETERMINED",))
    number = int(reading.value) if reading.value else None
    return SexReading(text or "", number, reading.notes, reading.doubtful)


_PEOPLE = re.compile(r"^\s*(?:d[aâ]n t[oộ]c|ng[uư][oờ]i)\s*:?\s*(?=\S)", re.IGNORECASE)
_NAME_AND_GROUP = re.compile(r"^(.*?)\s*[(\[]\s*(.*?)\s*[)\]]?\s*$")


@lru_cache(maxsize=1)
def _people() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]], dict[str, str]]:
    marked, plain, _ = _index("ethnic_names.csv", "code")
    official = {
        marked_key(r["name"]): r["code"] for r in list_rows("ethnic_names.csv") if r["kind"] == "official"
    }
    return marked, plain, official


def _codes_of_people(name: str) -> frozenset[str]:
    marked, plain, _ = _people()
    exact = frozenset() if name.isascii() else marked.get(marked_key(name), frozenset())
    return exact or plain.get(plain_key(name)) or frozenset()  # LAO without marks may be Lào or Lao


def read_ethnicity(text: str | None) -> ListReading:
    """Read a people by name → its code of 2008. A bare number is not read: three orders of codes are in use.

    ``Tên (tên nhóm)`` is read by the name, or by the group where the name is ambiguous. *Thổ* is taken as the
    people of that name with a doubt, since Tày and Khmer were called so too.
    """
    written = text or ""
    if is_blank(text) or plain_key(written) in {"khac", "khongxacdinh"}:
        return ListReading(written, notes=("BLANK",) if is_blank(text) else ("OTHER",))
    if re.fullmatch(r"\s*\d+(?:[.,]0+)?\s*", written):
        return ListReading(written, notes=("BARE_NUMBER",), doubtful=True)
    name, group = _nfc(written).strip(" .,;"), ""
    codes = _codes_of_people(name)
    if not codes:
        name = _PEOPLE.sub("", name)
        codes = _codes_of_people(name)
    split = _NAME_AND_GROUP.match(name)
    if not codes and split:
        name, group = split[1], split[2]
        codes, narrower = _codes_of_people(name), _codes_of_people(group)
        if len(codes & narrower) == 1 and len(codes) > 1:
            codes = codes & narrower
        elif not codes:
            codes = narrower
    if not codes:
        return ListReading(written, notes=("NOT_IN_LIST",), doubtful=True)
    if len(codes) == 1:
        return ListReading(written, next(iter(codes)))
    official = _people()[2].get(marked_key(name))
    others = tuple(f"CANDIDATE:{c}" for c in sorted(codes) if c != official)
    return ListReading(written, official, ("AMBIGUOUS", *others), doubtful=True)


def read_nationality(text: str | None) -> ListReading:
    """Read a nationality → ISO 3166-1 alpha-2: ``Việt Nam``, ``VIET NAM``, ``VN``, ``Tên (English)``."""
    written = text or ""
    if is_blank(text):
        return ListReading(written, notes=("BLANK",))
    known = {code.lower(): code for code in load_list("nationalities.csv", key="code")}
    bare = re.sub(r"^\s*qu[oố]c t[iị]ch\s*:?\s*(?=\S)", "", _nfc(written).strip(" .,;"), flags=re.IGNORECASE)
    if bare.lower() in known:
        return ListReading(written, known[bare.lower()])
    reading = look_up(bare, "nationalities.csv", "code", codes=False)
    split = _NAME_AND_GROUP.match(bare)
    if reading.value is None and split and "NOT_IN_LIST" in reading.notes:
        reading = look_up(split[1], "nationalities.csv", "code", codes=False)
        if reading.value is None:
            reading = look_up(split[2], "nationalities.csv", "code", codes=False)
    return ListReading(written, reading.value, reading.notes, reading.doubtful)


def read_marital_status(text: str | None) -> ListReading:
    """Read marital status in any wording → single, married, divorced, widowed. Bare numbers are not read."""
    return look_up(text, "marital_statuses.csv", codes=False)


def read_marriage_state(text: str | None) -> ListReading:
    """Read ``tinhTrangKetHon`` of a marriage record → divorced, annulled, recognised."""
    return look_up(text, "marriage_states.csv", codes=False)


def read_household_relation(text: str | None) -> ListReading:
    """Read the relation to the head of household → head, wife, son, …."""
    return look_up(text, "household_relations.csv", codes=False)


def read_registration_kind(text: str | None, register: str, *, version: str = "") -> ListReading:
    """Read ``loaiDangKy`` of a register (KS KT KH CMC), optionally of one template version."""
    where = {"list": "loaiDangKy", "register": register} | ({"version": version} if version else {})
    return look_up(text, "registration_kinds.csv", where=where)


def read_recognition_kind(text: str | None) -> ListReading:
    """Read ``loaiXacNhan`` of CMC: who recognises whom."""
    return look_up(text, "registration_kinds.csv", where={"list": "loaiXacNhan"})


def read_birth_kind(text: str | None) -> ListReading:
    """Read ``nksLoaiKhaiSinh``: which parents are determined."""
    return look_up(text, "birth_kinds.csv")


def read_identity_paper(text: str | None) -> ListReading:
    """Read the kind of an identity paper."""
    return look_up(text, "identity_papers.csv")


def entry(file: str, meaning: str) -> Row:
    """Return the row of a list with this meaning. Errors: KeyError."""
    return load_list(file, key="meaning")[meaning][0]
