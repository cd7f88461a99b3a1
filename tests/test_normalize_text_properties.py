"""What must hold for every text: idempotence, NFC = NFD, every letter, decode(encode(x)) = x, Unicode never damaged."""

from __future__ import annotations

import csv
import itertools
import random
import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile import normalize
from reconcile.normalize.alphabet import LETTERS, TONED, plain
from reconcile.normalize.columns_names import names, term_frequencies
from reconcile.normalize.columns_texts import SUSPICIOUS, texts
from reconcile.normalize.distance import compare_names
from reconcile.normalize.encodings import all_letters, decode, encode
from reconcile.normalize.keyboard import read_keys
from reconcile.normalize.syllables import parse, toneless_syllables
from reconcile.normalize.texts import read_cell
from reconcile.resources import rules_path

SYLLABLES = sorted(
    syllable
    for bare in toneless_syllables()
    for tone in range(6)
    if (found := parse(bare)) is not None
    for syllable in [type(found)(found.onset, found.rime, tone).spelled()]
    if (again := parse(syllable)) is not None and again.marked
)
syllable = st.sampled_from(SYLLABLES)
name = st.lists(syllable, min_size=2, max_size=5).map(lambda words: " ".join(w.capitalize() for w in words))
letters = st.text(st.sampled_from(all_letters() + "bcdghklmnpqrstvx "), max_size=30)
quick = settings(max_examples=150, deadline=None)


@quick
@given(name)
def test_reading_a_reading_changes_nothing(text):
    once = normalize.name(text)
    again = normalize.name(once.value)
    assert (again.value, again.key, again.plain, again.phonetic) == (
        once.value,
        once.key,
        once.plain,
        once.phonetic,
    )


@quick
@given(st.text(max_size=40))
def test_any_text_can_be_read_and_reads_the_same_again(text):
    once = normalize.name(text)
    if once.value is not None and not once.doubtful:
        assert normalize.name(once.value).key is not None
    assert normalize.name(text) == once


@quick
@given(name)
def test_composed_and_decomposed_are_one_name(text):
    assert normalize.name(unicodedata.normalize("NFD", text)).key == normalize.name(text).key
    assert normalize.name(text.upper()).key == normalize.name(text).key


@quick
@given(syllable, st.integers(0, 9))
def test_the_tone_mark_may_stand_on_any_vowel(word, seed):
    found = parse(word)
    plainless, tone = type(found)(found.onset, found.rime, 0).spelled(), found.tone
    vowels = [i for i, c in enumerate(plainless) if (c, tone) in TONED]
    at = vowels[seed % len(vowels)]
    moved = plainless[:at] + TONED[plainless[at], tone] + plainless[at + 1 :]
    assert parse(moved) == found


def test_every_letter_of_the_alphabet_has_a_plain_letter():
    assert len(LETTERS) == 12 * 6 + 17
    for letter in LETTERS + LETTERS.upper():
        assert plain(letter).isascii()
        assert len(plain(letter)) == 1


@pytest.mark.parametrize("encoding", ["vni", "viqr", "cp1258", "mojibake"])
def test_every_letter_comes_back(encoding):
    for letter in all_letters():
        word = f"x{letter}x "  # ftfy wants a word around it
        if encoding == "mojibake":
            word = f"Nguyễn Văn {letter}n"
        assert decode(encode(word, encoding), encoding) == word


def test_tcvn3_letters_come_back_but_for_the_case_of_toned_capitals():
    for letter in all_letters():
        back = decode(encode(letter, "tcvn3"), "tcvn3")
        assert back.lower() == letter.lower()
        assert decode(encode(letter.lower(), "tcvn3"), "tcvn3", capitals=True) == letter.upper()


@pytest.mark.parametrize("encoding", ["vni", "cp1258"])
@quick
@given(name)
def test_decoding_undoes_encoding(encoding, text):
    assert decode(encode(text, encoding), encoding) == text
    assert decode(encode(text.upper(), encoding), encoding) == text.upper()


@quick
@given(name)
def test_decoding_undoes_encoding_where_case_is_lost(text):
    assert decode(encode(text.lower(), "tcvn3"), "tcvn3") == text.lower()
    assert decode(encode(text.lower(), "viqr"), "viqr") == text.lower()


def real_looking_names(count: int = 20_000) -> list[str]:
    """Names drawn from the lists of the synthetic registers: families × middles × given names of all cohorts."""

    def column(file: str, key: str) -> list[str]:
        with rules_path("synthetic", file).open(encoding="utf-8", newline="") as handle:
            return sorted({row[key] for row in csv.DictReader(handle)})

    dice = random.Random(20221122)
    families = column("family_names.csv", "family")
    middles = [*column("middle_names.csv", "middle"), "Thị", "Văn"]
    given_names = column("given_names.csv", "given")
    drawn = {
        f"{dice.choice(families)} {dice.choice(middles)} {dice.choice(given_names)}" for _ in range(count)
    }
    short = {
        f"{family} {given_name}" for family, given_name in itertools.product(families[:40], given_names[:200])
    }
    return sorted(drawn | short | set(given_names))


def test_unicode_names_are_never_damaged():
    """0 changed, one by one and as a column, in three spellings of capitals."""
    for shape in (str, str.upper, str.lower):
        cells = [shape(text) for text in real_looking_names()]
        changed = [x for x in cells if read_cell(x).value != x or read_cell(x).encoding != "unicode"]
        assert changed == []
        frame = texts(pl.Series(cells))
        assert frame["value"].to_list() == cells
        assert frame["encoding"].unique().to_list() == ["unicode"]
        assert not frame["doubtful"].any()


@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: text.replace(" ", "  "),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: f" {text}\t",
        lambda text: text.replace(" ", " \n"),
        lambda text: text.replace("Đ", "Ð").replace("đ", "ð"),
        lambda text: text.replace("Đ", "Ɖ").replace(" ", "\u2003"),
    ],
    ids=["two blanks", "no-break blanks", "outer blanks", "line breaks", "eth", "African D, wide blanks"],
)
def test_untidy_names_of_a_column_are_read_as_one_by_one(spelling):
    """A column puts such names together from its table of words, ``read_name`` reads each as a whole."""
    people = [
        *random.Random(3).sample(real_looking_names(), 800),
        "Hoá Â",
        "Nguyễn Thị Sinh",
        "Anh Đào",
        "Bùi Á",
    ]
    cells = [spelling(text) for text in people]
    read = names(pl.Series(cells))
    alone = [normalize.name(cell) for cell in cells]
    for field in ("value", "key", "plain", "phonetic", "doubtful"):
        assert read[field].to_list() == [getattr(one, field) for one in alone]
    assert [tuple(notes) for notes in read["notes"]] == [one.notes for one in alone]


def test_columns_of_clean_unicode_need_no_vote():
    """The one regular expression that lets a clean column pass finds nothing in real-looking names."""
    cells = pl.Series(real_looking_names())
    assert not cells.str.contains(SUSPICIOUS).any()
    assert not cells.str.to_uppercase().str.contains(SUSPICIOUS).any()


@pytest.mark.parametrize("count", [40, 900])
def test_loose_marks_and_keys_of_telex_put_no_doubt_into_their_column(count):
    """Such cells look like an encoding but are none; ``ĐÃ̆NG``, whose marks stand in the wrong order, is no syllable."""
    people = random.Random(5).sample(real_looking_names(), count)
    cells = [*people, "Ddoox Thij Minh", "ĐÃ̆NG LÂM", *(unicodedata.normalize("NFD", x) for x in people[:9])]
    read = texts(pl.Series(cells))
    assert read["value"].to_list() == [unicodedata.normalize("NFC", x) for x in cells]
    assert read["encoding"].unique().to_list() == ["unicode"]
    alone = [read_cell(x).doubtful for x in cells]
    assert read["doubtful"].to_list() == alone


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "cp1258"])
def test_columns_of_thirty_legacy_names_come_back_whole(encoding):
    people = [x for x in real_looking_names() if x.count(" ") == 2]
    dice = random.Random(7)
    for _ in range(30):
        column = dice.sample(people, 30)
        back = texts(pl.Series([encode(x, encoding) for x in column]))["value"].to_list()
        assert [x.lower() for x in back] == [x.lower() for x in column]


TELEX_TONES = {1: "s", 2: "f", 3: "r", 4: "x", 5: "j"}


@quick
@given(
    st.sampled_from(
        ["nguyễn", "trường", "phượng", "huyền", "thuật", "điệp", "đường", "quyết", "bưởi", "thuở"]
    )
)
def test_keys_typed_at_the_end_or_behind_the_vowel(word):
    found = parse(word)
    keyed = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"}
    bare = type(found)(found.onset, found.rime, 0).spelled()
    typed = "".join(keyed.get(c, c) for c in bare) + TELEX_TONES[found.tone]
    assert read_keys(typed) == word
    assert read_keys(typed.replace("uwow", "uow")) == word


@quick
@given(name, name)
def test_comparing_is_symmetric_and_finds_equals(a, b):
    one, other = normalize.name(a).key, normalize.name(b).key
    forth, back = compare_names(one, other), compare_names(other, one)
    assert (forth.kind, forth.similarity) == (back.kind, back.similarity)
    assert (forth.kind == "equal") == (one == other)
    assert 0 <= forth.similarity <= 1


def test_term_frequencies_count_by_part_and_sex():
    keys = pl.Series(["nguyễn thị lan", "nguyễn thị hoa", "trần văn an", "tèo", None])
    table = term_frequencies(keys, pl.Series([2, 2, 1, None, 1]))
    counts = {(part, sex, term): count for part, sex, term, count, _ in table.iter_rows()}
    assert counts["family", 2, "nguyễn"] == 2
    assert counts["middle", 2, "thị"] == 2
    assert counts["given", 1, "an"] == 1
    assert counts["given", None, "tèo"] == 1
    assert table.filter(part="family", sex=2)["frequency"].to_list() == [1.0]


def test_names_of_an_empty_column():
    assert names(pl.Series("ho_ten", [], dtype=pl.String)).height == 0
    assert names(pl.Series("ho_ten", [None], dtype=pl.String))["key"].to_list() == [None]
