"""Puts clean speech into a workplace: a room, a headset, noise, a level; and cuts it as the voice detector would."""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

RATE = 16000


class Workplace:
    """Rooms, microphones and noises, drawn at random; `hard` from 0 to 1 says how bad they may be."""

    def __init__(self, noises: list[np.ndarray], rng: np.random.Generator) -> None:
        self.noises = noises
        self.rng = rng
        self.bystanders: list[np.ndarray] = []

    def hear(self, speech: np.ndarray, hard: float = 1.0) -> tuple[np.ndarray, float]:
        """What the microphone gives for one utterance, and the second at which the speech starts in it."""
        rng = self.rng
        long = rng.random() < 0.25
        lead = int(RATE * rng.uniform(0.02, 0.6 if long else 0.35))
        tail = int(RATE * rng.uniform(0.05, 0.8 if long else 0.4))
        speech = speech / (np.sqrt(np.mean(speech**2)) + 1e-6)
        sound = np.concatenate([np.zeros(lead, np.float32), speech, np.zeros(tail, np.float32)])
        sound = self._through(sound, room=rng.random() < 0.5 * hard, headset=rng.random() < 0.6)
        if rng.random() > 0.15:
            snr_db = rng.uniform(25 - 26 * hard, 30) if rng.random() < 0.3 else rng.uniform(22 - 22 * hard, 22)
            sound = sound + 10 ** (-snr_db / 20) * self.noise(len(sound))
        return self._level(sound), lead / RATE

    def nothing(self) -> np.ndarray:
        """A stretch without speech: noise, near silence, or none."""
        rng = self.rng
        count = int(RATE * rng.uniform(0.4, 3.0))
        if rng.random() < 0.15:
            return (rng.standard_normal(count) * 10 ** rng.uniform(-6, -3)).astype(np.float32)
        return self._level(self._through(self.noise(count, voices=False), room=False, headset=rng.random() < 0.5))

    def noise(self, count: int, voices: bool = True) -> np.ndarray:
        """One or two noises at once, or people talking behind; effective level 1."""
        rng = self.rng
        sound = self._one(count)
        if rng.random() < 0.35:
            sound = sound + rng.uniform(0.2, 1.0) * self._one(count)
        if voices and len(self.bystanders) > 8 and rng.random() < 0.12:
            sound = 0.5 * sound
            for _ in range(rng.integers(2, 5)):
                other = self.bystanders[rng.integers(len(self.bystanders))]
                other = np.tile(other, count // len(other) + 1)[:count]
                sound = sound + other / (np.sqrt(np.mean(other**2)) + 1e-6)
        return sound / (np.sqrt(np.mean(sound**2)) + 1e-6)

    def _one(self, count: int) -> np.ndarray:
        noise = self.noises[self.rng.integers(len(self.noises))]
        start = self.rng.integers(max(1, len(noise) - count))
        piece = noise[start : start + count]
        piece = np.tile(piece, count // len(piece) + 1)[:count] if len(piece) < count else piece
        return piece / (np.sqrt(np.mean(piece**2)) + 1e-6)

    def _through(self, sound: np.ndarray, room: bool, headset: bool) -> np.ndarray:
        """The room's echo and the microphone's band, both in one pass over the spectrum."""
        rng = self.rng
        if not room and not headset:
            return sound
        size = next_fast_len(len(sound) + RATE // 2, real=True)
        spectrum = rfft(sound, size)
        if room:
            seconds = rng.uniform(0.08, 0.45)
            t = np.arange(int(min(seconds, 0.4) * RATE), dtype=np.float32) / RATE
            echo = rng.standard_normal(len(t)).astype(np.float32) * np.exp(-6.9 * t / seconds)
            echo *= rng.uniform(0.1, 0.9) / (np.sqrt(np.sum(echo**2)) + 1e-6)
            echo[0] = 1.0
            spectrum *= rfft(echo, size)
        if headset:
            hz = rfftfreq(size, 1 / RATE).astype(np.float32)
            low, high = rng.uniform(40, 320), rng.choice([3400.0, 3800.0, 5000.0, 7000.0, 7600.0])
            gain = 1 / (1 + (low / np.maximum(hz, 1)) ** 4) / (1 + (hz / high) ** 12)
            knots = rng.uniform(-6, 6, 8)
            gain *= 10 ** (np.interp(hz, np.linspace(0, 8000, 8), knots) / 20)
            spectrum *= gain.astype(np.float32)
        return irfft(spectrum, size)[: len(sound)].astype(np.float32)

    def _level(self, sound: np.ndarray) -> np.ndarray:
        """A loudness of the microphone, clipped now and then, in 16-bit steps."""
        rng = self.rng
        peak = np.max(np.abs(sound)) + 1e-6
        if rng.random() < 0.06:
            sound = np.clip(sound, -peak * 0.35, peak * 0.35)
        sound = sound / peak * 10 ** (rng.uniform(-30, -0.2) / 20)
        return (np.round(sound * 32767) / 32768).astype(np.float32)
