"""Telex and VNI keys left in the text when the input method was off: ``Nguyeenx``, ``Nguye6n4``, ``DDuwcs``.

People type the tone key at the end of the syllable or behind its vowel, and the key of a vowel mark behind its
vowel or at the end too. So the keys are taken out and every way to apply them is tried: a reading counts only
if the word as written is no syllable, with or without marks, and exactly one reading is.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from reconcile.normalize.alphabet import TONED, UNTONED, VOWELS, tone_of
from reconcile.normalize.syllables import canonical, is_syllable, plain_syllables

_TELEX_TONES = {"s": 1, "f": 2, "r": 3, "x": 4, "j": 5, "z": 0}
_VNI_TONES = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "0": 0}
_VNI_MARKS = {"6": "^", "7": "+", "8": "(", "9": "-"}
# letter → the key of the mark it can take: â ê ô by doubling, ơ ư horn, ă breve, đ stroke
_MARKED = {("a", "^"): "â", ("e", "^"): "ê", ("o", "^"): "ô", ("o", "+"): "ơ", ("u", "+"): "ư", ("a", "("): "ă", ("d", "-"): "đ"}  # fmt: skip


@lru_cache(maxsize=32_768)
def read_keys(word: str) -> str | None:
    """Return the one syllable that a lower-case word with keys in it means, None where there is none or several."""
    if not word.isalnum() or len(word) > 12 or is_syllable(word) or word in plain_syllables():
        return None
    readings = _vni(word) if any(letter.isdigit() for letter in word) else _telex(word)
    return next(iter(readings)) if len(readings) == 1 else None


def _telex(word: str) -> set[str]:
    readings: set[str] = set()
    vowel_seen = False
    takes: list[tuple[str, int | None]] = [(word, None)]
    for i, letter in enumerate(word):
        if letter in _TELEX_TONES and vowel_seen:
            takes.append((word[:i] + word[i + 1 :], _TELEX_TONES[letter]))
        vowel_seen = vowel_seen or letter in UNTONED or letter == "w"
    for letters, tone in takes:
        for rest, marks in _telex_marks(letters):
            readings |= _apply(rest, marks, tone, keyed=bool(marks) or tone is not None)
    return readings


@lru_cache(maxsize=32_768)
def _telex_marks(letters: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Take out the keys of vowel marks: [(letters left, marks to set)], several where a key may be read two ways."""
    tripled = "ooo" in letters  # the way to type oong, since oo is ô
    letters = letters.replace("ooo", "oo")
    ways: list[tuple[str, tuple[str, ...]]] = [(letters, ())]
    for double in "ae" if tripled else "aeo":
        if letters.count(double) == 2:
            last = letters.rindex(double)
            once = [(w[:last] + w[last + 1 :], (*m, "^" + double)) for w, m in ways if w == letters]
            # oo beside another key is ô, as typing programs read it: Hoongf is Hồng, no Hoòng
            ways = once if double == "o" and "oo" in letters else ways + once
    out: list[tuple[str, tuple[str, ...]]] = []
    for rest, marks in ways:
        out.append((rest, marks))
        if "w" in rest:
            # phuwowng: two keys on uo say the same as one
            out.append((rest.replace("w", ""), (*marks, "w")))
            if not any(letter in UNTONED for letter in rest[: rest.index("w")]):
                out.append((rest.replace("w", "u", 1).replace("w", ""), (*marks, "w")))  # a lone w is ư: nhw
    ways, out = out, []
    for rest, marks in ways:
        out.append((rest, marks))
        if rest.startswith("d") and rest.count("d") == 2:
            last = rest.rindex("d")
            out.append((rest[:last] + rest[last + 1 :], (*marks, "-")))
    return tuple(out)


def _vni(word: str) -> set[str]:
    tones = [_VNI_TONES[c] for c in word if c in _VNI_TONES]
    marks = tuple(dict.fromkeys(_VNI_MARKS[c] for c in word if c in _VNI_MARKS))
    if len(tones) > 1 or not word[:1].isalpha():
        return set()
    letters = "".join(c for c in word if not c.isdigit())
    return _apply(letters, marks, tones[0] if tones else None, keyed=True)


def _apply(letters: str, marks: tuple[str, ...], tone: int | None, *, keyed: bool) -> set[str]:
    """All syllables that come of setting ``marks`` on ``letters`` and giving the word ``tone``."""
    if not keyed or any(c.isdigit() for c in letters):
        return set()
    bare, written, count = tone_of(letters)
    if count > 1 or (count and tone is not None and tone not in {0, written}):
        return set()
    tone = written if tone is None else tone
    found = set()
    for choice in product(*(_places(bare, mark) for mark in marks)):
        spots = [spot for group in choice for spot in group]
        if len({i for i, _ in spots}) != len(spots):
            continue
        chars = list(bare)
        for i, letter in spots:
            chars[i] = letter
        vowels = [i for i, c in enumerate(chars) if c in VOWELS]
        if vowels and tone:
            chars[vowels[-1]] = TONED[chars[vowels[-1]], tone]
        word = "".join(chars)
        if is_syllable(word, marked=True):
            found.add(canonical(word))
    return found


def _places(bare: str, mark: str) -> list[tuple[tuple[int, str], ...]]:
    """Where one mark can go: a list of alternatives, each a tuple of (index, letter)."""
    if mark[0] == "^":
        return [
            ((i, _MARKED[c, "^"]),) for i, c in enumerate(bare) if (c, "^") in _MARKED and mark[1:] in {"", c}
        ]
    if mark == "-":
        return [((0, "đ"),)] if bare[:1] == "d" else []
    kinds = "+(" if mark == "w" else mark
    out: list[tuple[tuple[int, str], ...]] = [
        ((i, _MARKED[c, kind]),) for kind in kinds for i, c in enumerate(bare) if (c, kind) in _MARKED
    ]
    at = bare.find("uo")
    if at >= 0 and "+" in kinds:  # one key makes ươ of uo, as both typing methods do
        both = ((at, "ư"), (at + 1, "ơ"))
        coda = bare[at + 2 :]
        out = [way for way in out if way[0][0] not in {at, at + 1}] if coda else out
        out.append(both)
    return out
