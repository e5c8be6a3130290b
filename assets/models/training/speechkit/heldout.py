"""Makes the test: sentences, voices and noises that training never sees, as WAV files with a list of what they say."""

from __future__ import annotations

import json
import random
import tempfile
import wave
from pathlib import Path

import numpy as np

from speechkit import noise, spoken
from speechkit.grammar import understood
from speechkit.sentences import Utterances
from speechkit.voices import HELD_OUT, RATE, flite, read_wav

SEED = "held out"


def make(repo: Path, folder: Path, each: int) -> None:
    """`each` utterances of every kind and level for both voices, and as many stretches of noise alone."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, np_rng = random.Random(SEED), np.random.default_rng(20_261_124)
    utterances = Utterances(repo)
    questions = [json.loads(line)["spoken"] for line in (repo / "tests/gold/fgs-5-questions.jsonl").open()]
    commands = [_command(utterances, rng) for _ in range(each)]
    others = [utterances.colleague(rng) if i % 2 else utterances.daily(rng) for i in range(each)]
    rows: list[dict[str, object]] = []
    for voice in HELD_OUT:
        for kind, texts, levels in (
            ("command", commands, (20, 5)),
            ("question", rng.sample(questions, min(each, len(questions))), (20,)),
            ("other", others, (10,)),
        ):
            for index, text in enumerate(texts):
                for snr_db in levels:
                    name = f"{kind}-{voice}-{snr_db}db-{index:03}.wav"
                    said = spoken.plain(text)
                    _write(folder / name, _heard(_speech(said, voice, rng), snr_db, np_rng))
                    rows.append({"wav": name, "kind": kind, "voice": voice, "snr_db": snr_db, "text": said})
    for index in range(each):
        name = f"noise-{index:03}.wav"
        _write(folder / name, _scaled(_workplace(np_rng, RATE * 5), np_rng))
        rows.append({"wav": name, "kind": "noise", "text": ""})
    (folder / "list.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _command(utterances: Utterances, rng: random.Random) -> str:
    """A command that the product's grammar reads as one."""
    own = utterances.commands
    while True:
        text = own.say(rng)
        if understood(own.rows, own.leading, own.trailing, spoken.plain(text)):
            return text


def _speech(text: str, voice: str, rng: random.Random) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "one.wav"
        flite(text, voice, out, {"duration_stretch": rng.uniform(0.85, 1.2)})
        samples, rate = read_wav(out)
        assert rate == RATE, "both held-out voices speak at 16 kHz"
        return samples


def _heard(speech: np.ndarray, snr_db: float, rng: np.random.Generator) -> np.ndarray:
    before, after = rng.integers(RATE // 10, RATE // 2, 2)
    sound = np.concatenate([np.zeros(before), speech, np.zeros(after)])
    level = np.sqrt(np.mean(speech**2))
    return _scaled(sound + _workplace(rng, len(sound)) * level * 10 ** (-snr_db / 20), rng)


def _workplace(rng: np.random.Generator, count: int) -> np.ndarray:
    """A noise of a kind that training has not, or of a kind that it has with another seed."""
    own = (_saw, _rain, _compressor)
    if rng.random() < 0.5:
        sound = own[rng.integers(len(own))](rng, count)
        return sound / (np.sqrt(np.mean(sound**2)) + 1e-9)
    return noise.make(str(rng.choice(noise.KINDS)), rng, count)


def _saw(rng: np.random.Generator, count: int) -> np.ndarray:
    t = np.arange(count) / RATE
    stroke = np.abs(np.sin(2 * np.pi * rng.uniform(0.8, 2.5) * t)) ** 2
    rasp = np.sign(np.sin(2 * np.pi * rng.uniform(80, 160) * t)) * rng.standard_normal(count)
    return stroke * rasp + 0.05 * rng.standard_normal(count)


def _rain(rng: np.random.Generator, count: int) -> np.ndarray:
    drops = rng.standard_normal(count) * (rng.random(count) < rng.uniform(0.005, 0.05))
    return np.convolve(drops, np.exp(-np.arange(60) / 9.0), "same") + 0.1 * noise.colored(rng, count, 0.8)


def _compressor(rng: np.random.Generator, count: int) -> np.ndarray:
    t = np.arange(count) / RATE
    beat = np.exp(-((t * rng.uniform(8, 18)) % 1.0) * 6)
    tone = sum(np.sin(2 * np.pi * rng.uniform(90, 900) * t + rng.uniform(0, 6)) for _ in range(5))
    return beat * (tone + 2 * rng.standard_normal(count)) + 0.2 * rng.standard_normal(count)


def _scaled(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return sound / np.max(np.abs(sound)) * 10 ** (rng.uniform(-20, -1) / 20)


def _write(path: Path, sound: np.ndarray) -> None:
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE, len(sound), "NONE", ""))
        out.writeframes((sound * 32767).astype("<i2").tobytes())
