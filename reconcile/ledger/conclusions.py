"""*Kết luận* as people type it → one of the six, whatever its case, marks and blanks; never a guess."""

from __future__ import annotations

import difflib
import re
import unicodedata

from reconcile.report import layout

_NO_LETTERS = re.compile(r"[^a-z]+")


def plain(text: str) -> str:
    """Return lower-case letters a–z without marks, runs of anything else as one blank."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return _NO_LETTERS.sub(" ", bare.replace("đ", "d").replace("ð", "d")).strip()


_KNOWN = {plain(c): c for c in layout.CONCLUSIONS}


def read_conclusion(text: str) -> str | None:
    """Return the conclusion that the text names, None where it names none.

    >>> read_conclusion("  SUA  ho tich. "), read_conclusion("sửa")
    ('Sửa hộ tịch', None)
    """
    return _KNOWN.get(plain(text))


def nearest(text: str) -> str | None:
    """Return the conclusion that was probably meant, to be named in the refusal and for nothing else."""
    close = difflib.get_close_matches(plain(text), list(_KNOWN), n=1, cutoff=0.75)
    return _KNOWN[close[0]] if close else None
