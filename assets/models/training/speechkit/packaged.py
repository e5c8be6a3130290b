"""Two women's voices that come within Python packages, both under the Apache licence: `hibari-tts` and `py-nanotts`."""

from __future__ import annotations

import random
from functools import cache

import numpy as np


@cache
def _hibari():  # noqa: ANN202 - a class of the package
    from hibari import Hibari

    return Hibari()


@cache
def _pico():  # noqa: ANN202 - a class of the package
    from py_nanotts import NanoTTS

    return NanoTTS()


def heart(text: str, speed: float, rng: random.Random) -> np.ndarray:
    """Hibari's voice at 24 kHz, its pitch raised or lowered and its melody flatter or livelier."""
    from hibari import dsp

    voice = _hibari()
    parts = [np.zeros(0, np.float32)]
    for sounds in voice.phonemize(text):
        feeds = {"ids": np.array([voice.ids(sounds)], np.int64), "speed": np.array([speed], np.float32)}
        *shape, pitch = (out[0] for out in voice.sess.run(None, feeds))
        voiced = pitch > 0
        middle = float(np.median(pitch[voiced])) if voiced.any() else 200.0
        melody = (np.maximum(pitch, 1.0) / middle) ** rng.uniform(0.5, 1.4)
        pitch = np.where(voiced, middle * rng.uniform(0.65, 1.3) * melody, pitch).astype(np.float32)
        parts.append(dsp.synth(*shape, pitch, np.random.default_rng(rng.randrange(1 << 30))))
    return np.concatenate(parts)


def pico(text: str, accent: str, speed: float, pitch: float) -> np.ndarray:
    """SVOX Pico's voice of an accent, `en-US` or `en-GB`, at 16 kHz."""
    sound = _pico().speak(text, voice=accent, speed=speed, pitch=pitch, volume=1.0)
    return np.frombuffer(sound, np.int16).astype(np.float32) / 32768
