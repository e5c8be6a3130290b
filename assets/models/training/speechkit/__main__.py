"""`python -m speechkit COMMAND`: see README.md beside this package."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[4]
PIECES = Path(__file__).with_name("pieces.json")
MODEL = REPO / "assets/models/fieldwright-en.bin"
STORE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "fieldwright/speech-training"
NEEDED = {"flite": "flite", "espeak-ng": "espeak-ng", "festival": "festival festvox-kallpc16k festvox-kdlpc16k"}
FESTIVAL_VOICES = Path("/usr/share/festival/voices")


def main() -> None:
    """Reads the command line and does one stage."""
    parser = argparse.ArgumentParser(prog="python -m speechkit", description="Trains the speech model.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=Path, default=STORE, help="where speech and checkpoints are kept")
    stages = parser.add_subparsers(dest="stage", required=True)
    stages.add_parser("vocabulary", help="learn the pieces of words; the model's file depends on them")
    synth = stages.add_parser("synth", help="speak the sentences; shards that are there are kept")
    synth.add_argument("--shards", type=int, default=None, help="of 400 utterances each; all of them where it is not told")
    synth.add_argument("--worker", type=int, default=0)
    synth.add_argument("--workers", type=int, default=1)
    train = stages.add_parser("train", help="train from the last checkpoint on")
    train.add_argument("--hours", type=float, required=True)
    train.add_argument("--cool-hours", type=float, default=0.4, help="the end of it, with a falling rate")
    train.add_argument("--workers", type=int, default=os.cpu_count(), help="processes, each for one core")
    export = stages.add_parser("export", help="write the model's file")
    export.add_argument("--out", type=Path, default=MODEL)
    export.add_argument("--kind", choices=("f16", "q8_0", "q5_0"), default="q8_0")
    blend = stages.add_parser("blend", help="average the weights with those of `start.npz`, before `keep` replaces them")
    blend.add_argument("--share", type=float, default=0.35, help="of those of `start.npz`")
    stages.add_parser("keep", help="write the weights that a training elsewhere begins with")
    test = stages.add_parser("test", help="make the held-out test: WAV files and a list")
    test.add_argument("folder", type=Path)
    test.add_argument("--each", type=int, default=60)
    minutes = stages.add_parser("minutes", help="make recordings of a minute each that hold no command")
    minutes.add_argument("folder", type=Path)
    minutes.add_argument("--count", type=int, default=60)
    say = stages.add_parser("say", help="print sentences of the generator")
    say.add_argument("--count", type=int, default=20)
    stages.add_parser("check", help="a minute of checks on this package")
    args = parser.parse_args()
    globals()[f"_{args.stage}"](args)


def _vocabulary(args: argparse.Namespace) -> None:
    from speechkit import vocab

    vocab.make(REPO, PIECES, args.seed)


def _synth(args: argparse.Namespace) -> None:
    from speechkit import lexicon, shards

    _need_voices()
    words = args.store / "lexicon.json"
    if not words.exists() and args.worker == 0:
        args.store.mkdir(parents=True, exist_ok=True)
        lexicon.make(REPO, words, args.seed)
    shards.make(REPO, args.store / "shards", args.shards or shards.COUNT, args.seed, args.worker, args.workers)


def _train(args: argparse.Namespace) -> None:
    from speechkit import train, vocab

    if not list((args.store / "shards").glob("?????.npz")):
        raise SystemExit(f"error: no speech in `{args.store}`\nhint: run `python -m speechkit synth` first")
    train.run(args.store, REPO, vocab.load(PIECES), args.seed, args.hours * 3600, args.cool_hours * 3600, args.workers)


def _export(args: argparse.Namespace) -> None:
    from speechkit import export, train, vocab

    if not (args.store / "checkpoint.npz").exists():
        raise SystemExit(f"error: no checkpoint in `{args.store}`\nhint: run `python -m speechkit train` first")
    words = vocab.load(PIECES)
    export.write(args.out, train.load_average(args.store), train.shape_of(words), words, args.kind)
    digest = hashlib.sha256(args.out.read_bytes()).hexdigest()
    print(json.dumps({"file": str(args.out), "bytes": args.out.stat().st_size, "sha256": digest}))


def _blend(args: argparse.Namespace) -> None:
    from speechkit import train

    train.blend(args.store, args.share)


def _keep(args: argparse.Namespace) -> None:
    from speechkit import train

    train.keep(args.store, train.START)
    print(json.dumps({"file": str(train.START), "bytes": train.START.stat().st_size}))


def _test(args: argparse.Namespace) -> None:
    from speechkit import heldout

    _need_voices()
    heldout.make(REPO, args.folder, args.each, args.seed)


def _minutes(args: argparse.Namespace) -> None:
    from speechkit import heldout

    _need_voices()
    heldout.minutes(REPO, args.folder, args.count, args.seed)


def _say(args: argparse.Namespace) -> None:
    from speechkit.sentences import Utterances

    rng, utterances = random.Random(args.seed), Utterances(REPO)
    for _ in range(args.count):
        print(utterances.any(rng))


def _check(_: argparse.Namespace) -> None:
    from speechkit import checks

    checks.run(REPO, PIECES)


def _need_voices() -> None:
    from speechkit.abroad import VOICES

    missing = [packages for program, packages in NEEDED.items() if shutil.which(program) is None]
    there = {path.name for path in FESTIVAL_VOICES.glob("*/*")}
    missing += [package for voice, (_, _, package) in VOICES.items() if voice not in there]
    if not Path("/usr/share/wordnet/data.noun").exists():
        missing.append("wordnet-base")
    if missing:
        raise SystemExit(f"error: voices or texts are missing\nhint: apt-get install {' '.join(missing)}")


if __name__ == "__main__":
    sys.exit(main())
