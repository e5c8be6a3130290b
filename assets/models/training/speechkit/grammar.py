"""Reads the product's own table of commands, so that what is trained stays in step with what is understood."""

from __future__ import annotations

import random
import re
from pathlib import Path

from speechkit import spoken

CONTRACTIONS = {
    "what is": "what's", "that is": "that's", "it is": "it's", "there is": "there's", "let us": "let's",
    "i am": "i'm", "i have": "i've", "do not": "don't", "did not": "didn't", "does not": "doesn't",
    "is not": "isn't", "can not": "can't", "i would": "i'd", "we are": "we're", "they are": "they're",
    "where is": "where's", "could not": "couldn't", "are not": "aren't", "how do i": "how'd i",
}  # fmt: skip


class Commands:
    """The commands' phrases and what people say around them."""

    def __init__(self, source: Path) -> None:
        text = re.sub(r"//[^\n]*", "", source.read_text(encoding="utf-8"))
        self.leading = _strings(_section(text, "LEADING"))
        self.trailing = _strings(_section(text, "TRAILING"))
        self.wishes = _strings(re.search(r"\bWISHES\b[^=]*=\s*&\[(.*?)\];", text, re.S)[1])
        table = _section(text, "GRAMMAR")
        rows = re.findall(r"&\[(.*?)\],\s*(?:Some\(Command::(\w+)\)|None)", table, re.S)
        self.rows = [(name or "GoToStep", self._wished(_strings(body))) for body, name in rows]
        named = _section(text, "NAMED_STEPS")
        self.rows.append(("FirstStep", [phrase for phrase in _strings(named) if phrase != "1"]))
        # As the product itself says them when it asks back.
        own = source.parent.with_suffix(".rs").read_text(encoding="utf-8")
        own = own[own.index("pub fn phrase(") : own.index("pub fn argument(")]
        self.short = [*re.findall(r'Self::\w+ => "([^"]+)"', own), "next", "back", "repeat", "stop", "go to step #"]
        if len(self.rows) < 10 or not self.leading or not self.trailing:
            raise SystemExit(f"error: {source} holds no table of commands\nhint: GRAMMAR, LEADING, TRAILING are read")

    def _wished(self, phrases: list[str]) -> list[str]:
        """The phrases, those that begin with `~` with each wish in its place."""
        wished = [[phrase.replace("~", wish) for wish in self.wishes] if "~" in phrase else [phrase] for phrase in phrases]
        return [phrase for each in wished for phrase in each]

    def say(self, rng: random.Random, bare: float = 0.45) -> str:
        """One command as somebody may say it."""
        _, phrases = rng.choice(self.rows)
        text = contract(expand(rng.choice(phrases), rng), rng)
        if rng.random() > bare:
            if rng.random() < 0.65:
                text = f"{rng.choice(self.leading)} {text}"
            if rng.random() < 0.5:
                text = f"{text} {rng.choice(self.trailing)}"
        return text

    def plain(self, rng: random.Random) -> str:
        """One command in few words, as most are given."""
        if rng.random() < 0.4:
            text = rng.choice(self.short)
        else:
            _, phrases = rng.choice(self.rows)
            text = contract(expand(rng.choice(phrases), rng, optional=0.2), rng)
        if text.endswith("#"):
            text = text[:-1] + spoken.step(rng)
        roll = rng.random()
        if roll < 0.25:
            return f"{rng.choice(BEFORE)} {text}"
        return f"{text} {rng.choice(AFTER)}" if roll < 0.4 else text


# What is said most around a command.
BEFORE = ("okay", "alright", "so", "now", "um", "please", "hey", "and", "then", "fieldwright")
AFTER = ("please", "now", "thanks", "fieldwright", "okay")


def expand(phrase: str, rng: random.Random, optional: float = 0.5) -> str:
    """One way to say a phrase of the table: `a|b` one of them, `[x]` perhaps, `#` a step number."""
    words: list[str] = []
    for part in phrase.split():
        left_out = part.startswith("[") and part.endswith("]") and rng.random() >= optional
        if left_out:
            continue
        word = rng.choice(part.strip("[]").split("|"))
        words.append(spoken.step(rng) if word == "#" else word)
    return " ".join(words)


def contract(text: str, rng: random.Random, chance: float = 0.55) -> str:
    """Some of the contractions that speech has."""
    for full, short in CONTRACTIONS.items():
        if full in text and rng.random() < chance:
            text = re.sub(rf"\b{full}\b", short, text)
    return text


def _section(text: str, name: str) -> str:
    hit = re.search(rf"\b{name}\b[^=]*=\s*&\[(.*?)\n\];|\b{name}\b[^=]*=\s*&\[(.*?)\)\];", text, re.S)
    return "" if hit is None else hit[1] or hit[2]


def _strings(text: str) -> list[str]:
    return re.findall(r'"([^"]+)"', text)


def understood(
    rows: list[tuple[str, list[str]]], leading: list[str], trailing: list[str], text: str
) -> tuple[str, str] | None:
    """The command that an utterance is, with its step number, as the product reads it; `None` for none."""
    words = full(text).split()
    if not words or len(words) > 16:
        return None
    fronts, backs = _cuts(words, leading, front=True), _cuts(words, trailing, front=False)
    for front in fronts:
        for back in backs:
            for name, phrases in rows if front < back else ():
                for phrase in phrases:
                    number = _fits(phrase.split(), words[front:back])
                    if number is not None:
                        return name, number
    return None


def full(text: str) -> str:
    """The text with its contractions written out."""
    for whole, short in CONTRACTIONS.items():
        text = re.sub(rf"(?<![a-z']){re.escape(short)}(?![a-z'])", whole, text)
    return text


def _cuts(words: list[str], phrases: list[str], front: bool) -> list[int]:
    cuts = [0 if front else len(words)]
    for cut in cuts:
        for phrase in phrases:
            parts = phrase.split()
            after = cut + len(parts) if front else cut - len(parts)
            piece = words[cut:after] if front else words[max(after, 0) : cut]
            if piece == parts and after not in cuts:
                cuts.append(after)
    return cuts


def _fits(parts: list[str], words: list[str]) -> str | None:
    """The step number in the words where they are the phrase, empty where it has none."""
    if not parts:
        return "" if not words else None
    part, rest = parts[0], parts[1:]
    optional = part.startswith("[") and part.endswith("]")
    choices = part.strip("[]").split("|")
    if choices == ["#"]:
        for length in range(min(len(words), 6), 0, -1):
            if all(word in NUMBER_WORDS for word in words[:length]) and _fits(rest, words[length:]) is not None:
                return " ".join(words[:length])
    elif words and words[0] in choices:
        found = _fits(rest, words[1:])
        if found is not None:
            return found
    return _fits(rest, words) if optional else None


NUMBER_WORDS = {*spoken.ONES, *spoken.TENS, "point", *"abcdef"}
