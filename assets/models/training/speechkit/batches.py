"""Turns stored utterances into batches of fixed shapes for training."""

from __future__ import annotations

import multiprocessing as mp
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from queue import Full

import numpy as np

from speechkit import hearing, lexicon, noise, shards, splice
from speechkit.grammar import understood
from speechkit.hearing import Workplace
from speechkit.people import PARTS, People, parts_of
from speechkit.sentences import Utterances
from speechkit.vocab import Vocabulary
from speechkit.voices import PHONES

# Encoder positions (20 ms each) that utterances are brought to.
BUCKETS = (64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320, 448)
# How many of the shorter ones are followed by silence up to the worker's least context.
ROOMY, ROOMY_CTX = 0.06, 256
# Positions of a batch.
FRAMES = 2048
PROMPT, PROMPTED = 56, 0.1
# How often a batch of sentences without sound follows; how many at once, and their positions and tokens.
READS, READ, READ_CTX, READ_ROOM = 0.15, 24, 144, 40
# How often an utterance is heard by its engine, and if it is no command. Persons' voices count most.
SHARES = {"flite": 1.0, "abroad": 0.8, "festival": 0.7, "espeak": 0.5}
OTHERS = 0.7
# How often pieces of other utterances of the voice take an utterance's place: if it is a command, and if it is none.
SPLICED = (0.12, 0.4)
# How many of the words that the decoder has behind it are wrong.
MISREAD = 0.06
# How often an utterance is said by somebody between and beyond the voices.
ANOTHER = 0.6

Batch = dict[str, np.ndarray]


@dataclass
class Heard:
    """A stored utterance, its sound as log mel powers, and its place in the mix."""

    mel: np.ndarray
    text: list[int]
    phones: np.ndarray
    ends_s: np.ndarray
    share: float
    spliced: float
    voice: str


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
        self.cuttable: dict[str, list[splice.Cuttable]] = {}
        self.people = People(len(PHONES))
        self.hard = 0.0

    def item(self, one: Heard | None) -> Item | None:
        """The item for an utterance, or for nothing being said."""
        if one is None:
            mel, text = self.workplace.nothing(), [self.vocab.no_speech]
            sounds = np.zeros(len(mel), np.int64)
        else:
            parts = parts_of(one.phones, one.ends_s, len(one.mel))
            said = one.mel
            if self.rng.random() < ANOTHER:
                said = self.people.as_another(one.voice, said, parts, self.np_rng)
            mel, sounds = self.workplace.hear(said, parts // PARTS, self.hard)
            text = one.text
        least = ROOMY_CTX if self.rng.random() < ROOMY else 0
        need = len(mel) // 2 + 1 + int(self.rng.uniform(0, 24 if self.rng.random() < 0.25 else 8))
        ctx = next((c for c in BUCKETS if c >= max(need, least)), None)
        if ctx is None:
            return None
        full = np.full((2 * ctx, mel.shape[1]), mel.min(), np.float32)
        full[: len(mel)] = mel
        frames = np.zeros(ctx, np.int64)
        frames[: len(sounds[::2])] = sounds[::2]
        return Item(self._masked(full, len(mel)), ctx, text, frames)

    def _masked(self, mel: np.ndarray, frames: int) -> np.ndarray:
        """Hides a few bands and moments, so that no single one is relied on."""
        fill = mel[:frames].mean()
        for _ in range(2):
            band, wide = self.rng.randrange(mel.shape[1]), self.rng.randrange(15)
            mel[:, band : band + wide] = fill
            moment, long = self.rng.randrange(frames), self.rng.randrange(11)
            mel[moment : moment + long] = fill
        return mel

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
        """Batches of sound without end, from the shards that are there; new ones are taken in as they come."""
        self.workplace = Workplace(noise.kept(store.parent / "noise.npz", seed=7), self.np_rng)
        waiting: dict[int, list[Item]] = {}
        heard: dict[Path, list[Heard]] = {}
        while True:
            paths = [path for path in store.glob("?????.npz") if path not in heard]
            # A few at a time while training goes on, so that the first batches come soon; of all kinds from the first on.
            self.rng.shuffle(paths)
            for path in paths[: 8 if heard else 24]:
                heard[path] = self._load(path)
            self.people.meet()
            often = [3 if int(path.stem) in (*shards.ORDERS, *shards.REPLIES) else 1 for path in heard]
            drawn = self.rng.choices(list(heard.values()), often, k=6)
            spoken = [one for shard in drawn for one in shard]
            self.workplace.bystanders = [self.rng.choice(spoken).mel for _ in range(60)]
            self.words = [i for one in self.rng.sample(spoken, 80) for i in one.text]
            kept = [one for one in spoken if self.rng.random() < one.share]
            todo: list[Heard | None] = [self._spliced(one) if self.rng.random() < one.spliced else one for one in kept]
            todo += [None] * (len(todo) // 25)
            self.rng.shuffle(todo)
            for one in todo:
                item = self.item(one)
                if item is None:
                    continue
                row = waiting.setdefault(item.ctx, [])
                row.append(item)
                if len(row) == max(8, FRAMES // item.ctx):
                    yield self.batch(row)
                    row.clear()
                    if self.rng.random() < READS:
                        yield self.reading(prompted=self.rng.random() < 0.3)

    def _spliced(self, one: Heard) -> Heard:
        """A new utterance of its voice, or the same where that has said too little."""
        said = self.cuttable.get(one.voice, [])
        new = splice.splice(said, self.rng) if len(said) > 200 else None
        if new is None:
            return one
        text = self.vocab.encode(" ".join(new.words))
        return replace(one, mel=new.mel, text=text, phones=new.phones, ends_s=new.ends_s)

    def _load(self, path: Path) -> list[Heard]:
        """A shard's utterances as log mel powers, which are kept beside it."""
        spoken = shards.read(path)
        kept = path.with_suffix(".mel.npy")
        if not kept.exists():
            rows = [hearing.clean(one.samples.astype(np.float32) / 32768) for one in spoken]
            aside = kept.with_suffix(f".{os.getpid()}.npy")
            np.save(aside, np.concatenate(rows))
            os.replace(aside, kept)
        lengths = [(len(one.samples) + 200) // 160 + 1 for one in spoken]
        mels = np.split(np.load(kept), np.cumsum(lengths)[:-1])
        own = self.utterances.commands
        heard: list[Heard] = []
        for one, mel in zip(spoken, mels, strict=True):
            command = understood(own.rows, own.leading, own.trailing, one.text) is not None
            share = SHARES[one.voice.split()[0]] * (1.0 if command else OTHERS)
            text = self.vocab.encode(one.text)
            phones, ends_s = np.array(one.phones, np.int32), np.array(one.ends_s, np.float32)
            heard.append(Heard(mel, text, phones, ends_s, share, SPLICED[0 if command else 1], one.voice))
            self.people.learn(one.voice, mel, parts_of(phones, ends_s, len(mel)))
            words = one.text.split()
            cuts = splice.starts(self.lexicon, words, one.phones)
            if cuts is not None:
                row = self.cuttable.setdefault(one.voice, [])
                row.append(splice.Cuttable(mel, words, phones, ends_s, cuts))
        return heard

    def reading(self, prompted: bool) -> Batch:
        """Sentences with the sounds they would have, for the decoder alone; with words of the work before them or not."""
        rows: list[tuple[list[int], list[int], np.ndarray]] = []
        while len(rows) < READ:
            said = self.utterances.any(self.rng)
            frames = lexicon.frames(self.lexicon, said, READ_CTX, self.np_rng)
            text = self.vocab.encode(said)
            if frames is not None and len(text) + 3 <= READ_ROOM:
                rows.append((self._prompt(text) if prompted else [], text, frames))
        tokens = self._tokens(rows)
        return {**tokens, "frames": np.stack([frames for _, _, frames in rows])}

    def batch(self, items: list[Item]) -> Batch:
        """Arrays: sound, tokens going in and coming out (-1: not judged), sounds by frame."""
        # All of a batch or none: the longest row is what the decoder costs.
        prompted = self.rng.random() < PROMPTED
        rows = [(self._prompt(item.text) if prompted else [], item.text, item.frames) for item in items]
        tokens = self._tokens(rows)
        return {
            **tokens,
            "mel": np.stack([item.mel for item in items]).astype(np.float16),
            "frames": np.stack([item.frames for item in items]),
        }

    def _tokens(self, rows: list[tuple[list[int], list[int], np.ndarray]]) -> Batch:
        """Tokens going in, tokens to come out, and about where in the sound each of these is said."""
        special = self.vocab.special
        # Few different sizes: each costs a kernel of its own.
        room = -(-max(len(prompt) + len(text) + 4 for prompt, text, _ in rows) // 8) * 8
        into = np.full((len(rows), room), special["eot"], np.int64)
        out = np.full((len(rows), room), -1, np.int64)
        center = np.full((len(rows), room), -1, np.int64)
        for i, (prompt, text, frames) in enumerate(rows):
            head = [special["prev"], *prompt] if prompt else []
            row = [*head, special["sot"], special["not"], *text, special["eot"]]
            into[i, : len(row) - 1] = row[:-1]
            wrong = self.np_rng.random(len(text)) < MISREAD
            behind = into[i, len(head) + 2 : len(head) + 2 + len(text)]
            behind[wrong] = self.np_rng.integers(len(self.vocab.pieces), size=wrong.sum())
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
