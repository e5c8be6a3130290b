"""English by festival's voices of other languages: persons' voices, with the sounds of their own language in place of ours.

The sounds and how long each lasts are told to festival, as flite's `kal16` would say them; the pitch is made here. The
Catalan voice is a statistical one, that takes words alone and gives them its own time and melody: it is told new words of
its language, and tells when each sound ends.
"""

from __future__ import annotations

import random

# What a language has for each of our sounds; several share its time, and none is passed over. A sound that is not named is
# written the same there.
ITALIAN = {
    **{"aa": "a1", "ae": "E1", "ah": "a1", "ao": "O1", "aw": "a1 u", "ax": "E", "ay": "a1 i", "ch": "tS", "dh": "d"},
    **{"eh": "E1", "er": "E1 r", "ey": "e1 i", "hh": "", "ih": "i1", "iy": "i1", "jh": "dZ", "ng": "ng g"},
    **{"ow": "o1 u", "oy": "O1 i", "pau": "#", "sh": "S", "th": "t", "uh": "u1", "uw": "u1", "y": "j", "zh": "dZ"},
}
CZECH = {
    **{"aa": "a:", "ae": "e", "ah": "a", "ao": "o:", "aw": "a u", "ax": "e", "ay": "a j", "ch": "c~", "dh": "d"},
    **{"eh": "e", "er": "e r", "ey": "e j", "hh": "h", "ih": "i", "iy": "i:", "jh": "dz~", "ng": "n* g", "ow": "o u"},
    **{"oy": "o j", "pau": "#", "sh": "s~", "th": "t", "uh": "u", "uw": "u:", "w": "v", "y": "j", "zh": "z~"},
}
FINNISH = {
    **{"aa": "a:", "ae": "@", "ah": "a", "ao": "o:", "aw": "a u", "ax": "7", "ay": "a i", "ch": "t S", "dh": "d"},
    **{"eh": "e", "er": "7 r", "ey": "e i", "hh": "h", "ih": "i", "iy": "i:", "jh": "t S", "ng": "N g", "ow": "o u"},
    **{"oy": "o i", "pau": "#", "sh": "S", "th": "t", "uh": "u", "uw": "u:", "w": "v", "y": "j", "z": "s", "zh": "S"},
}
HINDI = {
    **{"ae": "eh", "ah": "a", "ao": "oh", "aw": "aa uh", "ax": "a", "ay": "aa ih", "d": "D", "er": "a r", "ey": "ee"},
    **{"hh": "h", "jh": "j", "ng": "N", "ow": "oo", "oy": "oh ih", "t": "T", "w": "v", "z": "j", "zh": "j"},
}
CATALAN = {
    **{"aa": "a1", "ae": "E1", "ah": "ax", "ao": "O1", "aw": "a1 w", "ay": "a1 j", "ch": "t S", "dh": "d", "eh": "E1"},
    **{"er": "ax r", "ey": "e1 j", "hh": "", "ih": "i1", "iy": "i1", "jh": "d Z", "ng": "n g", "ow": "o1 w"},
    **{"oy": "O1 j", "pau": "", "sh": "S", "th": "t", "uh": "u1", "uw": "u1", "v": "b", "y": "j", "zh": "Z"},
}
# Voices, each with its language, its own pitch in Hz, and its Debian packages.
VOICES = {
    "lp_diphone": (ITALIAN, 180, "festvox-italp16k"),
    "pc_diphone": (ITALIAN, 110, "festvox-itapc16k"),
    "czech_dita": (CZECH, 190, "festvox-czech-dita"),
    "czech_krb": (CZECH, 210, "festvox-czech-krb"),
    "czech_machac": (CZECH, 110, "festvox-czech-machac"),
    "czech_ph": (CZECH, 100, "festvox-czech-ph"),
    "suo_fi_lj_diphone": (FINNISH, 190, "festvox-suopuhe-lj"),
    "hy_fi_mv_diphone": (FINNISH, 100, "festvox-suopuhe-mv"),
    "hindi_NSK_diphone": (HINDI, 115, "festvox-hi-nsk festival-hi"),
    "upc_ca_ona_hts": (CATALAN, 185, "festvox-ca-ona-hts festival-ca"),
}
STATISTICAL = "upc_ca_ona_hts"
VOWELS = "aeiou"


def order(voice: str, sounds: list[tuple[str, float]], pitch: float, rng: random.Random) -> str:
    """What festival is told to say: our sounds with their ends in seconds, at this share of the voice's own pitch."""
    language, own_hz, _ = VOICES[voice]
    begun_s, whole_s = 0.0, sounds[-1][1]
    told: list[tuple[str, float, bool, float]] = []
    for name, end_s in sounds:
        theirs = language.get(name, name).split()
        for sound in theirs or [told[-1][0]]:
            long_s = (end_s - begun_s) / max(1, len(theirs))
            if told and told[-1][0] == sound:
                # No language has a join of a sound with itself. What it has not at all gives its time to the sound before.
                told[-1] = (sound, told[-1][1] + long_s, *told[-1][2:])
            else:
                told.append((sound, long_s, name[0] in VOWELS, begun_s))
        begun_s = end_s
    rows = []
    for name, long_s, vowel, at_s in told:
        # It falls over the sentence, and each vowel lies a little by itself.
        hz = own_hz * pitch * (1.12 - 0.24 * at_s / whole_s) * rng.gauss(1.0, 0.07)
        rows.append(f"({name} {long_s:.4f} ({long_s / 2:.4f} {hz:.0f}))" if vowel else f"({name} {long_s:.4f})")
    return f"(Utterance Segments ({' '.join(rows)}))"


def words(sounds: list[str], pace: float, tones: float) -> tuple[str, str]:
    """What the statistical voice is told: its settings and new words, and the utterance made of these.

    `pace` is how fast, 1 as it is; the pitch is raised by so many half tones. A word ends before a consonant after its
    second vowel.
    """
    syllables: list[list[str]] = [[]]
    for name in sounds:
        theirs = CATALAN.get(name, name).split()
        if theirs and name[0] not in VOWELS and any(sound[0] in VOWELS for sound in syllables[-1]):
            syllables.append([])
        syllables[-1] += theirs
    if len(syllables) > 1 and not any(sound[0] in VOWELS for sound in syllables[-1]):
        syllables[-2:] = [syllables[-2] + syllables[-1]]
    told = [f'(set! hts_engine_params (append ona (list (list "-r" {pace:.2f}) (list "-fm" {tones:.1f}))))']
    names = [f"qw{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(-(-len(syllables) // 2))]
    for i, name in enumerate(names):
        pair = "".join(f"(({' '.join(row)}) {1 - at})" for at, row in enumerate(syllables[2 * i : 2 * i + 2]))
        told.append(f'(lex.add.entry \'("{name}" nil ({pair})))')
    return " ".join(told), f"(Utterance Words ({' '.join(names)}))"


def ends_of(sounds: list[str], theirs_s: list[float]) -> list[float]:
    """When our sounds end, seconds, where the statistical voice's own ones end then; it begins and ends with a pause."""
    ends_s, at = [theirs_s[0]], 0
    for name in sounds[1:-1]:
        at += len(CATALAN.get(name, name).split())
        ends_s.append(theirs_s[at])
    return [*ends_s, theirs_s[-1]]
