"""Makes the tests: sentences, voices and noises that training never sees, as WAV files with a list of what they say."""

from __future__ import annotations

import json
import random
import re
import tempfile
import wave
from pathlib import Path

import numpy as np

from speechkit import noise, spoken
from speechkit.grammar import understood
from speechkit.sentences import Utterances
from speechkit.voices import HELD_OUT, RATE, flite, read_wav

SEED = "held out"


def make(repo: Path, folder: Path, each: int, seed: int) -> None:
    """`each` utterances of every kind and level for both voices, and as many stretches of noise alone."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, np_rng = random.Random(_seed("", seed)), np.random.default_rng(20_261_123 + seed)
    utterances = Utterances(repo)
    questions = [json.loads(line)["spoken"] for line in (repo / "tests/gold/fgs-5-questions.jsonl").open()]
    commands = [_command(utterances, rng) for _ in range(each)]
    plain = _plain(repo, each, seed)
    others = [utterances.colleague(rng) if i % 2 else utterances.daily(rng) for i in range(each)]
    rows: list[dict[str, object]] = []
    for voice in HELD_OUT:
        for kind, texts, levels in (
            ("command", commands, (20, 5)),
            ("plain", plain, (20, 5)),
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
    _list(folder, rows)


def minutes(repo: Path, folder: Path, count: int, seed: int) -> None:
    """Stretches of a minute that hold no command: in every third noise alone, in the others a workplace and people in it."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, np_rng = random.Random(_seed(" minutes", seed)), np.random.default_rng(20_261_129 + seed)
    utterances = Utterances(repo)
    rows: list[dict[str, object]] = []
    for index in range(count):
        noise_alone, snr_db, voice = index % 3 == 2, (20, 10, 5)[index % 9 // 3], HELD_OUT[index % 2]
        sound, at, said, levels = np.zeros(60 * RATE), int(RATE * rng.uniform(0.5, 4)), [], []
        while not noise_alone:
            text = spoken.plain(utterances.daily(rng) if rng.random() < 0.7 else utterances.colleague(rng))
            speech = _speech(text, voice, rng)
            if at + len(speech) > len(sound):
                break
            sound[at : at + len(speech)] = speech
            said.append(text)
            levels.append(np.sqrt(np.mean(speech**2)))
            at += len(speech) + int(RATE * rng.uniform(0.8, 6))
        level = float(np.mean(levels)) if levels else 0.1
        name = f"minute-{index:03}.wav"
        heard = sound + _workplace(np_rng, len(sound)) * level * 10 ** (-snr_db / 20)
        _write(folder / name, _scaled(heard, np_rng))
        rows.append({"wav": name, "kind": "noise" if noise_alone else "other", "snr_db": snr_db, "text": " ".join(said)})
    _list(folder, rows)


def _seed(what: str, seed: int) -> str:
    """Other sentences for every seed; training has none of them."""
    return f"{SEED}{what}" if seed == 1 else f"{SEED}{what} {seed}"


def _list(folder: Path, rows: list[dict[str, object]]) -> None:
    (folder / "list.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _plain(repo: Path, count: int, seed: int) -> list[str]:
    """Phrases from the product's own table of what people say, without step numbers."""
    source = (repo / "app/guide/src/command/phrases.rs").read_text(encoding="utf-8")
    table = source[source.index("HEARD") :]
    said = re.findall(r'\("([^"\d]+)", Command::\w+', table[: table.index("];")])
    return random.Random(_seed(" plain", seed)).sample(said, min(count, len(said)))


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
