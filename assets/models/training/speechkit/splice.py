"""Joins pieces of utterances of one voice to new ones, so that words are heard and not guessed from the sentence.

A network that is trained for long on some ten thousand sentences knows them by heart, and hears of a new one only what it
expects. The idea is that of aligned data augmentation (Lam and others, 2021), with runs of words in place of single ones.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

# An utterance whose sounds are further from the dictionary's than this share of them is not cut.
FAR = 0.4
# Words of a piece, pieces of an utterance, and the most words and frames (10 ms) of one.
RUN, PIECES, MAX_WORDS, MAX_FRAMES = (1, 5), (2, 4), 18, 850


@dataclass
class Cuttable:
    """An utterance: log mel powers by frame, words, sounds with their ends, and the first sound of each word and the end."""

    mel: np.ndarray
    words: list[str]
    phones: np.ndarray
    ends_s: np.ndarray
    starts: list[int]


def starts(lexicon: dict[str, list[int]], words: list[str], phones: list[int]) -> list[int] | None:
    """At which of the sounds each word begins, and where the last one ends; `None` where that is not clear.

    The dictionary's sounds of the words are brought onto the ones that were spoken with the fewest changes.
    """
    if not words or any(word not in lexicon for word in words):
        return None
    told = [(sound, index) for index, word in enumerate(words) for sound in lexicon[word]]
    # A pause costs nothing to step over.
    steps = [0 if phone == 0 else 1 for phone in phones]
    cost = [0, *accumulate(steps)]
    back = [[1] * (len(phones) + 1)]
    for sound, _ in told:
        row, moves = [cost[0] + 1], [2]
        for j, phone in enumerate(phones):
            same = cost[j] + (0 if phone == sound else 1 if phone else 2)
            left, up = row[j] + steps[j], cost[j + 1] + 1
            least = min(same, left, up)
            row.append(least)
            moves.append(0 if least == same else 1 if least == left else 2)
        cost = row
        back.append(moves)
    if cost[-1] > FAR * len(told):
        return None
    first = [-1] * len(words)
    last = 0
    i, j = len(told), len(phones)
    while i > 0:
        step = back[i][j]
        if step == 0:
            first[told[i - 1][1]] = j - 1
            last = last or j
        i, j = i - (step != 1), j - (step != 2)
    return [*first, last] if min(first) >= 0 else None


def splice(said: list[Cuttable], rng: random.Random) -> Cuttable | None:
    """A new utterance out of pieces of some of these, which one voice spoke; `None` where it came out too long."""
    mels: list[np.ndarray] = []
    words: list[str] = []
    phones: list[np.ndarray] = []
    ends: list[np.ndarray] = []
    at_s = 0.0
    for _ in range(rng.randint(*PIECES)):
        one = rng.choice(said)
        run = min(rng.randint(*RUN), len(one.words))
        begin = rng.randrange(len(one.words) - run + 1)
        low, high = one.starts[begin], one.starts[begin + run]
        start_s = float(one.ends_s[low - 1]) if low else 0.0
        first, last = round(start_s * 100), round(float(one.ends_s[high - 1]) * 100)
        mels.append(one.mel[first:last])
        words += one.words[begin : begin + run]
        phones.append(one.phones[low:high])
        ends.append(one.ends_s[low:high] - start_s + at_s)
        at_s += len(mels[-1]) / 100
    mel = np.concatenate(mels)
    if len(words) > MAX_WORDS or not 25 < len(mel) < MAX_FRAMES:
        return None
    return Cuttable(mel, words, np.concatenate(phones), np.concatenate(ends), [])
