"""Every Vietnamese syllable as Telex and VNI would have typed it reads back, wherever the keys stand, in any case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconcile import normalize
from reconcile.normalize.alphabet import UNTONED
from reconcile.normalize.keyboard import read_keys
from reconcile.normalize.name_words import read_word
from reconcile.normalize.syllables import canonical, is_syllable, parse, plain_syllables, toneless_syllables

TELEX = {"â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "ă": "aw", "đ": "dd"}
VNI = {"â": "a6", "ê": "e6", "ô": "o6", "ơ": "o7", "ư": "u7", "ă": "a8", "đ": "d9"}
TONES = {"telex": " sfrxj", "vni": " 12345"}
METHODS = {"telex": TELEX, "vni": VNI}


def syllables() -> Iterator[tuple[str, int]]:
    """Each syllable without its tone, with each tone that it can bear."""
    for toneless in sorted(toneless_syllables()):
        taken_apart = parse(toneless)
        if taken_apart is not None:
            for tone in (1, 5) if taken_apart.stopped else range(6):
                yield toneless, tone


def typed(toneless: str, word: str, tone: int, method: str) -> set[str]:
    """What stands in the cell when the keys were not turned into letters."""
    keys, tones = METHODS[method], TONES[method]
    tone_key = tones[tone].strip()
    if method == "telex":
        toneless = toneless.replace("oo", "ooo")
    forms = {"".join(keys.get(letter, letter) for letter in toneless) + tone_key}
    short = toneless.replace("ươ", "u" + keys["ơ"])
    forms.add("".join(keys.get(letter, letter) for letter in short) + tone_key)
    marks = "".join(dict.fromkeys(keys[letter][1] for letter in toneless if letter in keys))
    bare = "".join(keys[letter][0] if letter in keys else letter for letter in toneless)
    forms.add(bare + marks + tone_key)
    if method == "telex" and "ooo" in toneless:
        return forms
    behind = ""  # each tone key behind its vowel
    for letter in word:
        vowel, number = UNTONED.get(letter, (letter, 0))
        behind += keys.get(vowel, vowel) + tones[number].strip()
    return {form for form in forms | {behind} if form not in {toneless, word}}


@pytest.mark.parametrize("method", METHODS)
def test_every_syllable_reads_back(method: str) -> None:
    wrong, tried = [], 0
    for toneless, tone in syllables():
        found = parse(toneless)
        assert found is not None
        word = canonical(type(found)(found.onset, found.rime, tone).spelled())
        if method == "telex" and "oo" in word and not tone:
            continue  # ooo alone is no key: booong stays as written
        for form in typed(toneless, word, tone, method):
            tried += 1
            if is_syllable(form) or form in plain_syllables():
                continue  # what is a syllable as it stands is never changed
            for cased in (form, form.upper()):
                if read_word(cased).key != word:
                    wrong.append((cased, word, read_word(cased).key))
    assert (wrong, tried > 30_000) == ([], True)


def test_no_syllable_is_ever_read_as_keys() -> None:
    assert [word for word in toneless_syllables() | plain_syllables() if read_keys(word) is not None] == []


def test_double_o_beside_a_key_is_the_marked_vowel() -> None:
    assert normalize.name("Ddoox Thij HOONGF").value == "Đỗ Thị Hồng"
    assert normalize.name("Ddoong").value == "Đông"
    assert normalize.name("Hoong").value == "Hoong"
    assert normalize.name("Booongf").value == "Boòng"
