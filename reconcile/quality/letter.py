"""What stands around the text of an administrative report: office, number, place, signer, recipients (NĐ 30/2020)."""

from __future__ import annotations

from dataclasses import dataclass

BLANK = "…"
"""What somebody has to fill in."""

KINDS = ("Thị trấn", "Phường", "Đặc khu", "Xã")
"""First words of a commune's name; the place of a report is named without them."""


@dataclass(frozen=True, slots=True)
class Letter:
    """The frame of one report. Lines are parted by line breaks.

    ``superior``: the office above (cơ quan chủ quản), empty = none; ``office``: who reports; ``symbol``: behind the
    number; ``place``: where it is dated; ``to``: whom it addresses; ``recipients``: Nơi nhận; ``signer``: over the
    signature.
    """

    office: str
    superior: str = ""
    symbol: str = f"BC-{BLANK}"
    place: str = BLANK
    to: str = ""
    recipients: tuple[str, ...] = ()
    signer: str = "Thủ trưởng đơn vị"


def of_commune(name: str, above: str) -> Letter:
    """Return the frame of a commune's report to the office ``above``: a people's committee has no office over it."""
    kind = next((k for k in KINDS if name.casefold().startswith(f"{k.casefold()} ")), "")
    return Letter(
        office=f"Ủy ban nhân dân\n{name}",
        symbol="BC-UBND",
        place=name[len(kind) :].strip() or BLANK,
        to=above,
        recipients=("Như trên",),
        signer="TM. Ủy ban nhân dân\nChủ tịch",
    )
