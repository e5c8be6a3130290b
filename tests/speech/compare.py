"""Measures pocketsphinx beside Fieldwright on the same recordings: commands with the same grammar, questions with its own language model.

Usage: python3 compare.py FOLDER FIELDWRIGHT [--most N]

FOLDER holds WAV files (16 kHz, one channel) and `list.jsonl` as `python -m speechkit test FOLDER` makes them;
FIELDWRIGHT is the program. Needs `pip install pocketsphinx==5.0.4`. What a grammar alone hears in noise is its best guess:
pocketsphinx has no certainty to refuse by, so that its false accepts are all that it gives words for.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import time
import wave
from pathlib import Path

from pocketsphinx import Config, Decoder, get_model_path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "assets/models/training"))
from speechkit.grammar import Commands, full, understood  # noqa: E402

# Kinds of recordings that are commands: drawn from the whole grammar, and in few words.
COMMANDS = ("command", "plain")
ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def main() -> None:
    """Runs both on every recording and prints a table."""
    parser = argparse.ArgumentParser(description="pocketsphinx and Fieldwright on the same recordings.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("fieldwright")
    parser.add_argument("--model", help="a whisper.cpp model file instead of the installed one")
    parser.add_argument("--most", type=int, default=0, help="of each kind and level, chosen at random; 0 for all")
    args = parser.parse_args()
    rows = [json.loads(line) for line in (args.folder / "list.jsonl").open(encoding="utf-8")]
    rows = chosen(rows, args.most)
    commands = Commands(ROOT / "app/guide/src/command/grammar.rs")
    ours = fieldwright(args.fieldwright, args.model, args.folder, rows)
    closed, free = decoder(jsgf(commands)), decoder(None)
    sums: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        text = row["text"]
        wanted = understood(commands.rows, commands.leading, commands.trailing, text) if row["kind"] in COMMANDS else None
        started = time.process_time()
        theirs = hear(closed, args.folder / row["wav"])
        took = (time.process_time() - started) * 1e3
        meant = understood(commands.rows, commands.leading, commands.trailing, theirs) if theirs else None
        words = hear(free, args.folder / row["wav"]) if row["kind"] == "question" else ""
        sum_ = sums.setdefault((row["kind"], str(row.get("snr_db", "-"))), dict.fromkeys(FIELDS, 0.0))
        mine = ours[row["wav"]]
        sum_["n"] += 1
        sum_["sphinx ms"] += took
        sum_["our ms"] += mine["ms"]
        if wanted:
            sum_["sphinx right"] += meant == wanted
            # The step's number is compared too.
            sum_["our right"] += mine["command"] is not None and same(mine["command"], wanted)
        else:
            sum_["sphinx false"] += meant is not None
            sum_["our false"] += mine["command"] is not None
        if row["kind"] == "question":
            sum_["words"] += len(full(text).split())
            sum_["sphinx errors"] += distance(full(text).split(), full(words).split())
            sum_["our errors"] += distance(full(text).split(), full(plain(mine["text"])).split())
    report(sums)


FIELDS = (
    "n", "sphinx right", "our right", "sphinx false", "our false", "words", "sphinx errors", "our errors", "sphinx ms", "our ms",
)  # fmt: skip


def chosen(rows: list[dict], most: int) -> list[dict]:
    """At most so many of each kind and level."""
    random.Random(1).shuffle(rows)
    kept: dict[tuple, list[dict]] = {}
    for row in rows:
        kept.setdefault((row["kind"], row.get("snr_db")), []).append(row)
    return [row for group in kept.values() for row in (group[:most] if most else group)]


def fieldwright(program: str, model: str | None, folder: Path, rows: list[dict]) -> dict[str, dict]:
    """What Fieldwright hears in each recording."""
    files = [str(folder / row["wav"]) for row in rows]
    run = subprocess.run([program, "transcribe", "--json", *(["--model", model] if model else []), *files], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return {Path(line["file"]).name: line for line in lines}


def same(command: dict, wanted: tuple[str, str]) -> bool:
    """Whether our command is the one of the table, by name and number."""
    names = {"GoToStep": "go_to_step", "FirstStep": "go_to_step", "ShowWarning": "show_warning"}
    name = names.get(wanted[0], wanted[0].lower())
    return command["name"] == name and (wanted[0] != "GoToStep" or digits(wanted[1]) == command["argument"])


def digits(words: str) -> str:
    """`twenty one` as `21`, `three point two` as `3.2`."""
    ones, tens = ONES.split(), TENS.split()
    out = []
    for group in words.split(" point "):
        number, letter = 0, ""
        for word in group.split():
            if word in ones:
                number += ones.index(word)
            elif word in tens:
                number += 10 * (tens.index(word) + 2)
            else:
                letter = word
        out.append(f"{number}{letter}")
    return ".".join(out)


def jsgf(commands: Commands) -> str:
    """The product's table of commands as a grammar for pocketsphinx, without words that its dictionary lacks."""
    known = dictionary()
    phrases = []
    for _, row in commands.rows:
        for phrase in row:
            parts = [part(word, known) for word in phrase.split()]
            if all(parts):
                phrases.append(" ".join(parts))
    politeness = lambda all_: " | ".join(p for p in all_ if all(word in known for word in p.split()))  # noqa: E731
    number = " | ".join((ONES + " " + TENS).split())
    tens = " | ".join(TENS.split())
    return (
        "#JSGF V1.0;\ngrammar commands;\n"
        f"<number> = {number} | ({tens}) ({' | '.join(ONES.split()[1:10])});\n"
        "<step> = <number> [point <number>] [point <number>];\n"
        f"<leading> = {politeness(commands.leading)};\n<trailing> = {politeness(commands.trailing)};\n"
        f"<command> = {' | '.join(phrases)};\n"
        "public <said> = [<leading>] <command> [<trailing>];\n"
    )


def part(word: str, known: set[str]) -> str:
    """One place of a phrase."""
    optional = word.startswith("[") and word.endswith("]")
    choices = word.strip("[]").split("|")
    if choices == ["#"]:
        inner = "<step>"
    else:
        choices = [choice for choice in choices if choice in known]
        inner = f"({' | '.join(choices)})" if choices else ""
    if optional:
        return f"[{inner}]" if inner else "[<NULL>]"
    return inner


def dictionary() -> set[str]:
    """The words that pocketsphinx can hear."""
    lines = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if line}


def decoder(grammar: str | None) -> Decoder:
    """A decoder with this grammar, or with its own language model."""
    model = {"hmm": get_model_path("en-us/en-us"), "dict": get_model_path("en-us/cmudict-en-us.dict")}
    # The second pass over what a grammar this wide found takes up to a minute and a half for an utterance.
    own = {"lm": get_model_path("en-us/en-us.lm.bin")} if grammar is None else {"bestpath": False}
    made = Decoder(Config(**model, **own, loglevel="FATAL"))
    if grammar is not None:
        made.add_jsgf_string("commands", grammar)
        made.activate_search("commands")
    return made


def hear(ear: Decoder, path: Path) -> str:
    """The words that pocketsphinx hears, none where it hears none."""
    with wave.open(str(path)) as sound:
        samples = sound.readframes(sound.getnframes())
    ear.start_utt()
    ear.process_raw(samples, full_utt=True)
    ear.end_utt()
    return ear.hyp().hypstr if ear.hyp() else ""


def plain(text: str) -> str:
    """Lower case without marks."""
    return re.sub(r"[^a-z0-9' ]+", " ", text.lower())


def distance(wanted: list[str], heard: list[str]) -> int:
    """Words that must be put in, taken out or changed."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(wanted):
        diagonal, row[0] = row[0], i + 1
        for j, other in enumerate(heard):
            diagonal, row[j + 1] = row[j + 1], min(diagonal + (word != other), row[j] + 1, row[j + 1] + 1)
    return row[-1]


def report(sums: dict[tuple[str, str], dict[str, float]]) -> None:
    """One line for each kind and level."""
    print("| kind | level | n | right: pocketsphinx | ours | false: pocketsphinx | ours | WER: pocketsphinx | ours | ms: pocketsphinx | ours |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for (kind, level), s in sorted(sums.items()):
        share = lambda name: f"{s[name] / s['n']:.2f}"  # noqa: B023, E731
        right = (share("sphinx right"), share("our right")) if kind in COMMANDS else ("-", "-")
        false = ("-", "-") if kind in COMMANDS else (f"{s['sphinx false']:.0f}", f"{s['our false']:.0f}")
        wer = [f"{s[name] / s['words']:.2f}" if s["words"] else "-" for name in ("sphinx errors", "our errors")]
        ms = [f"{s[name] / s['n']:.0f}" for name in ("sphinx ms", "our ms")]
        print("| " + " | ".join([kind, level, f"{s['n']:.0f}", *right, *false, *wer, *ms]) + " |")


if __name__ == "__main__":
    main()
