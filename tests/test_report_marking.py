import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.report.marking import differing, differing_lines


def shown(parts):
    return "".join(f"[{text}]" if differs else text for text, differs in parts)


@pytest.mark.parametrize(
    ("left", "right", "marked_left", "marked_right"),
    [
        # one letter, one tone, one sign
        ("Phạm Văn Bính", "Phạm Văn Bình", "Phạm Văn B[í]nh", "Phạm Văn B[ì]nh"),
        ("Nguyễn Thị Nga", "Nguyễn Thị Ngà", "Nguyễn Thị Ng[a]", "Nguyễn Thị Ng[à]"),
        ("Đỗ Lan", "Dỗ Lan", "[Đ]ỗ Lan", "[D]ỗ Lan"),
        ("Giàu", "Giao", "Gi[àu]", "Gi[ao]"),
        # a tone that stands elsewhere and is another: shown where it is written
        ("Nguyễn Thị Hoa", "Nguyễn Thị Hòa", "Nguyễn Thị H[o]a", "Nguyễn Thị H[ò]a"),
        # letter case, Unicode form, tone placement, kinds of Đ and blanks are no differences
        ("Nguyễn Văn Hoà", "NGUYỄN VĂN HÒA", "Nguyễn Văn Hoà", "NGUYỄN VĂN HÒA"),
        ("Thuỷ", "Thủy", "Thuỷ", "Thủy"),
        ("Đặng", "Ðặng", "Đặng", "Ðặng"),
        ("Lê  An", " Lê An", "Lê  An", " Lê An"),
        # a word too many, words with nothing in common, words in another order
        ("Nguyễn Thị Hoa", "Nguyễn Hoa", "Nguyễn [Thị] Hoa", "Nguyễn Hoa"),
        ("Ngô Văn Thái", "NGUYỄN VĂN BÌNH", "[Ngô] Văn [Thái]", "[NGUYỄN] VĂN [BÌNH]"),
        ("Nam", "Nữ", "[Nam]", "[Nữ]"),
        # dates part by part, whatever the style; a part that one side lacks is no difference
        ("01.6.1985", "1/6/1985", "01.6.1985", "1/6/1985"),
        ("03.05.1985", "05/03/1985", "[03].[05].1985", "[05]/[03]/1985"),
        ("2001-05-03", "03/05/2002", "[2001]-05-03", "03/05/[2002]"),
        ("1985", "01/01/1985", "1985", "01/01/1985"),
        ("05.1985", "12/06/1985", "[05].1985", "12/[06]/1985"),
        # numbers digit by digit
        ("030185001234", "030185001243", "0301850012[34]", "0301850012[43]"),
        # places
        (
            "xã Cẩm Giang, huyện Cẩm Giàng",
            "xã Cẩm Giàng, huyện Cẩm Giàng",
            "xã Cẩm Gi[a]ng, huyện Cẩm Giàng",
            "xã Cẩm Gi[à]ng, huyện Cẩm Giàng",
        ),
        # nothing to compare with
        ("Kinh", None, "Kinh", ""),
    ],
)
def test_differing_letters(left, right, marked_left, marked_right):
    parts = differing(left, right)
    assert (shown(parts[0]), shown(parts[1])) == (marked_left, marked_right)


def test_relatives_are_compared_by_their_label():
    left, right = differing_lines("Cha: Lê Văn Thọ\nMẹ: Trần Thị Lụa", "Mẹ: TRẦN THỊ LỤA\nVợ/chồng: Vũ An")
    assert shown(left) == "Cha: Lê Văn Thọ\nMẹ: Trần Thị Lụa"
    assert shown(right) == "Mẹ: TRẦN THỊ LỤA\nVợ/chồng: Vũ An"
    left, right = differing_lines("Cha: Lê Văn Thọ\nMẹ: Lụa", "Cha: Lê Văn Thọ\nMẹ: Lúa")
    assert (shown(left), shown(right)) == ("Cha: Lê Văn Thọ\nMẹ: L[ụ]a", "Cha: Lê Văn Thọ\nMẹ: L[ú]a")


words = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàáạảãĐÐ \u0301\u0300.,'=-0123456789\n", max_size=40)


@given(words, words)
def test_the_parts_joined_are_the_value(left, right):
    for value, parts in zip((left, right), differing(left, right), strict=True):
        assert "".join(text for text, _ in parts) == value
        assert all(text for text, _ in parts)
        assert all(a[1] != b[1] for a, b in itertools.pairwise(parts))


@given(words)
def test_case_and_unicode_form_are_never_marked(text):
    upper = unicodedata.normalize("NFC", text).upper()
    for other in (upper, unicodedata.normalize("NFD", text)):
        assert not any(differs for parts in differing(text, other) for _, differs in parts)


@given(words, words)
def test_lines_keep_every_character(left, right):
    for value, parts in zip((left, right), differing_lines(left, right), strict=True):
        assert "".join(text for text, _ in parts) == value
