"""How each word sounds, by flite's dictionary: lets the decoder learn sentences without the cost of sound."""

from __future__ import annotations

import json
import os
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from speechkit.sentences import Utterances
from speechkit.voices import PHONES, SAME

VOWELS = {PHONES.index(name) for name in PHONES if name[0] in "aeiou"}


def make(repo: Path, path: Path, seed: int, sample: int = 30_000) -> None:
    """The sounds of every word that the generator is found to use."""
    rng, utterances = random.Random(f"{seed} lexicon"), Utterances(repo)
    said = (say(rng) for say in (utterances.any, utterances.wide) for _ in range(sample))
    words = sorted({word for text in said for word in text.split()})
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(words, pool.map(_sounds, words), strict=True))
    path.write_text(json.dumps(found), encoding="utf-8")


def _sounds(word: str) -> list[int]:
    run = ["flite", "-voice", "kal", "-ps", "-t", word, "-o", "/dev/null"]
    printed = subprocess.run(run, capture_output=True, text=True, check=True, timeout=30).stdout
    return [PHONES.index(SAME.get(name, name)) for name in printed.split() if name != "pau"]


def load(path: Path) -> dict[str, list[int]]:
    """What `make` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def frames(words: dict[str, list[int]], text: str, length: int, rng: np.random.Generator) -> np.ndarray | None:
    """The sound at each position of an imagined utterance, some of it misheard; `None` where a word is not known."""
    sounds: list[int] = []
    for word in text.split():
        if word not in words:
            return None
        # Alone it is a letter's name, in a sentence mostly not.
        sounds.extend([PHONES.index("ax")] if word == "a" and rng.random() < 0.7 else words[word])
        if rng.random() < 0.06:
            sounds.append(0)
    pace = rng.uniform(0.75, 1.35)
    row = [0] * int(rng.integers(2, 20))
    for sound in sounds:
        count = max(1, round(pace * rng.gamma(5.0, 0.8 if sound not in VOWELS else 1.05)))
        if rng.random() < 0.07:
            sound = int(rng.integers(len(PHONES)))
        row.extend([sound] * count)
    if len(row) + 2 > length:
        return None
    return np.array(row + [0] * (length - len(row)), np.int32)
