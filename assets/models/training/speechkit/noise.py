"""Makes the noises of a workplace: engines, fans, tools, impacts, wind, hum. Nothing is recorded, all is computed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.signal import fftconvolve, lfilter

RATE = 16000
KINDS = ("engine", "fan", "grinder", "wrench", "clank", "wind", "hum", "hiss", "pump", "beeper")


def pool(seed: int, each: int = 5, seconds: float = 12.0) -> list[np.ndarray]:
    """`each` noises of every kind, at an even level."""
    rng = np.random.default_rng(seed)
    return [make(kind, rng, int(seconds * RATE)) for kind in KINDS for _ in range(each)]


def kept(path: Path, seed: int) -> list[np.ndarray]:
    """The pool from a file, which is made where it is missing."""
    if not path.exists():
        np.savez(path, sounds=np.stack(pool(seed)))
    with np.load(path) as data:
        return list(data["sounds"])


def make(kind: str, rng: np.random.Generator, count: int) -> np.ndarray:
    """One noise of a kind, with an effective level of 1."""
    sound = globals()[f"_{kind}"](rng, count).astype(np.float32)
    return sound / (np.sqrt(np.mean(sound**2)) + 1e-9)


def colored(rng: np.random.Generator, count: int, slope: float) -> np.ndarray:
    """Noise whose power falls with frequency to the power `slope`: 0 white, 1 pink, 2 brown."""
    spectrum = rng.standard_normal(count // 2 + 1) + 1j * rng.standard_normal(count // 2 + 1)
    hz = np.fft.rfftfreq(count, 1 / RATE)
    return np.fft.irfft(spectrum / np.maximum(hz, 30.0) ** (slope / 2), count)


def _wander(rng: np.random.Generator, count: int, rate_hz: float, depth: float) -> np.ndarray:
    """A slow random curve around 1."""
    knots = rng.standard_normal(max(4, int(count / RATE * rate_hz) + 3)) * depth
    return 1.0 + np.interp(np.linspace(0, len(knots) - 1, count), np.arange(len(knots)), knots)


def _band(rng: np.random.Generator, sound: np.ndarray, low: float, high: float) -> np.ndarray:
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / RATE)
    shape = 1 / (1 + (low / np.maximum(hz, 1)) ** 4) / (1 + (hz / high) ** 4)
    return np.fft.irfft(spectrum * shape, len(sound))


def _harmonics(
    rng: np.random.Generator, count: int, base_hz: float, top_hz: float, fall: float, jitter: float
) -> np.ndarray:
    phase = 2 * np.pi * np.cumsum(base_hz * _wander(rng, count, 3.0, jitter)) / RATE
    sound = np.zeros(count)
    for k in range(1, int(top_hz / base_hz) + 1):
        sound += rng.uniform(0.3, 1.0) * k**-fall * np.sin(k * phase + rng.uniform(0, 6.28))
    return sound


def _engine(rng: np.random.Generator, count: int) -> np.ndarray:
    firing_hz = rng.uniform(12, 65)
    tone = _harmonics(rng, count, firing_hz / 2, 2500, rng.uniform(0.5, 1.1), 0.01)
    pulse = 1 + rng.uniform(0.2, 0.9) * np.sin(2 * np.pi * firing_hz * np.arange(count) / RATE)
    clatter = _band(rng, colored(rng, count, 0.5), 300, rng.uniform(1500, 6000)) * pulse
    return tone / np.std(tone) + rng.uniform(0.3, 1.5) * clatter / np.std(clatter)


def _fan(rng: np.random.Generator, count: int) -> np.ndarray:
    air = _band(rng, colored(rng, count, rng.uniform(0.6, 1.6)), 60, rng.uniform(1500, 7000)) * _wander(rng, count, 6, 0.1)
    blade = _harmonics(rng, count, rng.uniform(60, 280), 1800, 1.0, 0.004)
    return air / np.std(air) + rng.uniform(0.1, 0.7) * blade / np.std(blade)


def _grinder(rng: np.random.Generator, count: int) -> np.ndarray:
    whine = _harmonics(rng, count, rng.uniform(180, 900), 7500, rng.uniform(0.2, 0.9), 0.03)
    grit = _band(rng, colored(rng, count, 0), rng.uniform(1000, 3000), 7500) * np.abs(_wander(rng, count, 9, 0.5))
    return whine / np.std(whine) + rng.uniform(0.3, 1.2) * grit / np.std(grit)


def _hits(rng: np.random.Generator, count: int, times: np.ndarray) -> np.ndarray:
    train = np.zeros(count)
    train[times[times < count].astype(int)] = rng.uniform(0.3, 1.0, np.count_nonzero(times < count))
    t = np.arange(int(0.25 * RATE)) / RATE
    ring = np.zeros_like(t)
    for _ in range(rng.integers(3, 9)):
        ring += rng.uniform(0.2, 1) * np.exp(-t * rng.uniform(15, 140)) * np.sin(2 * np.pi * rng.uniform(250, 6500) * t)
    ring += rng.standard_normal(len(t)) * np.exp(-t * 300) * 2
    return fftconvolve(train, ring)[:count]


def _wrench(rng: np.random.Generator, count: int) -> np.ndarray:
    gate = np.repeat(rng.random(count // 6000 + 1) < 0.65, 6000)[:count]
    blows = np.cumsum(RATE / rng.uniform(9, 28) * rng.uniform(0.85, 1.15, 800))
    motor = _harmonics(rng, count, rng.uniform(90, 300), 4000, 0.7, 0.02)
    hits = _hits(rng, count, blows)
    return (hits / np.std(hits) + 0.5 * motor / np.std(motor)) * (gate + 0.05) + 0.03 * rng.standard_normal(count)


def _clank(rng: np.random.Generator, count: int) -> np.ndarray:
    times = np.cumsum(rng.exponential(RATE * rng.uniform(0.2, 0.9), 120))
    hits = _hits(rng, count, times)
    return hits / (np.std(hits) + 1e-9) + rng.uniform(0.05, 0.3) * colored(rng, count, 1) * 8


def _wind(rng: np.random.Generator, count: int) -> np.ndarray:
    air = colored(rng, count, rng.uniform(1.4, 2.2))
    return air / np.std(air) * np.abs(_wander(rng, count, 2.0, 0.6)) + 0.02 * rng.standard_normal(count)


def _hum(rng: np.random.Generator, count: int) -> np.ndarray:
    tone = _harmonics(rng, count, rng.choice([50.0, 60.0, 100.0, 120.0, 400.0]), 3000, rng.uniform(0.6, 1.5), 0.0005)
    air = colored(rng, count, 1)
    return tone / np.std(tone) + rng.uniform(0.1, 0.6) * air / np.std(air)


def _hiss(rng: np.random.Generator, count: int) -> np.ndarray:
    return colored(rng, count, rng.uniform(-0.5, 1.2)) * _wander(rng, count, 3, 0.05)


def _pump(rng: np.random.Generator, count: int) -> np.ndarray:
    strokes = np.cumsum(RATE / rng.uniform(1.5, 7) * rng.uniform(0.95, 1.05, 120))
    thump = _hits(rng, count, strokes)
    body = lfilter([1], [1, -0.96], rng.standard_normal(count))
    return thump / (np.std(thump) + 1e-9) + rng.uniform(0.2, 0.8) * body / np.std(body)


def _beeper(rng: np.random.Generator, count: int) -> np.ndarray:
    t = np.arange(count) / RATE
    gate = (np.sin(2 * np.pi * rng.uniform(0.5, 3) * t) > rng.uniform(-0.3, 0.5)).astype(float)
    gate = fftconvolve(gate, np.hanning(400) / 200)[:count]
    tone = np.sin(2 * np.pi * rng.uniform(500, 2800) * t) * gate
    air = colored(rng, count, 1)
    return tone + rng.uniform(0.3, 1.0) * air / np.std(air)
