"""Speaks sentences with the free synthesizers of Debian, with sounds aligned where the engine tells them.

The voices `slt` and `rms` are the test, in every engine, and are refused here.
"""

from __future__ import annotations

import math
import random
import re
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from speechkit import abroad, align

RATE = 16000
HELD_OUT = ("slt", "rms")
ESPEAK_ACCENTS = ("en-us", "en-us", "en-us", "en-us", "en-us-nyc", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-029")
ESPEAK_VARIANTS = (
    "f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m7 m8 Alex Alicia Andrea Andy Annie Gene Lee Marco Mario Michael Mike adam anika "
    "antonio aunty belinda benjamin boris david ed edward edward2 grandma grandpa gustave iven john linda max michel "
    "miguel norbert paul pedro quincy rob robert sandro shelby steph steph2 travis victor zac klatt klatt3 klatt4"
).split()
PHONES = (
    "pau aa ae ah ao aw ax ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh"
).split()
# Finer sounds that festival writes, and the sound of flite's table that each is.
SAME = {"axr": "er", "dx": "d", "el": "l", "em": "m", "en": "n", "hv": "hh", "nx": "n", "h#": "pau", "brth": "pau"}


@dataclass
class Spoken:
    """One utterance: 16 kHz samples, its words, its sounds, and the end of each sound in seconds where known."""

    samples: np.ndarray
    text: str
    phones: list[int]
    ends_s: list[float]
    voice: str


# How often each engine speaks: most of all the one that sounds like persons. And who speaks English with another accent.
SHARES = {"flite": 60, "festival": 20, "espeak": 20}
ABROAD = {"abroad": 1}


def speak_all(texts: list[str], rng: random.Random, shares: dict[str, int]) -> list[Spoken]:
    """Each text by some voice. A text that an engine cannot say is left out."""
    jobs: dict[str, list[str]] = {engine: [] for engine in (*SHARES, *ABROAD)}
    for text in texts:
        (engine,) = rng.choices(list(shares), list(shares.values()))
        jobs[engine].append(text)
    with tempfile.TemporaryDirectory() as folder:
        spoken = [_flite(text, Path(folder), rng) for text in jobs["flite"]]
        spoken += [_espeak(text, Path(folder), rng) for text in jobs["espeak"]]
        spoken += _festival(jobs["festival"], Path(folder), rng)
        spoken += _abroad(jobs["abroad"], Path(folder), rng)
    kept = [one for one in spoken if one is not None and 0.25 * RATE < len(one.samples) < 9.5 * RATE]
    rng.shuffle(kept)
    return kept


def flite(text: str, voice: str, out: Path, settings: dict[str, float]) -> str:
    """Runs flite; returns what it prints. Also used by the tests, which may name the held-out voices."""
    options = [f"{name}={value:.3f}" for name, value in settings.items()]
    words = [word for option in options for word in ("--setf", option)]
    run = ["flite", "-voice", voice, *words, "-psdur", "-t", text, "-o", str(out)]
    return subprocess.run(run, capture_output=True, text=True, check=True, timeout=30).stdout


def _told_sounds(printed: str) -> list[tuple[str, float]]:
    """The sounds that flite prints, each with its end in seconds."""
    rows = (part.rsplit(":", 1) for part in printed.split())
    return [(name, float(end)) for name, end in rows]


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """Mono samples between -1 and 1, and their rate."""
    with wave.open(str(path)) as sound:
        data = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
        return data.astype(np.float32) / 32768, sound.getframerate()


def _flite(text: str, folder: Path, rng: random.Random) -> Spoken | None:
    (voice,) = rng.choices(["awb", "kal16", "kal"], [74, 22, 4])
    # The vocal tract: samples packed denser or looser, pitch and speed asked for so that they come out as wanted.
    tract = rng.uniform(0.9, 1.28) if voice == "awb" else rng.uniform(0.88, 1.2)
    # A short vocal tract is a woman's, and so is the pitch.
    pitch_hz = min(max(rng.gauss(180 if tract > 1.1 else 118, 30), 70), 270)
    pace = rng.uniform(0.78, 1.3)
    settings = {
        "duration_stretch": tract * pace,
        "int_f0_target_mean": pitch_hz / tract,
        "int_f0_target_stddev": rng.uniform(6, 26),
    }
    out = folder / "flite.wav"
    try:
        printed = flite(text, voice, out, settings)
    except (subprocess.SubprocessError, OSError):
        return None
    return _warped(out, text, _told_sounds(printed), tract, f"flite {voice}")


def _festival(texts: list[str], folder: Path, rng: random.Random) -> list[Spoken]:
    if not texts:
        return []
    lines = [
        "(define (say voice text out mean std stretch) (voice) (Parameter.set 'Duration_Stretch stretch)"
        " (set! int_lr_params (list (list 'target_f0_mean mean) (list 'target_f0_std std)"
        " (list 'model_f0_mean 170) (list 'model_f0_std 34)))"
        " (let ((utt (utt.synth (eval (list 'Utterance 'Text text)))))"
        ' (utt.save.wave utt (string-append out ".wav") (quote riff)) (utt.save.segs utt (string-append out ".lab"))))'
    ]
    plans: list[tuple[str, str, float]] = []
    for i, text in enumerate(texts):
        voice = rng.choice(["ked", "kal"])
        tract = rng.uniform(0.88, 1.25)
        mean = rng.uniform(85, 190) / tract
        lines.append(
            f'(say voice_{voice}_diphone "{text}" "{folder}/fest{i}" {mean:.1f} {rng.uniform(6, 24):.1f} '
            f"{tract * rng.uniform(0.8, 1.3):.3f})"
        )
        plans.append((text, voice, tract))
    script = folder / "say.scm"
    script.write_text("\n".join(lines), encoding="utf-8")
    subprocess.run(["festival", "-b", str(script)], capture_output=True, check=False, timeout=600)
    spoken: list[Spoken] = []
    for i, (text, voice, tract) in enumerate(plans):
        out, lab = folder / f"fest{i}.wav", folder / f"fest{i}.lab"
        if _written(out) and lab.exists():
            spoken.append(_warped(out, text, _festival_sounds(lab), tract, f"festival {voice}"))
    return spoken


def _abroad(texts: list[str], folder: Path, rng: random.Random) -> list[Spoken]:
    plans: list[tuple[Path, str, str, float, list[tuple[str, float]]]] = []
    lines: list[str] = []
    drawn = [(text, rng.choice(list(abroad.VOICES))) for text in texts]
    # Voice by voice: festival takes its time to change.
    for text, voice in sorted(drawn, key=lambda one: one[1]):
        tract = rng.uniform(0.86, 1.22)
        settings = {"duration_stretch": tract * rng.uniform(0.85, 1.3)}
        try:
            printed = flite(text, "kal16", folder / "told.wav", settings)
        except (subprocess.SubprocessError, OSError):
            continue
        sounds = [(SAME.get(name, name), end) for name, end in _told_sounds(printed)]
        out = folder / f"abroad{len(plans)}.wav"
        if voice == abroad.STATISTICAL:
            tones = rng.uniform(-4.0, 3.0) - 12 * math.log2(tract)
            before, said = abroad.words([name for name, _ in sounds], rng.uniform(0.85, 1.3) / tract, tones)
        else:
            before, said = "", abroad.order(voice, sounds, rng.uniform(0.8, 1.25) / tract, rng)
        lines.append(
            f'(voice_{voice}) {before} (set! said (utt.synth {said})) (utt.save.segs said "{out.with_suffix(".lab")}")'
            f' (utt.save.wave said "{out}" (quote riff))'
        )
        plans.append((out, text, voice, tract, sounds))
    script, begun = folder / "abroad.scm", 0
    kept = f"(voice_{abroad.STATISTICAL}) (set! ona hts_engine_params)"
    while begun < len(plans):
        script.write_text("\n".join([kept, *lines[begun:]]), encoding="utf-8")
        subprocess.run(["festival", "-b", str(script)], capture_output=True, check=False, timeout=900)
        # Festival crashes over one in a few hundred: that one is passed over.
        begun = next((i for i in range(begun, len(plans)) if not _written(plans[i][0])), len(plans)) + 1
    spoken: list[Spoken] = []
    for out, text, voice, tract, sounds in plans:
        if not _written(out):
            continue
        if voice == abroad.STATISTICAL:
            names = [name for name, _ in sounds]
            ends_s = abroad.ends_of(names, [end for _, end in _festival_sounds(out.with_suffix(".lab"))])
            sounds = list(zip(names, ends_s, strict=True))
        if _whole(out, sounds[-1][1]):
            spoken.append(_warped(out, text, sounds, tract, f"abroad {voice}"))
    return spoken


def _festival_sounds(lab: Path) -> list[tuple[str, float]]:
    """The sounds that festival wrote down, each with its end in seconds."""
    rows = [line.split() for line in lab.read_text(encoding="utf-8").splitlines()]
    return [(row[2], float(row[0])) for row in rows if len(row) == 3]


def _written(path: Path) -> bool:
    """True where there is more than a WAV's header."""
    return path.exists() and path.stat().st_size > 44


def _whole(path: Path, seconds: float) -> bool:
    """True where a file is about as long as was asked for; an engine that is about to crash writes less."""
    samples, rate = read_wav(path)
    return abs(len(samples) / rate / seconds - 1) < 0.15


def _espeak(text: str, folder: Path, rng: random.Random) -> Spoken | None:
    voice = f"{rng.choice(ESPEAK_ACCENTS)}+{rng.choice(ESPEAK_VARIANTS)}"
    out = folder / "espeak.wav"
    tract = rng.uniform(0.92, 1.12)
    speed = str(int(rng.uniform(125, 215) / tract))
    run = ["espeak-ng", "-v", voice, "-s", speed, "-p", str(rng.randrange(25, 75)), "-w", str(out), text]
    try:
        subprocess.run(run, capture_output=True, check=True, timeout=30)
        return _told(_tracted(*read_wav(out), tract), text, f"espeak {voice}", folder)
    except (subprocess.SubprocessError, OSError):
        return None


def _told(samples: np.ndarray, text: str, voice: str, folder: Path) -> Spoken:
    """With the sounds where a voice that tells has them: an American idea of what another accent says."""
    out = folder / "told.wav"
    printed = flite(text, "kal16", out, {"duration_stretch": 1.4})
    sounds = _told_sounds(printed)
    phones = [PHONES.index(SAME.get(name, name)) for name, _ in sounds]
    ends_s = align.ends(samples, read_wav(out)[0], [end for _, end in sounds])
    return Spoken(samples, re.sub(r"\s+", " ", text), phones, ends_s, voice)


def _tracted(samples: np.ndarray, rate: int, tract: float) -> np.ndarray:
    """At 16 kHz, with formants and pitch raised by `tract`, and so much shorter."""
    ratio = Fraction(RATE / (rate * tract)).limit_denominator(60)
    return resample_poly(samples, ratio.numerator, ratio.denominator).astype(np.float32)


def _warped(path: Path, text: str, sounds: list[tuple[str, float]], tract: float, voice: str) -> Spoken:
    """The file with the vocal tract changed, and the sounds that its engine told: their names and ends in seconds."""
    if any(name in voice.split() for name in HELD_OUT):
        raise ValueError(f"voice `{voice}` is held out for the test")
    samples, rate = read_wav(path)
    warped = _tracted(samples, rate, tract)
    # The ends are true as they stand; flite's `kal` and festival leave out some of the silence that they tell at the end.
    scale = len(warped) / RATE / (len(samples) / rate)
    phones = [PHONES.index(SAME.get(name, name)) for name, _ in sounds]
    return Spoken(warped, re.sub(r"\s+", " ", text), phones, [end * scale for _, end in sounds], voice)
