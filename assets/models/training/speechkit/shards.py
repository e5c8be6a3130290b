"""Keeps spoken utterances on disk, a few hundred to a file, so that training reads while more are being made."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from speechkit.sentences import Utterances
from speechkit.voices import ABROAD, SHARES, Spoken, speak_all

SIZE = 400
# One shard in so many holds utterances of any kind, the others what is said to the product.
ANY = 3
# Which shards hold commands in few words alone, which hold what is none, from as many words as there are, and which hold
# replies to questions with choices.
ORDERS, WIDE, REPLIES = range(73, 80), range(80, 120), range(120, 126)
# Which shards voices of other languages speak: of all these kinds in turn. And which hold what nobody says to the product.
FROM_ABROAD, IDLE = range(126, 196), range(196, 216)
COUNT = IDLE.stop


def make(repo: Path, store: Path, count: int, seed: int, worker: int = 0, workers: int = 1) -> None:
    """Makes the shards that are missing. Each has its own seed: the same shard comes out at any time, in any order."""
    store.mkdir(parents=True, exist_ok=True)
    utterances = Utterances(repo)
    for index in range(worker, count, workers):
        path = store / f"{index:05}.npz"
        if path.exists():
            continue
        started = time.monotonic()
        rng = random.Random(f"{seed} {index}")
        say = _kind(utterances, index)
        texts = [say(rng) for _ in range(SIZE)]
        spoken = speak_all(texts, rng, ABROAD if index in FROM_ABROAD else SHARES)
        write(path, spoken)
        seconds = sum(len(one.samples) for one in spoken) / 16000
        print(f"{path.name}: {len(spoken)} utterances, {seconds:.0f} s, in {time.monotonic() - started:.1f} s", flush=True)


def _kind(utterances: Utterances, index: int) -> Callable[[random.Random], str]:
    """What is said in a shard."""
    if index in FROM_ABROAD:
        says = (utterances.work, utterances.order, utterances.wide, utterances.idle, utterances.any, utterances.reply)
        return says[index % len(says)]
    kinds = ((ORDERS, utterances.order), (WIDE, utterances.wide), (REPLIES, utterances.reply), (IDLE, utterances.idle))
    for indices, say in kinds:
        if index in indices:
            return say
    return utterances.work if index % ANY else utterances.any


def write(path: Path, spoken: list[Spoken]) -> None:
    """One file: samples end to end as 16-bit, and where each utterance, sound and ending lies."""
    parts = [np.clip(one.samples * 32767, -32768, 32767).astype(np.int16) for one in spoken]
    aside = path.with_suffix(".part.npz")
    np.savez(
        aside,
        samples=np.concatenate(parts),
        lengths=np.array([len(part) for part in parts], np.int32),
        texts=np.array([one.text for one in spoken]),
        voices=np.array([one.voice for one in spoken]),
        phones=np.concatenate([np.array(one.phones, np.int8) for one in spoken]),
        phone_counts=np.array([len(one.phones) for one in spoken], np.int32),
        ends=np.concatenate([np.array(one.ends_s, np.float32) for one in spoken]),
    )
    os.replace(aside, path)


def read(path: Path) -> list[Spoken]:
    """What `write` wrote."""
    with np.load(path) as data:
        sound = np.split(data["samples"], np.cumsum(data["lengths"])[:-1])
        cuts = np.cumsum(data["phone_counts"])[:-1]
        phones, ends = np.split(data["phones"], cuts), np.split(data["ends"], cuts)
        rows = zip(sound, data["texts"], phones, ends, data["voices"], strict=True)
        return [Spoken(s, str(t), p.tolist(), e.tolist(), str(v)) for s, t, p, e, v in rows]
