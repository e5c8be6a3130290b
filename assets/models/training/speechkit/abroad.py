"""English by festival's voices of other languages: persons' voices, with the sounds of their own language in place of ours.

The sounds and how long each lasts are told to festival, as flite's `kal16` would say them; the pitch is made here.
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
# Voices, each with its language, its own pitch in Hz, and its Debian package.
VOICES = {
    "lp_diphone": (ITALIAN, 180, "festvox-italp16k"),
    "pc_diphone": (ITALIAN, 110, "festvox-itapc16k"),
    "czech_dita": (CZECH, 190, "festvox-czech-dita"),
    "czech_krb": (CZECH, 210, "festvox-czech-krb"),
    "czech_machac": (CZECH, 110, "festvox-czech-machac"),
    "czech_ph": (CZECH, 100, "festvox-czech-ph"),
    "suo_fi_lj_diphone": (FINNISH, 190, "festvox-suopuhe-lj"),
    "hy_fi_mv_diphone": (FINNISH, 100, "festvox-suopuhe-mv"),
}
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
