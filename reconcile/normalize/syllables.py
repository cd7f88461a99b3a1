"""The Vietnamese syllable: onset, rime, tone. What is one, and where its tone mark is written.

A closed list of onsets and rimes with the spelling rules that join them (c/k/q, g/gh, ng/ngh, gi, qu),
after the school grammar of chữ quốc ngữ. Words that are no syllables (``Niê``, ``H'Hen``) are left as they
are: a name need not be Vietnamese to be valid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from reconcile.normalize.alphabet import NANG, NGANG, SAC, TONED, VOWELS, plain, tone_of

ONSETS = (
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr",
    "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", "",
)  # fmt: skip
"""Longest first, so that the first that fits is the onset."""

_RIMES = """
a ai ao au ay ac ach am an ang anh ap at
ăc ăm ăn ăng ăp ăt
âu ây âc âm ân âng âp ât
e eo ec em en eng ep et
ê êu êch êm ên ênh êp êt
i iu ich im in inh ip it ia iêu iêc iêm iên iêng iêp iêt
o oi oc om on ong op ot ooc oong
ô ôi ôc ôm ôn ông ôp ôt
ơ ơi ơm ơn ơp ơt
u ui uc um un ung up ut ua uôi uôc uôm uôn uông uôt
ư ưi ưu ưc ưm ưn ưng ưt ưa ươi ươu ươc ươm ươn ương ươp ươt
oa oai oao oay oac oach oam oan oang oanh oap oat
oăc oăm oăn oăng oăt
oe oeo oem oen oet
uân uâng uât uây uê uêch uên uênh uêu uơ
uy uya uych uyên uyêt uyn uynh uyp uyt uyu
y yêm yên yêng yêt yêu
"""
RIMES = frozenset(_RIMES.split())
"""Rimes without tone. After ``qu`` and ``gi`` the glide belongs to the onset's spelling; see ``_fits``."""

# after qu the glide is written by the onset: quân = qu + ân, quý = qu + y, quyết = qu + yêt
_QU_RIMES = """
a ai ao au ay ac ach am an ang anh ap at ăc ăm ăn ăng ăp ăt ây âu âc âm ân âng ât e eo en eng et ep
ê êch ên ênh êt êu i ich in inh it y ych yên yêt ynh yt yn yp yu ơ ôc
"""
_AFTER_QU = frozenset(_QU_RIMES.split())
# y as the whole rime: after h k l m s t v by rule, after other consonants in given names (Thy, Ny)
_NO_Y = frozenset({"c", "g", "gh", "gi", "ng", "ngh"})
_FRONT = frozenset("eêi")
_STOPS = ("c", "ch", "p", "t")


@dataclass(frozen=True, slots=True)
class Syllable:
    """A syllable taken apart. ``rime`` has no tone; ``tone`` is 0 ngang 1 sắc 2 huyền 3 hỏi 4 ngã 5 nặng."""

    onset: str
    rime: str
    tone: int

    @property
    def stopped(self) -> bool:
        """Whether it ends in c, ch, p or t, which allow only sắc and nặng."""
        return self.rime.endswith(_STOPS)

    @property
    def marked(self) -> bool:
        """Whether it can be pronounced as written: a stop coda without a tone mark has lost its mark."""
        return not (self.stopped and self.tone == NGANG)

    def spelled(self) -> str:
        """Write it with the tone mark in its old, canonical place (*hòa, khỏe, thủy, quý*)."""
        return _spelled(self.onset, self.rime, self.tone)


@lru_cache(maxsize=131_072)
def parse(word: str) -> Syllable | None:
    """Take a lower-case NFC word apart; None where it is no Vietnamese syllable.

    The tone mark may stand on any vowel (``hoà``, ``Hụê``); two marks in one word are none. A stop coda without
    a tone (``duc``) is accepted, with huyền, hỏi or ngã it is not.
    """
    letters, tone, marks = tone_of(word)
    if marks > 1:
        return None
    found = _split(letters)
    if found is None:
        return None
    syllable = Syllable(*found, tone)
    if syllable.stopped and tone not in {NGANG, SAC, NANG}:
        return None
    return syllable


@lru_cache(maxsize=65_536)
def _split(letters: str) -> tuple[str, str] | None:
    for onset in ONSETS:
        if letters.startswith(onset):
            rest = letters[len(onset) :]
            if onset == "gi":
                # gì = gi + i, gìn = gi + in, giếng = gi + iêng: the i is written once
                rest = "i" + rest if not rest or rest[0] == "ê" or rest[0] not in VOWELS else rest
            if _fits(onset, rest):
                return onset, rest
    return None


def _fits(onset: str, rime: str) -> bool:
    if onset == "qu":
        return rime in _AFTER_QU
    if rime not in RIMES:
        return False
    front = rime[0] in _FRONT
    match onset:
        case "c" | "g" | "ng":
            return not front and rime[0] != "y"
        case "k":
            return front or rime == "y"
        case "gh" | "ngh":
            return front
        case "":
            return not (rime.startswith("iê") and rime != "iêc")
        case "gi":
            return rime != "y" and not rime.startswith("yê")
        case _:
            return not rime.startswith("yê") and not (rime == "y" and onset in _NO_Y)


def is_syllable(word: str, *, marked: bool = False) -> bool:
    """Whether a lower-case NFC word is a syllable; ``marked`` also wants the tone that a stop coda needs."""
    syllable = parse(word)
    return syllable is not None and (syllable.marked or not marked)


@lru_cache(maxsize=65_536)
def canonical(word: str) -> str:
    """Return a lower-case NFC word with its tone mark in the canonical place; no syllable: as it is."""
    syllable = parse(word)
    return word if syllable is None else syllable.spelled()


@lru_cache(maxsize=1)
def toneless_syllables() -> frozenset[str]:
    """All syllables without their tones (about 3,000), each written with the marks of its vowels."""
    return frozenset(
        _spelled(onset, rime, NGANG) for onset in ONSETS for rime in RIMES | _AFTER_QU if _fits(onset, rime)
    )


@lru_cache(maxsize=1)
def plain_syllables() -> frozenset[str]:
    """The same in ASCII: what a syllable looks like when all its marks are lost (``nguyen``, ``duong``)."""
    return frozenset(map(plain, toneless_syllables()))


def _spelled(onset: str, rime: str, tone: int) -> str:
    written = rime[1:] if onset == "gi" and rime[0] == "i" else rime
    if not tone:
        return onset + written
    if not written or written[0] not in VOWELS:  # gì, gìn: the i of the onset carries the mark
        return onset[:-1] + TONED["i", tone] + written
    place = _tone_place(written)
    return onset + written[:place] + TONED[written[place], tone] + written[place + 1 :]


@lru_cache(maxsize=512)
def _tone_place(rime: str) -> int:
    """Index of the vowel that carries the tone, by the old rule.

    A vowel with a mark of its own (ă â ê ô ơ, the ơ of ươ) carries it; else the middle of three vowels, the second
    of two before a final consonant, the first of two at the end.
    """
    vowels = [i for i, letter in enumerate(rime) if letter in VOWELS]
    for i in reversed(vowels):
        if rime[i] in "ăâêôơ":
            return i
    for i in vowels:
        if rime[i] == "ư":
            return i
    if len(vowels) == 1:
        return vowels[0]
    if len(vowels) == 3 or len(vowels) < len(rime):
        return vowels[1]
    return vowels[0]


def with_i(word: str) -> str:
    """Return the word with y as i where the two are rivals in spelling (*Lý/Lí, quý/quí, Mỹ/Mĩ*): for comparing only."""
    syllable = parse(word)
    if syllable is None:
        return word
    if syllable.rime == "y":
        return _spelled(syllable.onset, "i", syllable.tone)
    if syllable.onset == "qu" and syllable.rime in {"ynh", "yt", "ych", "yn"}:
        return _spelled("qu", "i" + syllable.rime[1:], syllable.tone)
    return word
