"""The texts of a workbook, each written once: taken and written as whole columns.

XlsxWriter looks each cell's text up by itself and writes each text by itself; a commune has a hundred thousand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import polars as pl
from xlsxwriter import Workbook, workbook
from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings

if TYPE_CHECKING:
    from xlsxwriter.sharedstrings import SharedStringTable


def numbers(table: SharedStringTable, texts: pl.Series) -> pl.Series:
    """Return the number of each text in the workbook's table (null for null), new ones added in their order."""
    distinct = texts.drop_nulls().unique(maintain_order=True)
    known: dict[str, int] = table.string_table
    added = [known.setdefault(text, len(known)) for text in distinct.to_list()]
    table.unique_count = len(known)
    table.count += texts.len() - texts.null_count()
    found = pl.DataFrame({"text": distinct, "number": pl.Series(added, dtype=pl.UInt32)})
    asked = texts.alias("text").to_frame()
    return asked.join(found, on="text", how="left", maintain_order="left")["number"]


def escaped(text: pl.Expr) -> pl.Expr:
    """Return texts as XML holds them."""
    for sign, code in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.str.replace_all(sign, code, literal=True)
    return text


def items(texts: list[str]) -> str:
    """Return the texts as items of ``sharedStrings.xml``, letter by letter what XlsxWriter writes.

    A text that is runs of fonts (``<r>…</r>``) is XML already. Signs that XML can't hold become ``_xHHHH_``.
    """
    text = pl.col("text")
    frame = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    if frame["text"].str.contains(_STRANGE).any():
        frame = pl.DataFrame({"text": [SharedStrings._escape_control_characters(t) for t in texts]})
    runs = text.str.starts_with("<r>") & text.str.ends_with("</r>")
    blank = pl.when(text.str.contains(r"^\s|\s$")).then(pl.lit(' xml:space="preserve"')).otherwise(pl.lit(""))
    plain = pl.concat_str(pl.lit("<t"), blank, pl.lit(">"), escaped(text), pl.lit("</t>"))
    item = pl.concat_str(pl.lit("<si>"), pl.when(runs).then(text).otherwise(plain), pl.lit("</si>"))
    return str(frame.select(item.str.join("")).item())


_STRANGE = r"_x[0-9a-fA-F]{4}_|[\x00-\x08\x0b-\x1f\x{fffe}\x{ffff}]"


class _Strings(SharedStrings):  # type: ignore[misc]
    def _write_sst_strings(self) -> None:
        self.fh.write(items(self.string_table.string_array))


class _Packager(Packager):  # type: ignore[misc]
    def _write_shared_strings_file(self) -> None:
        table = self.workbook.str_table
        if table.count:
            strings = _Strings()
            strings.string_table = table
            strings._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            strings._assemble_xml_file()


class _LightZip(ZipFile):
    """Compresses as lightly as pays: three times as fast as usual, files a fifth larger."""

    def writestr(
        self,
        zinfo_or_arcname: Any,
        data: Any,
        compress_type: int | None = None,
        compresslevel: int | None = 2,
    ) -> None:
        super().writestr(zinfo_or_arcname, data, compress_type, compresslevel)


class RowBook(Workbook):  # type: ignore[misc]
    """A workbook that writes its texts at once and compresses lightly, for which XlsxWriter has no setting."""

    def _get_packager(self) -> Any:
        return _Packager()

    def _store_workbook(self) -> None:
        usual, workbook.ZipFile = workbook.ZipFile, _LightZip
        try:
            super()._store_workbook()
        finally:
            workbook.ZipFile = usual
