"""What each voice makes of each sound, and the persons between and beyond the voices that there are.

A new person's sounds differ from a voice's as those of other voices do, all sounds together and by as much as people differ:
the idea of eigenvoices (Kuhn and others, 2000), with voices themselves in place of their principal components.
"""

from __future__ import annotations

import numpy as np

from speechkit.mel import N_MELS

# A sound's beginning, middle and end count apart: how a diphthong moves tells a country.
PARTS = 3
# A voice's mean of a part of a sound is drawn to that of all voices, as if it had been heard for so many frames; voices with
# fewer frames in all are nobody.
DRAWN, FEWEST = 30.0, 3000
# How far towards another person's sounds, and beyond or away from them; and how far towards what all of them have in common:
# more of it is the recording than the person.
TOWARDS, IN_COMMON = (-0.5, 1.25), (-0.2, 0.5)
# What is fainter than this, as a logarithm, is no part of a voice: engines differ in how they are silent.
FAINT = -3.0


class People:
    """Means of log mel powers by voice, and by part of a sound; they are learned as utterances come in."""

    def __init__(self, phones: int) -> None:
        self.classes = phones * PARTS
        self.sums: dict[str, np.ndarray] = {}
        self.counts: dict[str, np.ndarray] = {}
        self.means: dict[str, np.ndarray] = {}

    def learn(self, voice: str, mel: np.ndarray, parts: np.ndarray) -> None:
        """Takes in an utterance: powers by frame, and which part of which sound is in each."""
        name = _person(voice)
        sums = self.sums.setdefault(name, np.zeros((self.classes, N_MELS)))
        counts = self.counts.setdefault(name, np.zeros(self.classes))
        np.add.at(sums, parts, np.maximum(mel.astype(np.float32), FAINT))
        np.add.at(counts, parts, 1.0)

    def meet(self) -> None:
        """Works the means out anew."""
        counts = sum(self.counts.values())[:, None]
        anybody = sum(self.sums.values()) / np.maximum(counts, 1.0)
        self.means = {
            name: ((total + DRAWN * anybody) / (self.counts[name][:, None] + DRAWN)).astype(np.float32)
            for name, total in self.sums.items()
            if self.counts[name].sum() >= FEWEST
        }

    def as_another(self, voice: str, mel: np.ndarray, parts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The utterance as somebody else might say it. Pauses stay as they are."""
        own = self.means.get(_person(voice))
        if own is None or len(self.means) < 3:
            return mel
        names = list(self.means)
        mixed = np.zeros_like(own)
        for name, share in zip(rng.choice(names, 2, replace=False), rng.dirichlet([1.0, 1.0]), strict=True):
            mixed += share.astype(np.float32) * self.means[name]
        change = mixed - own
        common = change[PARTS:].mean(0)
        change = rng.uniform(*TOWARDS) * (change - common) + rng.uniform(*IN_COMMON) * common
        change[:PARTS] = 0.0
        long = np.pad(change[parts], ((2, 2), (0, 0)), "edge")
        return mel + sum(long[i : i + len(mel)] for i in range(5)) / 5


def parts_of(phones: np.ndarray, ends_s: np.ndarray, frames: int) -> np.ndarray:
    """Which part of which sound is in each frame of 10 ms: `PARTS` times the sound's number, and the part's."""
    at_s = np.arange(frames) * 0.01
    sound = np.minimum(np.searchsorted(ends_s, at_s, side="right"), len(phones) - 1)
    starts_s = np.concatenate([[0.0], ends_s[:-1]])[sound]
    within = (at_s - starts_s) / np.maximum(ends_s[sound] - starts_s, 0.01)
    return phones[sound].astype(np.int64) * PARTS + np.clip((within * PARTS).astype(np.int64), 0, PARTS - 1)


def _person(voice: str) -> str:
    """Accents of espeak's one machine are no persons; its variants are."""
    engine, name = voice.split(" ", 1)
    return f"{engine} {name.split('+')[-1]}"
