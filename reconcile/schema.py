"""The canonical tables: every column, its dtype and its meaning. The one place that says what a table is.

Two families of columns, told apart by language on purpose:

* **as written** – Vietnamese codes (``ho_ten``, ``ngay_sinh`` …): the text of the source cell, untouched
  (decoded to Unicode where a legacy font stored it, nothing else). Shown to clerks, written to outputs.
* **comparable** – English codes (``name_key``, ``birth_earliest`` …): what the normaliser made of them.
  Matching and comparing look only at these.

Stages pass Polars frames with exactly these columns (a stage may add columns of its own behind them).
"""

from __future__ import annotations

import polars as pl

from reconcile import schema_table
from reconcile.schema_table import columns as _columns

Column = schema_table.Column
Table = schema_table.Table
Text = pl.String
Row = pl.UInt32
Day = pl.Date

REGISTERS = {
    "KS": "khai sinh",
    "KH": "kết hôn",
    "KT": "khai tử",
    "CMC": "nhận cha, mẹ, con",
    "HN": "xác nhận tình trạng hôn nhân",
}
"""Register code → Vietnamese name."""

ROLES = {
    "nks": "người được khai sinh",
    "me": "mẹ",
    "cha": "cha",
    "chong": "chồng",
    "vo": "vợ",
    "nkt": "người chết",
    "cm": "cha, mẹ nhận con",
    "nc": "người con được nhận",
    "nxn": "người được xác nhận",
}
"""Role code of a mention → Vietnamese name."""

MENTION_ROLES = {
    "KS": ("nks", "me", "cha"),
    "KH": ("chong", "vo"),
    "KT": ("nkt",),
    "CMC": ("cm", "nc"),
    "HN": ("nxn",),
}
"""Register → the roles whose persons are looked up in the population."""

ORIGIN = _columns(
    [
        ("record_id", Text, "stable id of the record, KS.10918.2016.01.52 style; never holds personal data"),
        ("source_file", Text, "path of the file as given, with forward slashes, relative to the input root"),
        (
            "source_row",
            Row,
            "row number that Excel shows (header = 1), the same counting for CSV and Parquet",
        ),
        ("register", Text, "KS KH KT CMC HN"),
    ]
)

RECORDS = Table(
    "records",
    "one usable row of a register",
    ORIGIN
    + _columns(
        [
            ("source_sheet", Text, "sheet of the workbook, null for CSV and Parquet"),
            ("profile", Text, "source profile that read it: hotich158, congan, misa, hotichdientu"),
            ("so", Text, "số đăng ký, as written"),
            ("quyen_so", Text, "quyển số, as written"),
            ("trang_so", Text, "trang số, as written"),
            ("ngay_dang_ky", Text, "date of registration, as written"),
            ("loai_dang_ky", Text, "kind of registration, as written (code or words)"),
            ("noi_dang_ky", Text, "place of registration, as written"),
            ("nguoi_ky", Text, "signer"),
            ("nguoi_thuc_hien", Text, "clerk who keyed or did it"),
            ("ghi_chu", Text, "notes: corrections, divorce, recognition …"),
            ("ngay_su_kien", Text, "date of death (KT) or start of the marriage (KH), as written"),
            ("ngay_su_kien_bang_chu", Text, "the same in words"),
            ("noi_su_kien", Text, "place of death"),
            ("loai_khai_sinh", Text, "KS: nksLoaiKhaiSinh"),
            ("tinh_trang", Text, "KH: tinhTrangKetHon; HN: nxnTinhTrangHonNhan"),
            ("loai_xac_nhan", Text, "CMC: loaiXacNhan"),
            ("folder_commune", Text, "commune code taken from the folder or the workspace, if any"),
            # comparable
            ("number", pl.Int64, "số as an integer"),
            ("book", pl.Int64, "quyển as an integer"),
            ("book_year", pl.Int64, "year in quyển số, else of registration"),
            ("registered_earliest", Day, "date of registration, first day it can mean"),
            ("registered_latest", Day, "last day it can mean"),
            ("event_earliest", Day, "ngay_su_kien, first day"),
            ("event_latest", Day, "ngay_su_kien, last day"),
            (
                "commune_code",
                Text,
                "statistics-office code of the commune that registered, valid at the time; null = unknown",
            ),
        ]
    ),
)

PERSON_AS_WRITTEN = _columns(
    [
        ("ho_ten", Text, "full name"),
        ("ngay_sinh", Text, "date of birth"),
        ("gioi_tinh", Text, "sex"),
        ("so_dinh_danh", Text, "12-digit number"),
        ("so_cmnd", Text, "9-digit number or number of an identity paper"),
        ("dan_toc", Text, "people"),
        ("quoc_tich", Text, "nationality"),
        ("noi_sinh", Text, "place of birth"),
        ("noi_dang_ky_khai_sinh", Text, "place where the birth was registered"),
        ("que_quan", Text, "ancestral home"),
        ("noi_cu_tru", Text, "residence (population: nơi thường trú)"),
        ("ho_ten_cha", Text, "father's name"),
        ("ngay_sinh_cha", Text, "father's date of birth (register only)"),
        ("so_dinh_danh_cha", Text, "father's number"),
        ("ho_ten_me", Text, "mother's name"),
        ("ngay_sinh_me", Text, "mother's date of birth (register only)"),
        ("so_dinh_danh_me", Text, "mother's number"),
        ("ho_ten_vo_chong", Text, "spouse's name"),
        ("ngay_sinh_vo_chong", Text, "spouse's date of birth (register only)"),
        ("so_dinh_danh_vo_chong", Text, "spouse's number"),
        ("ngay_chet", Text, "date of death"),
    ]
)

PERSON_COMPARABLE = _columns(
    [
        (
            "name_key",
            Text,
            "name compared for equality: NFC, lower case, one tone placement, single blanks; null = none",
        ),
        ("name_plain", Text, "the same in lower-case ASCII"),
        ("name_phonetic", Text, "northern phonetic key"),
        ("birth_earliest", Day, "first day the date of birth can mean; null = unknown"),
        ("birth_latest", Day, "last day it can mean"),
        ("sex", pl.Int8, "1 male, 2 female, null unknown"),
        ("personal_id", Text, "12 digits, null where unreadable or absent"),
        ("old_id", Text, "9 digits, null where unreadable or absent"),
        ("ethnicity", Text, "code of 2008 (01 Kinh …), null unknown"),
        ("nationality", Text, "two letters, VN …, null unknown"),
        ("birth_unit", Text, "commune-level code of noi_sinh valid in its time; null = not found"),
        ("birth_registration_unit", Text, "the same of noi_dang_ky_khai_sinh"),
        ("home_unit", Text, "the same of que_quan"),
        ("residence_unit", Text, "the same of noi_cu_tru"),
        (
            "birth_unit_id",
            Text,
            "unit of the gazetteer that noi_sinh names, of any level: a code is used again, a unit_id never",
        ),
        ("birth_registration_unit_id", Text, "the same of noi_dang_ky_khai_sinh"),
        ("home_unit_id", Text, "the same of que_quan"),
        ("residence_unit_id", Text, "the same of noi_cu_tru"),
        ("father_key", Text, "father's name_key"),
        ("father_plain", Text, "father's name_plain"),
        ("father_phonetic", Text, "father's northern key"),
        ("father_birth_earliest", Day, "father's birth, first day (register only)"),
        ("father_birth_latest", Day, "last day"),
        ("father_id", Text, "father's 12 digits"),
        ("mother_key", Text, "mother's name_key"),
        ("mother_plain", Text, "mother's name_plain"),
        ("mother_phonetic", Text, "mother's northern key"),
        ("mother_birth_earliest", Day, "mother's birth, first day (register only)"),
        ("mother_birth_latest", Day, "last day"),
        ("mother_id", Text, "mother's 12 digits"),
        ("spouse_key", Text, "spouse's name_key"),
        ("spouse_plain", Text, "spouse's name_plain"),
        ("spouse_phonetic", Text, "spouse's northern key"),
        ("spouse_birth_earliest", Day, "spouse's birth, first day (register only)"),
        ("spouse_birth_latest", Day, "last day"),
        ("spouse_id", Text, "spouse's 12 digits"),
        ("death_earliest", Day, "date of death, first day"),
        ("death_latest", Day, "last day"),
    ]
)

MENTION_EXTRA = _columns(
    [
        ("role", Text, "nks me cha chong vo nkt cm nc nxn"),
        ("ngay_sinh_bang_chu", Text, "date of birth in words (nks)"),
        ("nguoi_khai", Text, "name of the applicant who reported the event (nkt)"),
        ("quan_he_nguoi_khai", Text, "what the applicant is to this person: con, vợ, chồng, cha … (nkt)"),
    ]
)

MENTIONS = Table(
    "mentions",
    "a person as one record names them; key (record_id, role)",
    ORIGIN + MENTION_EXTRA + PERSON_AS_WRITTEN,
)

MENTION_CONTEXT = _columns(
    [
        ("registered_earliest", Day, "the record's date of registration, first day"),
        ("registered_latest", Day, "last day"),
        ("commune_code", Text, "the record's commune"),
        ("loai_dang_ky", Text, "the record's kind of registration, as written"),
    ]
)

MENTION_APPLICANT = _columns(
    [
        ("applicant_key", Text, "applicant's name_key"),
        ("applicant_plain", Text, "applicant's name_plain"),
        ("applicant_phonetic", Text, "applicant's northern key"),
        ("applicant_relation", Text, "spouse, parent, child, other; null = not said or not understood"),
    ]
)

NORMALIZED_MENTIONS = Table(
    "normalized mentions",
    "a mention with its comparable values and what matching needs of its record",
    MENTIONS.columns + PERSON_COMPARABLE + MENTION_CONTEXT + MENTION_APPLICANT,
)

RESIDENT_EXTRA = _columns(
    [
        ("population_row", Row, "row of the extract, counted as Excel does (first person = 2)"),
        ("resident_id", Text, "12-digit number, row:<n> where the extract gives none or repeats it"),
        ("ten_goi_khac", Text, "other name"),
        ("ton_giao", Text, "religion"),
        ("noi_tam_tru", Text, "temporary residence"),
        ("noi_o_hien_tai", Text, "present dwelling"),
        ("tinh_trang_hon_nhan", Text, "marital status"),
        ("ho_ten_chu_ho", Text, "head of household's name"),
        ("so_dinh_danh_chu_ho", Text, "head of household's number"),
        ("quan_he_chu_ho", Text, "relation to the head of household"),
        ("so_dinh_danh_cu", Text, "former 12-digit numbers"),
    ]
)

RESIDENTS = Table("residents", "one person of the population extract", RESIDENT_EXTRA + PERSON_AS_WRITTEN)

NORMALIZED_RESIDENTS = Table(
    "normalized residents",
    "a resident with comparable values",
    RESIDENTS.columns
    + PERSON_COMPARABLE
    + _columns(
        [
            ("other_name_key", Text, "name_key of ten_goi_khac"),
            ("household_id", Text, "head of household's 12 digits"),
            ("former_ids", pl.List(Text), "readable numbers of so_dinh_danh_cu"),
            ("marital_status", Text, "single, married, divorced, widowed; null unknown"),
        ]
    ),
)

REJECTED = Table(
    "rejected",
    "an input row (or a whole file, row null) that could not be used, or was used with a doubt",
    _columns(
        [
            ("source_file", Text, "path as given"),
            ("source_sheet", Text, "sheet, null outside workbooks"),
            ("source_row", Row, "row as Excel counts; null = the whole file or sheet"),
            ("register", Text, "register if known, DC for the population extract"),
            ("column", Text, "column header as written"),
            ("value", Text, "the cell as written"),
            ("code", Text, "stable reason code"),
            ("reason", Text, "one Vietnamese sentence: what is wrong"),
            ("advice", Text, "one Vietnamese sentence: what to do"),
            ("fatal", pl.Boolean, "true = the row (or file) was not used; false = used without this cell"),
            ("commune_code", Text, "commune that must act, if known"),
        ]
    ),
)

LINKS = Table(
    "links",
    "a mention that is looked up in the population",
    ORIGIN
    + _columns(
        [
            ("role", Text, "nks me cha chong vo nkt cm nc nxn"),
            (
                "resident_id",
                Text,
                "the person's 12-digit number; row:<n> where the extract gives none; null = none",
            ),
            ("population_row", Row, "row of the extract"),
            ("probability", pl.Float64, "calibrated probability that this is the person; 0 where none"),
            ("tier", Text, "match, review, none"),
            ("match_pass", Text, "name of the pass in rules/matching.toml that settled it"),
            ("match_weight", pl.Float64, "log2 Bayes factor, null for exact passes without a score"),
        ]
    ),
)

CANDIDATES = Table(
    "candidates",
    "one of up to five persons considered for a mention in review",
    ORIGIN
    + _columns(
        [
            ("role", Text, "as in links"),
            ("rank", pl.UInt8, "1 = best"),
            ("resident_id", Text, "as in links"),
            ("population_row", Row, "as in links"),
            ("probability", pl.Float64, "as in links"),
            ("match_weight", pl.Float64, "log2 Bayes factor, prior included"),
            # one column per field of evidence, evidence_<field>: the level's name; weight_<field>: its share of
            # the weight. The fields are those of rules/matching.toml.
        ]
    ),
)

DISCREPANCIES = Table(
    "discrepancies",
    "one difference that a person has to look at",
    _columns([("discrepancy_id", Text, "stable while the two values and the pair stay the same")])
    + ORIGIN
    + _columns(
        [
            ("role", Text, "as in links"),
            ("resident_id", Text, "as in links; null where there is no person"),
            ("population_row", Row, "as in links"),
            ("field", Text, "ho_ten ngay_sinh gioi_tinh …"),
            ("code", Text, "key of rules/discrepancies.toml"),
            ("severity", Text, "info minor major critical"),
            ("civil_value", Text, "as written in the register"),
            ("population_value", Text, "as written in the population"),
            ("owner", Text, "tu_phap cong_an xac_minh: who is proposed to act"),
            ("owner_reason", Text, "one Vietnamese sentence: why this owner"),
            ("message", Text, "one Vietnamese sentence that a clerk understands"),
            ("systematic", Text, "id of the group when many records share one cause"),
            ("commune_code", Text, "commune that registered the record"),
        ]
    ),
)

VALIDATION = Table(
    "validation",
    "one record (or a person in it) that breaks a rule on single records",
    _columns(
        [
            ("rule_id", Text, "key of rules/validation.toml"),
            ("dimension", Text, "completeness validity consistency uniqueness timeliness"),
            ("severity", Text, "info minor major"),
        ]
    )
    + ORIGIN
    + _columns(
        [
            ("role", Text, "as in links; null where the record itself is at fault"),
            ("field", Text, "what is at fault: ngay_sinh ngay_dang_ky so quyen_so …"),
            ("value", Text, "as written in the register"),
            ("message", Text, "one Vietnamese sentence that a clerk understands"),
            ("commune_code", Text, "commune that registered the record"),
        ]
    ),
)

ROOMS = (
    *(RECORDS, MENTIONS, NORMALIZED_MENTIONS, RESIDENTS, NORMALIZED_RESIDENTS, REJECTED),
    *(LINKS, CANDIDATES, DISCREPANCIES, VALIDATION),
)
"""All canonical tables, for documentation and tests."""
