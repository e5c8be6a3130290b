"""Turns stored utterances into batches of fixed shapes for training."""

from __future__ import annotations

import multiprocessing as mp
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from queue import Full

import numpy as np

from speechkit import lexicon, noise, shards
from speechkit.augment import Workplace
from speechkit.mel import log_mel
from speechkit.sentences import Utterances
from speechkit.vocab import Vocabulary
from speechkit.voices import Spoken

# Encoder positions (20 ms each) and, for each, the room for text tokens. Few, as each shape has to be compiled.
BUCKETS = {128: 36, 176: 44, 256: 56, 448: 80}
# How many of the shorter ones are followed by silence up to the worker's least context.
ROOMY, ROOMY_CTX = 0.1, 256
FRAMES = 1536
PROMPT = 56
# Sentences without sound: how many at once, their positions and tokens.
READ, READ_CTX, READ_ROOM = 24, 144, 40

Batch = dict[str, np.ndarray]


@dataclass
class Item:
    """One utterance, heard and written."""

    mel: np.ndarray
    ctx: int
    text: list[int]
    frames: np.ndarray


class Maker:
    """Hears utterances in a workplace and sorts them by length."""

    def __init__(self, repo: Path, vocab: Vocabulary, words: dict[str, list[int]], seed: int) -> None:
        self.vocab = vocab
        self.lexicon = words
        self.utterances = Utterances(repo)
        self.rng = random.Random(seed)
        self.np_rng = np.random.default_rng(seed)
        self.workplace = Workplace([], self.np_rng)
        self.words: list[int] = []
        self.hard = 0.0

    def item(self, one: Spoken | None) -> Item | None:
        """The item for an utterance, or for nothing being said."""
        if one is None:
            samples, start_s, text = self.workplace.nothing(), 0.0, [self.vocab.no_speech]
        else:
            speech = one.samples.astype(np.float32) / 32768
            samples, start_s = self.workplace.hear(speech, self.hard)
            text = self.vocab.encode(one.text)
        least = ROOMY_CTX if self.rng.random() < ROOMY else 0
        need = len(samples) // 320 + 1 + int(self.rng.uniform(0, 24 if self.rng.random() < 0.25 else 8))
        fits = (c for c, room in BUCKETS.items() if c >= max(need, least) and room >= len(text) + 3)
        ctx = next(fits, None)
        if ctx is None:
            return None
        frames = _labels(one, start_s, ctx)
        return Item(log_mel(samples, 2 * ctx), ctx, text, frames)

    def _prompt(self, text: list[int]) -> list[int]:
        """Words of the work at hand: some that are about to be said, most not."""
        if len(self.words) < 200 or self.rng.random() < 0.1:
            return []
        count = self.rng.randrange(4, PROMPT - 8)
        start = self.rng.randrange(len(self.words) - count)
        prompt = self.words[start : start + count]
        if self.rng.random() < 0.5 and len(text) > 3:
            cut = self.rng.randrange(len(text) - 2)
            prompt = [*prompt[: count // 2], *text[cut : cut + 3], *prompt[count // 2 :]]
        return prompt[: PROMPT - 2]

    def run(self, store: Path) -> Iterator[Batch]:
        """Batches of sound without end, from the shards that are there."""
        self.workplace.noises = noise.kept(store.parent / "noise.npz", seed=7)
        waiting: dict[int, list[Item]] = {}
        seen: dict[Path, int] = {}
        while True:
            paths = sorted(path for path in store.glob("*.npz") if ".part" not in path.name)
            least = min((seen.get(path, 0) for path in paths), default=0)
            path = self.rng.choice([path for path in paths if seen.get(path, 0) == least])
            seen[path] = least + 1
            spoken = shards.read(path)
            self.workplace.bystanders = [one.samples.astype(np.float32) / 32768 for one in spoken[:60]]
            self.words = [i for one in spoken[:80] for i in self.vocab.encode(one.text)]
            todo: list[Spoken | None] = [*spoken, *[None] * (len(spoken) // 22)]
            self.rng.shuffle(todo)
            for one in todo:
                item = self.item(one)
                if item is None:
                    continue
                row = waiting.setdefault(item.ctx, [])
                row.append(item)
                if len(row) == FRAMES // item.ctx:
                    yield self.batch(row)
                    row.clear()

    def read(self) -> Iterator[Batch]:
        """Batches of sentences without sound, without end."""
        while True:
            if self.rng.random() < 0.02 or len(self.words) < 400:
                said = " ".join(self.utterances.any(self.rng) for _ in range(80))
                self.words = self.vocab.encode(said)
            yield self.reading(prompted=self.rng.random() < 0.15)

    def reading(self, prompted: bool) -> Batch:
        """Sentences with the sounds they would have, for the decoder alone; with words of the work before them or not."""
        rows: list[tuple[list[int], list[int], np.ndarray]] = []
        while len(rows) < READ:
            said = self.utterances.any(self.rng)
            frames = lexicon.frames(self.lexicon, said, READ_CTX, self.np_rng)
            text = self.vocab.encode(said)
            if frames is not None and len(text) + 3 <= READ_ROOM:
                rows.append((self._prompt(text) if prompted else [], text, frames))
        tokens = self._tokens(rows, READ_ROOM + (PROMPT if prompted else 0))
        return {**tokens, "frames": np.stack([frames for _, _, frames in rows])}

    def batch(self, items: list[Item]) -> Batch:
        """Arrays: sound, tokens going in and coming out (-1: not judged), sounds by frame."""
        tokens = self._tokens([([], item.text, item.frames) for item in items], BUCKETS[items[0].ctx])
        return {
            **tokens,
            "mel": np.stack([item.mel for item in items]),
            "frames": np.stack([item.frames for item in items]),
        }

    def _tokens(self, rows: list[tuple[list[int], list[int], np.ndarray]], room: int) -> Batch:
        """Tokens going in, tokens to come out, and about where in the sound each of these is said."""
        special = self.vocab.special
        into = np.full((len(rows), room), special["eot"], np.int32)
        out = np.full((len(rows), room), -1, np.int32)
        center = np.full((len(rows), room), -1, np.int32)
        for i, (prompt, text, frames) in enumerate(rows):
            head = [special["prev"], *prompt] if prompt else []
            row = [*head, special["sot"], special["not"], *text, special["eot"]]
            into[i, : len(row) - 1] = row[:-1]
            out[i, len(head) : len(row) - 1] = row[len(head) + 1 :]
            if text == [self.vocab.no_speech]:
                out[i, len(head)] = special["nosp"]
            else:
                center[i, len(head) + 1 : len(head) + 1 + len(text)] = self._centers(text, frames)
        return {"into": into, "out": out, "center": center}

    def _centers(self, text: list[int], frames: np.ndarray) -> np.ndarray:
        """About where each token is said: by the letters before it, over the positions that are no pause."""
        lengths = np.array([len(self.vocab.pieces[i]) for i in text], np.float32)
        middles = (np.cumsum(lengths) - lengths / 2) / lengths.sum()
        spoken = np.flatnonzero(frames)
        return spoken[(middles * len(spoken)).astype(int)] if len(spoken) else np.full(len(lengths), -1)


def _labels(one: Spoken | None, start_s: float, ctx: int) -> np.ndarray:
    """The sound at each encoder position (-1: not known)."""
    frames = np.zeros(ctx, np.int32)
    if one is None:
        return frames
    times = np.arange(ctx) * 0.02 - start_s
    end = len(one.samples) / 16000
    inside = (times >= 0) & (times < end)
    if one.ends_s:
        at = np.searchsorted(np.array(one.ends_s), times[inside], side="right")
        frames[inside] = np.array(one.phones, np.int32)[np.minimum(at, len(one.phones) - 1)]
    else:
        frames[inside] = -1
    return frames


def _serve(queue: mp.Queue, store: Path, repo: Path, pieces: list[str], seed: int, hard: Synchronized) -> None:
    # What is still in the pipe is of no use to anybody once the training is gone.
    queue.cancel_join_thread()
    maker = Maker(repo, Vocabulary(pieces), lexicon.load(store / "lexicon.json"), seed)
    parent = os.getppid()
    for batch in maker.run(store / "shards"):
        while True:
            try:
                queue.put(batch, timeout=20)
                break
            except Full:
                if os.getppid() != parent:
                    return
        maker.hard = hard.value


class Feed:
    """Batches made in a process of their own."""

    def __init__(self, store: Path, repo: Path, vocab: Vocabulary, seed: int) -> None:
        ctx = mp.get_context("spawn")
        self.hard = ctx.Value("d", 0.0)
        self.queue = ctx.Queue(maxsize=24)
        args = (self.queue, store, repo, vocab.pieces, seed, self.hard)
        self.process = ctx.Process(target=_serve, args=args, daemon=True)
        self.process.start()

    def next(self) -> Batch:
        """The next batch."""
        return self.queue.get(timeout=600)
