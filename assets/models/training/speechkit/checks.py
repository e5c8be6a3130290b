"""Quick checks of this package, run by `python -m speechkit check`."""

from __future__ import annotations

import random
import re
import tempfile
from pathlib import Path

import numpy as np

from speechkit import abroad, align, export, grammar, mel, model, people, splice, spoken, vocab
from speechkit.sentences import Utterances
from speechkit.voices import HELD_OUT, PHONES, SAME, _warped, flite, read_wav


def run(repo: Path, pieces: Path) -> None:
    """Runs every check; the first that fails ends it."""
    for check in (
        _numbers,
        _commands,
        _words,
        _spectrum,
        _blocks,
        _positions,
        _aligned,
        _spliced,
        _people,
        _abroad,
        _statistical,
        _held_out,
    ):
        check(repo, pieces)
        print(f"ok {check.__name__[1:]}")


def _numbers(_: Path, __: Path) -> None:
    said = {0: "zero", 17: "seventeen", 42: "forty two", 105: "one hundred five", 2815: "two thousand eight hundred fifteen"}
    assert {value: spoken.number(value) for value in said} == said
    assert spoken.plain("What's 3.2 N·m?") == "what's three point two n m"


def _commands(repo: Path, _: Path) -> None:
    own, rng = Utterances(repo).commands, random.Random(3)
    said = [own.say(rng, bare=1.0) for _ in range(400)]
    known = [grammar.understood(own.rows, own.leading, own.trailing, spoken.plain(text)) for text in said]
    assert sum(one is not None for one in known) > 390, [t for t, k in zip(said, known, strict=True) if k is None]
    read = grammar.understood(own.rows, own.leading, own.trailing, "okay go to step twelve please")
    assert read == ("GoToStep", "twelve"), read
    assert grammar.understood(own.rows, own.leading, own.trailing, "where is the next filter") is None


def _words(repo: Path, pieces: Path) -> None:
    words, rng, utterances = vocab.load(pieces), random.Random(4), Utterances(repo)
    for _ in range(300):
        text = utterances.any(rng)
        assert words.decode(words.encode(text)) == text, text
    assert len(set(words.pieces)) == len(words.pieces), "every piece once"


def _spectrum(_: Path, __: Path) -> None:
    second = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000).astype(np.float32)
    image = mel.log_mel(second, 200)
    assert image.shape == (200, 80) and abs(image.max() - image.min() - 2.0) < 1e-4, "eight decades, in fourths"
    assert (image[105:] == image.min()).all(), "silence after the sound"
    peak_hz = np.linspace(0, 8000, 201)[mel.FILTERS[image[50].argmax()].argmax()]
    assert abs(peak_hz - 1000) < 60, peak_hz


def _blocks(_: Path, __: Path) -> None:
    value = np.random.default_rng(5).standard_normal((64, 32)).astype(np.float32)
    packed = export.q8_0(value)
    scale = packed[:, :2].copy().view(np.float16).astype(np.float32)
    assert np.abs(packed[:, 2:].view(np.int8) * scale - value).max() < 0.03
    packed = export.q5_0(value)
    scale = packed[:, :2].copy().view(np.float16).astype(np.float32)
    high = (packed[:, 2:6].copy().view(np.uint32) >> np.arange(32, dtype=np.uint32)) & 1
    low = np.concatenate([packed[:, 6:] & 15, packed[:, 6:] >> 4], axis=1)
    assert np.abs((low + 16.0 * high - 16) * scale - value).max() < 0.25


def _positions(_: Path, __: Path) -> None:
    shape = model.Shape()
    params = {k: np.asarray(v) for k, v in model.init(shape, 1).items()}
    place = model.sinusoids(100, shape.width)
    for head, offset in enumerate((-2, 2, 0)):
        cut = slice(head * 40, head * 40 + 40)
        near = (place @ params["encoder.blocks.0.attn.query.weight"][:, cut]) @ (
            place @ params["encoder.blocks.0.attn.key.weight"][:, cut]
        ).T
        found = near[20:80].argmax(1) - np.arange(20, 80)
        assert abs(np.median(found) - offset) <= 1, (head, offset, np.median(found))


def _aligned(_: Path, __: Path) -> None:
    """What one voice tells of its sounds is found again by its likeness to another."""
    with tempfile.TemporaryDirectory() as folder:
        said = {}
        for voice in ("awb", "kal16"):
            out = Path(folder) / f"{voice}.wav"
            printed = flite("how do i tighten the fuel filter bracket", voice, out, {"duration_stretch": 1.2})
            names, ends = zip(*(part.rsplit(":", 1) for part in printed.split()), strict=True)
            said[voice] = (read_wav(out)[0], names, [float(end) for end in ends])
    (samples, names, told), (other, _, other_ends) = said["awb"], said["kal16"]
    found = align.ends(samples, other, other_ends)
    times = np.arange(len(samples) // 160) * 0.01
    at = [np.minimum(np.searchsorted(ends, times, side="right"), len(names) - 1) for ends in (told, found)]
    assert (at[0] == at[1]).mean() > 0.7, (at[0] == at[1]).mean()


def _spliced(_: Path, __: Path) -> None:
    """Each frame tells its utterance and its time, so that a joined one shows what it was made of."""
    lexicon = {"check": [1, 2, 3], "the": [4, 5], "oil": [6]}
    # A pause before and between, one sound said otherwise.
    phones = [0, 1, 9, 3, 0, 4, 5, 6, 0]
    cuts = splice.starts(lexicon, ["check", "the", "oil"], phones)
    assert cuts == [1, 5, 7, 8], cuts
    assert splice.starts(lexicon, ["check", "the", "fuel"], phones) is None
    assert splice.starts(lexicon, ["the", "the", "the"], phones) is None, "other words than were said"
    mel, ends_s = np.arange(90)[:, None], np.arange(1, 10) * 0.1
    one = splice.Cuttable(mel, ["check", "the", "oil"], np.array(phones), ends_s, cuts)
    rng = random.Random(6)
    for _ in range(50):
        new = splice.splice([one], rng)
        if new is None:
            continue
        assert abs(new.ends_s[-1] - len(new.mel) / 100) < 0.006, "sounds end with the sound"
        heard = [round(float(new.mel[round(end * 100) - 5, 0]) // 10) for end in new.ends_s]
        assert [phones[i] for i in heard] == new.phones.tolist(), "each sound is told where it is"


def _people(_: Path, __: Path) -> None:
    """Somebody between two voices has sounds between theirs; pauses are nobody's."""
    phones, ends_s = np.array([0, 2, 1]), np.array([0.1, 0.4, 0.5])
    parts = people.parts_of(phones, ends_s, 50)
    assert parts[0] == 0 and parts[10] == 6 and parts[39] == 8 and parts[49] == 5, parts
    crowd = people.People(3)
    voices = {f"flite v{level}": np.full((50, mel.N_MELS), float(level), np.float32) for level in range(3)}
    for voice, said in voices.items():
        said[parts == 6] += 2.0 * float(voice[-1])
        for _ in range(100):
            crowd.learn(voice, said, parts)
    crowd.meet()
    rng = np.random.default_rng(8)
    said = voices["flite v0"]
    others = np.stack([crowd.as_another("flite v0", said, parts, rng) for _ in range(60)])
    assert (others[:, :8] == said[:8]).all(), "a pause stays"
    here, there = others[:, 14, 0], others[:, 30, 0]
    assert here.max() > there.max() + 1.0, "the sound in which the voices differ most changes most"
    assert (here < 0.0).any() and (here > 1.5).any(), "away from the others, too, and towards them"
    assert (crowd.as_another("flite new", said, parts, rng) == said).all(), "nobody knows this voice"


def _abroad(_: Path, __: Path) -> None:
    """All the time of our sounds is given to theirs, each of which their language has."""
    sounds = [("pau", 0.1), ("hh", 0.15), ("ay", 0.35), ("t", 0.4), ("t", 0.45), ("ng", 0.6), ("pau", 0.7)]
    for voice in set(abroad.VOICES) - {abroad.STATISTICAL}:
        said = re.findall(r"\((\S+) ([0-9.]+)[ )]", abroad.order(voice, sounds, 1.0, random.Random(9))[20:])
        names, long_s = (
            [name for name, _ in said if not name[0].isdigit()],
            [float(s) for name, s in said if not name[0].isdigit()],
        )
        assert abs(sum(long_s) - 0.7) < 0.005, (voice, said)
        assert all(a != b for a, b in zip(names, names[1:], strict=False)), "no sound twice"
    assert all(sound in PHONES for language, _, _ in abroad.VOICES.values() for sound in language)


def _statistical(_: Path, __: Path) -> None:
    """Words of one or two syllables hold every sound, and each of ours ends where the last of theirs does."""
    names = ["pau", "hh", "ay", "t", "pau", "s", "t", "aa", "p", "n", "aw", "pau"]
    before, said = abroad.words(names, 1.0, 0.0)
    told = " ".join(re.findall(r'\(([^()"]+)\) [01]', before)).split()
    theirs = [sound for name in names for sound in abroad.CATALAN.get(name, name).split()]
    assert told == theirs, before
    assert said == "(Utterance Words (qwaa qwab))", said
    ends_s = [0.1 * (i + 1) for i in range(len(theirs) + 2)]
    ours = abroad.ends_of(names, ends_s)
    assert len(ours) == len(names) and ours == sorted(ours) and ours[-1] == ends_s[-1]
    assert ours[1] == ours[0], "what is not said takes no time"


def _held_out(_: Path, __: Path) -> None:
    assert all(sound in PHONES for sound in SAME.values())
    for voice in HELD_OUT:
        try:
            _warped(Path("none.wav"), "", [], 1.0, f"flite {voice}")
        except ValueError:
            continue
        raise AssertionError(f"{voice} is not refused")
