"""The model's own words and pieces of words, split as whisper.cpp splits a prompt: the longest match first."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from pathlib import Path

from speechkit.sentences import Utterances

NO_SPEECH = " [BLANK_AUDIO]"
# Ids that whisper.cpp fixes for English-only models.
SPECIAL = {"eot": 50256, "sot": 50257, "prev": 50360, "nosp": 50361, "not": 50362}
FULL = 51864


class Vocabulary:
    """Pieces by id; the special tokens follow them in the order of `SPECIAL`, as training numbers them."""

    def __init__(self, pieces: list[str]) -> None:
        self.pieces = pieces
        self.ids = {piece: i for i, piece in enumerate(pieces)}
        self.longest = max(len(piece) for piece in pieces)
        self.special = {name: len(pieces) + i for i, name in enumerate(SPECIAL)}
        self.no_speech = self.ids[NO_SPEECH]

    @property
    def used(self) -> int:
        """How many ids training knows."""
        return len(self.pieces) + len(SPECIAL)

    def encode(self, text: str) -> list[int]:
        """Ids of a text in the model's form: lower-case words without marks."""
        return [i for word in text.split() for i in self._word(f" {word}")]

    def decode(self, ids: list[int]) -> str:
        """The text of ids; special ones are left out."""
        return "".join(self.pieces[i] for i in ids if i < len(self.pieces)).strip()

    def _word(self, word: str) -> list[int]:
        found: list[int] = []
        start = 0
        while start < len(word):
            end = min(len(word), start + self.longest)
            while word[start:end] not in self.ids:
                end -= 1
            found.append(self.ids[word[start:end]])
            start = end
        return found


def load(path: Path) -> Vocabulary:
    """The vocabulary that `make` wrote."""
    return Vocabulary(json.loads(path.read_text(encoding="utf-8")))


def make(repo: Path, path: Path, seed: int, size: int = 1600, sample: int = 50_000) -> None:
    """Learns the pieces from the generator's own sentences by joining the commonest pairs."""
    rng = random.Random(f"{seed} vocabulary")
    utterances = Utterances(repo)
    counts: Counter[str] = Counter()
    for _ in range(sample):
        counts.update(f" {word}" for word in utterances.any(rng).split())
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = [chr(code) for code in range(32, 127)] + [f" {c}" for c in letters] + [NO_SPEECH]
    words = [([word[:2], *word[2:]], count) for word, count in counts.items()]
    pairs: Counter[tuple[str, str]] = Counter()
    holders: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for i, (parts, count) in enumerate(words):
        for pair in zip(parts, parts[1:], strict=False):
            pairs[pair] += count
            holders[pair].add(i)
    while len(pieces) < size:
        best = max(pairs, key=lambda each: (pairs[each], each))
        if "".join(best) not in pieces:
            pieces.append("".join(best))
        for i in sorted(holders.pop(best)):
            parts, count = words[i]
            for pair in zip(parts, parts[1:], strict=False):
                pairs[pair] -= count
            parts = _join(parts, best)
            words[i] = (parts, count)
            for pair in zip(parts, parts[1:], strict=False):
                pairs[pair] += count
                holders[pair].add(i)
        del pairs[best]
    path.write_text(json.dumps(pieces, indent=0) + "\n", encoding="utf-8")


def _join(parts: list[str], pair: tuple[str, str]) -> list[str]:
    if pair[0] not in parts:
        return parts
    joined: list[str] = []
    for part in parts:
        if joined and (joined[-1], part) == pair:
            joined[-1] += part
        else:
            joined.append(part)
    return joined
