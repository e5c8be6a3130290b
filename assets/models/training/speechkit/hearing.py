"""Puts clean speech into a workplace: pace, voice, room, headset, noise, level. All of it on mel powers.

Powers of sounds that have nothing to do with each other add up but for their random phases, and these are drawn too. So an
utterance costs a millisecond, and each is heard otherwise every time.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from speechkit.mel import FILTERS, N_MELS, power

BANDS_HZ = np.linspace(0, 8000, FILTERS.shape[1])[FILTERS.argmax(1)].astype(np.float32)
# How many independent bins a band is made of: their phases average out.
BINS = ((FILTERS.sum(1) ** 2) / (FILTERS**2).sum(1)).astype(np.float32)
# Mel powers of white noise of effective level 1, and of the 16-bit steps.
WHITE = (150.0 * FILTERS.sum(1)).astype(np.float32)
STEPS = WHITE / 12 / 32768**2
# What each band counts for the effective level: its width.
WIDTHS = (1 / FILTERS.max(1) / np.sum(1 / FILTERS.max(1)) / WHITE).astype(np.float32)
FRAME_S = 0.01
# From one change of pace, and of loudness, to the next.
PACE_FRAMES, GAIN_FRAMES = 12, 30
# Seven colors of a sound, each a range of bands that fades into the next.
COLORS = np.stack([np.interp(np.arange(N_MELS), np.linspace(0, N_MELS - 1, 7), row) for row in np.eye(7)]).astype(np.float32)


def clean(samples: np.ndarray) -> np.ndarray:
    """Mel powers of an utterance brought to an effective level of 1, as their logarithm in half precision."""
    samples = samples / (np.sqrt(np.mean(samples**2)) + 1e-6)
    return np.log10(np.maximum(power(samples), 1e-9)).astype(np.float16)


class Workplace:
    """Rooms, microphones and noises, drawn at random."""

    def __init__(self, noises: list[np.ndarray], rng: np.random.Generator) -> None:
        self.noises = [10.0 ** clean(noise).astype(np.float32) for noise in noises]
        self.rng = rng
        self.bystanders: list[np.ndarray] = []

    def hear(self, speech: np.ndarray, sounds: np.ndarray, hard: float) -> tuple[np.ndarray, np.ndarray]:
        """Log mel of an utterance in a place, and which sound is in each of its frames.

        `sounds` tells that of the clean speech; `hard` from 0 to 1 says how loud noises may be.
        """
        rng = self.rng
        speech, sounds = self._spoken_otherwise(speech.astype(np.float32), sounds)
        long = rng.random() < 0.25
        lead = int(rng.integers(2, 60 if long else 35))
        tail = int(rng.integers(5, 80 if long else 40))
        sound = np.concatenate([np.full((lead, N_MELS), 1e-9, np.float32), 10.0**speech])
        sound = np.concatenate([sound, np.full((tail, N_MELS), 1e-9, np.float32)])
        if rng.random() < 0.4 * hard:
            sound = self._echoed(sound)
        if rng.random() < 0.6:
            sound = sound * self._headset()
        if rng.random() > 0.15:
            # Two in five beside a running engine, the others in all that is quieter.
            snr_db = rng.uniform(22 - 22 * hard, 22 - 12 * hard) if rng.random() < 0.4 else rng.uniform(22 - 16 * hard, 28)
            sound = self._together(sound, self.noise(len(sound)), 10 ** (-snr_db / 10))
        return self._level(sound), np.pad(sounds, (lead, tail))

    def nothing(self) -> np.ndarray:
        """A stretch without speech: noise, near silence, or none."""
        rng = self.rng
        count = int(rng.integers(40, 300))
        if rng.random() < 0.15:
            sound = WHITE * 10 ** rng.uniform(-12, -6) * rng.gamma(1.5, 0.7, (count, N_MELS)) + 1e-10
            return _whispered(sound.astype(np.float32))
        sound = self.noise(count, voices=False)
        return self._level(sound * self._headset() if rng.random() < 0.5 else sound)

    def noise(self, count: int, voices: bool = True) -> np.ndarray:
        """One or two noises at once, or people talking behind; effective level about 1."""
        rng = self.rng
        sound = self._one(count)
        if rng.random() < 0.35:
            share = rng.uniform(0.05, 0.5)
            sound = self._together(sound * (1 - share), self._one(count), share)
        if voices and self.bystanders and rng.random() < 0.08:
            sound = 0.3 * sound
            for _ in range(rng.integers(2, 5)):
                other = 10.0 ** self.bystanders[rng.integers(len(self.bystanders))].astype(np.float32)
                other = np.tile(other, (count // len(other) + 1, 1))[:count]
                sound = sound + 0.3 * other
        return sound

    def _one(self, count: int) -> np.ndarray:
        """A noise at some pace and pitch, with a color of its own."""
        rng = self.rng
        noise = self.noises[rng.integers(len(self.noises))]
        start = rng.integers(max(1, len(noise) - count))
        piece = noise[start : start + count]
        piece = np.tile(piece, (count // len(piece) + 1, 1))[:count] if len(piece) < count else piece
        color = 10 ** (np.interp(np.arange(N_MELS), np.linspace(0, N_MELS - 1, 6), rng.uniform(-5, 5, 6)) / 10)
        shifted = int(rng.integers(-6, 7))
        piece = np.roll(piece, shifted, 1) * color.astype(np.float32)
        if shifted > 0:
            piece[:, :shifted] = piece[:, shifted : shifted + 1]
        elif shifted < 0:
            piece[:, shifted:] = piece[:, shifted - 1 : shifted]
        if rng.random() < 0.3:
            # Strokes and beats of other machines than those that are imitated.
            beat = np.sin(2 * np.pi * (rng.uniform(0.6, 18) * FRAME_S * np.arange(count) + rng.random()))
            piece = piece * 10 ** (rng.uniform(0.2, 0.9) * beat[:, None].astype(np.float32))
        return piece / max(1e-6, float(piece.mean(0) @ WIDTHS))

    def _together(self, one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
        """The powers of two sounds, `other` times `share`, with random phases between them."""
        other = other * share
        phase = self.rng.standard_normal(one.shape, np.float32) / np.sqrt(2 * BINS)
        return np.maximum(one + other + 2 * np.sqrt(one * other) * np.clip(phase, -0.97, 0.97), 1e-10)

    def _spoken_otherwise(self, speech: np.ndarray, sounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As another person would say it: by another vocal tract, each sound a little otherwise, at another pace."""
        rng = self.rng
        if rng.random() < 0.75:
            # In all and from moment to moment: no two persons linger on the same sounds.
            paces = _curve(rng, len(speech), PACE_FRAMES, 0.22)
            ends = np.cumsum(rng.uniform(0.85, 1.2) * np.exp(paces - paces.mean()))
            at = np.interp(np.arange(int(ends[-1])), np.concatenate([[0.0], ends[:-1]]), np.arange(len(speech)))
            speech, sounds = _between(speech, at), sounds[at.round().astype(np.int64)]
        if rng.random() < 0.5:
            # Louder and fainter within a sentence.
            gain = _curve(rng, len(speech), GAIN_FRAMES, 0.15)
            speech = speech + gain[:, None].astype(np.float32)
        if rng.random() < 0.6:
            # What one mouth makes of a sound, another makes otherwise.
            own = rng.normal(0, rng.uniform(0.05, 0.3), (int(sounds.max()) + 1, len(COLORS))).astype(np.float32) @ COLORS
            own[0] = 0.0
            long = np.pad(own[sounds], ((2, 2), (0, 0)), "edge")
            speech = speech + sum(long[i : i + len(speech)] for i in range(5)) / 5
        if rng.random() < 0.75:
            # Half the shift at the top: the microphone's band stays.
            moved = np.arange(N_MELS) + rng.uniform(-4.5, 4.5) * np.minimum(1.0, np.arange(N_MELS) / 30)
            # Each range of formants a little by itself, too: no two mouths are the same one scaled.
            bend = np.interp(np.arange(N_MELS), np.linspace(0, N_MELS - 1, 6), rng.uniform(-2.2, 2.2, 6))
            moved += bend * np.minimum(1.0, np.arange(N_MELS) / 10)
            speech = _between(speech.T, np.clip(moved, 0, N_MELS - 1.001)).T
        if rng.random() < 0.5:
            tilt = np.interp(np.arange(N_MELS), np.linspace(0, N_MELS - 1, 5), rng.uniform(-0.6, 0.6, 5))
            speech = speech + tilt.astype(np.float32)
        if rng.random() < 0.2:
            # A voice that slurs.
            long = np.pad(speech, ((1, 1), (0, 0)), "edge")
            speech = (long[:-2] + long[1:-1] + long[2:]) / 3
        if rng.random() < 0.25:
            # A voice without much of its pitch in the bands.
            wide = np.pad(speech, ((0, 0), (1, 1)), "edge")
            speech = (wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]) / 3
        return speech, sounds

    def _echoed(self, sound: np.ndarray) -> np.ndarray:
        """A room: what was said fades by 60 dB in its time."""
        rng = self.rng
        fade = 10 ** (-6 * FRAME_S / rng.uniform(0.08, 0.45))
        ratio = rng.uniform(0.1, 0.9) ** 2
        echo = lfilter([0.0, ratio * (1 - fade)], [1.0, -fade], sound, axis=0).astype(np.float32)
        return sound + echo * rng.gamma(4.0, 0.25, sound.shape).astype(np.float32)

    def _headset(self) -> np.ndarray:
        """A microphone's band."""
        rng = self.rng
        low, high = rng.uniform(40, 320), rng.choice([3400.0, 3800.0, 5000.0, 7000.0, 7600.0])
        gain = 1 / (1 + (low / np.maximum(BANDS_HZ, 1)) ** 4) / (1 + (BANDS_HZ / high) ** 12)
        gain = gain**2 * 10 ** (np.interp(BANDS_HZ, np.linspace(0, 8000, 8), rng.uniform(-6, 6, 8)) / 10)
        return np.maximum(gain, 1e-7).astype(np.float32)

    def _level(self, sound: np.ndarray) -> np.ndarray:
        """A loudness of the microphone, in 16-bit steps."""
        mean = float(sound.mean(0) @ WIDTHS) + 1e-12
        return _whispered(sound * (10 ** (self.rng.uniform(-45, -12) / 10) / mean) + STEPS)


def _curve(rng: np.random.Generator, count: int, step: int, spread: float) -> np.ndarray:
    """A curve around 0, with another random value every `step` frames."""
    knots = rng.normal(0, spread, count // step + 3)
    return np.interp(np.arange(count) / step, np.arange(len(knots)), knots)


def _between(rows: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Rows at places between whole ones."""
    low = at.astype(np.int64)
    part = (at - low).astype(np.float32)[:, None]
    return rows[low] * (1 - part) + rows[np.minimum(low + 1, len(rows) - 1)] * part


def _whispered(sound: np.ndarray) -> np.ndarray:
    """Whisper's scale: eight decades below the loudest."""
    mel = np.log10(np.maximum(sound, 1e-10))
    return (np.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0
