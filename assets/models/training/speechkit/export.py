"""Writes the trained weights as a ggml whisper file that whisper.cpp loads unchanged."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from speechkit import mel, model
from speechkit.vocab import FULL, SPECIAL, Vocabulary

AUDIO_CTX, WORDS = 1500, 50256
BARRED = 24.0
# ggml's numbers for tensors, and for a whole file (with the version of the quantization in the thousands).
TENSOR = {"f16": 1, "q5_0": 6, "q8_0": 8}
FILE = {"f16": 1, "q5_0": 2008, "q8_0": 2007}


def write(path: Path, params: dict[str, np.ndarray], shape: model.Shape, vocab: Vocabulary, kind: str) -> None:
    """One file of a kind: `f16`, `q8_0` or `q5_0`."""
    d = shape.width
    with path.open("wb") as out:
        head = (0x67676D6C, FULL, AUDIO_CTX, d, shape.heads, shape.encoder, shape.text_ctx, d, shape.heads)
        out.write(struct.pack("<12i", *head, shape.decoder, mel.N_MELS, FILE[kind]))
        out.write(struct.pack("<2i", *mel.FILTERS.shape) + mel.FILTERS.tobytes())
        _words(out, vocab)
        _tensor(out, "encoder.positional_embedding", model.sinusoids(AUDIO_CTX, d), "f32")
        for name, value in params.items():
            if name.startswith("train."):
                continue
            if name in ("encoder.conv1.weight", "encoder.conv2.weight"):
                # Three taps side by side, to whisper's output by input by tap; always in half precision.
                value = value.reshape(3, -1, d).transpose(2, 1, 0)
                _tensor(out, name, value, "f16")
            elif name in ("encoder.conv1.bias", "encoder.conv2.bias"):
                _tensor(out, name, value[:, None], "f32")
            elif name == "decoder.token_embedding.weight":
                _tensor(out, name, _tokens(value, vocab), kind)
            elif value.ndim == 1 or name == "decoder.positional_embedding":
                _tensor(out, name, _final(name, value), "f32")
            else:
                _tensor(out, name, value.T, kind)


def _words(out: BinaryIO, vocab: Vocabulary) -> None:
    """The pieces, then names that no text can hold for the ids that are barred."""
    out.write(struct.pack("<i", WORDS))
    for i in range(WORDS):
        word = (vocab.pieces[i] if i < len(vocab.pieces) else f"\x01{i:x}").encode()
        out.write(struct.pack("<I", len(word)) + word)


def _tokens(trained: np.ndarray, vocab: Vocabulary) -> np.ndarray:
    """The full table. Channel 0 of the decoder's output is always 1: what is not used has a low weight there."""
    table = np.zeros((FULL, trained.shape[1]), np.float32)
    table[:, 0] = -BARRED
    used = [*range(len(vocab.pieces)), *SPECIAL.values()]
    table[used] = trained
    table[used, 0] = 0.0
    return table


def _final(name: str, value: np.ndarray) -> np.ndarray:
    """The decoder's last scale and shift, with channel 0 held at a fixed value."""
    if name in ("decoder.ln.weight", "decoder.ln.bias"):
        value = value.copy()
        value[0] = BARRED if name.endswith("bias") else 0.0
    return value


def _tensor(out: BinaryIO, name: str, value: np.ndarray, kind: str) -> None:
    number = 0 if kind == "f32" else TENSOR[kind]
    label = name.encode()
    out.write(struct.pack("<3i", value.ndim, len(label), number))
    out.write(struct.pack(f"<{value.ndim}i", *reversed(value.shape)) + label)
    value = np.ascontiguousarray(value, np.float32)
    packers = {"f32": lambda v: v, "f16": lambda v: v.astype(np.float16), "q8_0": q8_0, "q5_0": q5_0}
    out.write(packers[kind](value).tobytes())


def q8_0(value: np.ndarray) -> np.ndarray:
    """Blocks of 32: a half-precision scale and 32 signed bytes."""
    blocks = value.reshape(-1, 32)
    scale = np.abs(blocks).max(1, keepdims=True) / 127
    steps = np.round(blocks / np.where(scale == 0, 1, scale)).astype(np.int8)
    packed = np.empty((len(blocks), 34), np.uint8)
    packed[:, :2] = scale.astype(np.float16).view(np.uint8)
    packed[:, 2:] = steps.view(np.uint8)
    return packed


def q5_0(value: np.ndarray) -> np.ndarray:
    """Blocks of 32: a half-precision scale, the fifth bits in 4 bytes, and the low halves two to a byte."""
    blocks = value.reshape(-1, 32)
    peak = np.take_along_axis(blocks, np.abs(blocks).argmax(1)[:, None], 1)
    scale = peak / -16
    steps = np.clip(np.floor(blocks / np.where(scale == 0, 1, scale) + 16.5), 0, 31).astype(np.uint32)
    packed = np.empty((len(blocks), 22), np.uint8)
    packed[:, :2] = scale.astype(np.float16).view(np.uint8)
    high = ((steps >> 4) << np.arange(32, dtype=np.uint32)).sum(1, dtype=np.uint32)
    packed[:, 2:6] = high[:, None].view(np.uint8)
    low = (steps & 15).astype(np.uint8)
    packed[:, 6:] = low[:, :16] | (low[:, 16:] << 4)
    return packed
