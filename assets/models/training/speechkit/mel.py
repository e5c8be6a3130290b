"""The log-mel spectrogram, as whisper.cpp computes it before its encoder."""

from __future__ import annotations

import numpy as np
from scipy.fft import rfft

RATE, N_FFT, HOP, N_MELS = 16000, 400, 160, 80


def filters() -> np.ndarray:
    """Slaney's triangles on the mel scale, each of unit area: 80 by 201."""
    per_hz, knee, log_step = 3 / 200, 1000.0, np.log(6.4) / 27
    top_mel = knee * per_hz + np.log(RATE / 2 / knee) / log_step
    mels = np.linspace(0.0, top_mel, N_MELS + 2)
    linear = mels / per_hz
    edges = np.where(linear < knee, linear, knee * np.exp(log_step * (mels - knee * per_hz)))
    bins = np.linspace(0, RATE / 2, N_FFT // 2 + 1)
    width = np.diff(edges)
    distance = edges[:, None] - bins[None]
    rising, falling = -distance[:-2] / width[:-1, None], distance[2:] / width[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


FILTERS = filters()
WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)


def power(samples: np.ndarray) -> np.ndarray:
    """Mel powers, frames by 80. The sound is mirrored at its start and followed by silence, as whisper.cpp lays it out."""
    padded = np.concatenate([samples[200:0:-1], samples, np.zeros(N_FFT, np.float32)])
    count = (len(samples) + 200) // HOP + 1
    need = (count - 1) * HOP + N_FFT
    if len(padded) < need:
        padded = np.concatenate([padded, np.zeros(need - len(padded), np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP][:count]
    return (np.abs(rfft(windows * WINDOW, axis=1)) ** 2).astype(np.float32) @ FILTERS.T


def log_mel(samples: np.ndarray, frames: int) -> np.ndarray:
    """`frames` by 80, as whisper's encoder takes it."""
    mel = np.log10(np.maximum(power(samples), 1e-10))[:frames]
    floor = mel.max() - 8.0
    full = np.full((frames, N_MELS), max(floor, -10.0), np.float32)
    full[: len(mel)] = np.maximum(mel, floor)
    return (full + 4.0) / 4.0
