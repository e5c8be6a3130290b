"""Makes utterances: what people say to a maintenance assistant and around it. Text only; shared by every training."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from speechkit import phrasebook as book
from speechkit import spoken
from speechkit.grammar import Commands, contract

MAX_WORDS = 20
UNITS_SAID = (
    ("N·m", "newton meters"), ("lb-ft", "pound feet"), ("lb-in", "pound inches"), (" kW", " kilowatts"),
    (" Hz", " hertz"), (" mm", " millimeters"), (" in.", " inches"), ("°C", " degrees celsius"),
    ("°F", " degrees fahrenheit"), (" kPa", " kilopascals"), (" V ", " volts "), (" A ", " amps "), (" L ", " liters "),
    (" qt", " quarts"), (" gal", " gallons"), (" psi", " p s i"), (" rpm", " r p m"), ("VAC", "volts a c"),
    ("VDC", "volts d c"), (" kg", " kilograms"), (" lb", " pounds"), (" °", " degrees"),
)  # fmt: skip


class Utterances:
    """An endless supply of different utterances over one machine, its manual and everyday English."""

    def __init__(self, repo: Path, wordnet: Path = Path("/usr/share/wordnet")) -> None:
        self.commands = Commands(repo / "app/guide/src/command/grammar.rs")
        equipment = (repo / "assets/equipment/fgs-5/equipment.ron").read_text(encoding="utf-8")
        self.codes = sorted(set(re.findall(r'number: "([A-Z0-9-]+)"', equipment)))
        self.parts = sorted({spoken.plain(name) for name in re.findall(r'\bname: "([^"]+)"', equipment)})
        synonyms = (repo / "manuals/fgs-5/synonyms.ron").read_text(encoding="utf-8")
        said = " ".join(re.findall(r"say: \[(.*?)\]", synonyms, re.S))
        self.slang = sorted({spoken.plain(name) for name in re.findall(r'"([^"]+)"', said)})
        self.prose = list(_prose(repo / "manuals/fgs-5"))
        self.everyday = _examples(wordnet)
        self.common = _common(wordnet)

    def any(self, rng: random.Random) -> str:
        """One utterance of any kind, in the proportions that the model is trained with."""
        makers = (
            (30, self.commands.say), (14, self.question), (12, self.shop), (8, self.complaint), (8, self.manual),
            (5, self.coded), (4, self.measured), (4, self.colleague), (3, self.report), (14, self.daily), (2, self.soup),
            (2, self.strange), (6, self.near),
        )  # fmt: skip
        return _drawn(makers, rng)

    def work(self, rng: random.Random) -> str:
        """One utterance of the kinds that the product answers, commands most of all, and what is near to them."""
        makers = (
            (58, self.commands.say), (24, self.question), (4, self.complaint), (4, self.measured), (6, self.colleague),
            (4, self.soup),
        )  # fmt: skip
        return _drawn(makers, rng)

    def wide(self, rng: random.Random) -> str:
        """One utterance that is no command, from as many words as there are: each is then heard, not guessed."""
        makers = ((42, self.shop), (14, self.question), (4, self.complaint), (24, self.daily), (16, self.strange))
        return _drawn(makers, rng)

    def idle(self, rng: random.Random) -> str:
        """One short utterance that nobody says to the product, many of them near to a command."""
        return _drawn(((50, self.near), (30, self.daily), (10, self.colleague), (10, self.strange)), rng)

    def order(self, rng: random.Random) -> str:
        """One command in few words, now and then a short question."""
        text = self.commands.plain(rng) if rng.random() < 0.85 else self.question(rng)
        return _cut(text)

    def reply(self, rng: random.Random) -> str:
        """One choice of a question with choices, or a command in few words."""
        text = contract(self.fill(rng.choice(book.CHOICES), rng), rng) if rng.random() < 0.6 else self.commands.plain(rng)
        return _cut(text)

    def part(self, rng: random.Random) -> str:
        """A part, by the manual's name, by slang, or by a general name."""
        names = rng.choice((self.parts, self.parts, self.parts, self.slang, book.THINGS))
        name = rng.choice(names)
        if rng.random() < 0.12:
            name = f"{rng.choice(book.SIDES)} {name}"
        return name

    def question(self, rng: random.Random) -> str:
        """A free question, with fillers and second thoughts now and then."""
        text = self.fill(rng.choice(book.QUESTIONS), rng)
        around = ((0.25, book.FILLERS, 0), (0.33, book.CONTEXT, 0), (0.41, book.TAILS, 1), (0.47, book.CORRECTIONS, 0))
        return self._in_talk(text, around, rng)

    def shop(self, rng: random.Random) -> str:
        """A free question in few words, as it is asked with both hands at work."""
        text = self.fill(rng.choice(book.SHOP), rng)
        return self._in_talk(text, ((0.25, book.JOBS, 0), (0.33, book.JOBS, 1), (0.4, book.FILLERS, 0)), rng)

    def _in_talk(self, text: str, around: tuple[tuple[float, list[str], int], ...], rng: random.Random) -> str:
        """The text, or with more of a pool before (0) or after it (1): of the first whose bound is not reached."""
        roll = rng.random()
        for below, pool, place in around:
            if roll < below:
                both = [text]
                both.insert(place, self.fill(rng.choice(pool), rng))
                text = " ".join(both)
                break
        return contract(text, rng)

    def complaint(self, rng: random.Random) -> str:
        """What is wrong with the machine, as its user would say it."""
        text = self.fill(rng.choice(book.FAULTS), rng)
        if rng.random() < 0.3:
            text = f"{text} {self.fill(rng.choice(book.AFTER_FAULT), rng)}"
        return contract(text, rng)

    def manual(self, rng: random.Random) -> str:
        """A piece of the manual's own prose."""
        words = rng.choice(self.prose).split()
        length = rng.randrange(3, 13)
        start = rng.randrange(max(1, len(words) - length + 1))
        return " ".join(words[start : start + length])

    def coded(self, rng: random.Random) -> str:
        """A part number or the like, alone or asked about."""
        number = rng.choice(self.codes) if rng.random() < 0.4 else spoken.code(rng)
        said = spoken.spell(number, rng)
        if rng.random() < 0.25:
            said = " ".join(rng.choice(spoken.NATO) for _ in range(rng.randrange(1, 6)))
        return self.fill(rng.choice(book.CODED).replace("{code}", said), rng)

    def measured(self, rng: random.Random) -> str:
        """A reading or a value."""
        return self.fill(rng.choice(book.READINGS), rng)

    def colleague(self, rng: random.Random) -> str:
        """Something said to somebody else: near to a command, and none."""
        return contract(self.fill(rng.choice(book.COLLEAGUE), rng), rng)

    def report(self, rng: random.Random) -> str:
        """A reply to a question that the assistant asked."""
        return contract(self.fill(rng.choice(book.REPORTS), rng), rng)

    def daily(self, rng: random.Random) -> str:
        """Everyday English that has nothing to do with the work."""
        if rng.random() < 0.3 or not self.everyday:
            return contract(self.fill(rng.choice(book.DAILY), rng), rng)
        return rng.choice(self.everyday)

    def near(self, rng: random.Random) -> str:
        """A command in which a word or two gave way to others: to be heard as it is, and not taken for the command."""
        words = _cut(self.commands.plain(rng)).split()
        for _ in range(1 if len(words) < 3 or rng.random() < 0.6 else 2):
            words[rng.randrange(len(words))] = rng.choice(self.common or book.THINGS)
        return " ".join(words)

    def soup(self, rng: random.Random) -> str:
        """Words in no order, so that each is heard for itself."""
        pools = (self.parts, self.slang, book.THINGS, book.VERBS, book.STATES, book.PLACES, spoken.NATO)
        return " ".join(rng.choice(rng.choice(pools)) for _ in range(rng.randrange(1, 6)))

    def strange(self, rng: random.Random) -> str:
        """Common words in no order; words of the shop where the dictionary is not installed."""
        return " ".join(rng.choice(self.common or book.THINGS) for _ in range(rng.randrange(2, 7)))

    def fill(self, text: str, rng: random.Random) -> str:
        """Puts words into the places `{part}`, `{verb}`, ... of a template; `(a|b|)` is one of them."""
        makers = {
            "part": lambda: self.part(rng), "verb": lambda: rng.choice(book.VERBS),
            "ing": lambda: rng.choice(book.DOING), "done": lambda: rng.choice(book.DONE),
            "state": lambda: rng.choice(book.STATES), "place": lambda: rng.choice(book.PLACES),
            "tool": lambda: rng.choice(book.TOOLS), "number": lambda: spoken.figure(rng),
            "measure": lambda: spoken.measure(rng), "step": lambda: spoken.step(rng),
            "name": lambda: rng.choice(book.NAMES), "fluid": lambda: rng.choice(book.FLUIDS),
            "sign": lambda: rng.choice(book.SIGNS), "unit": lambda: rng.choice(spoken.UNITS),
            "food": lambda: rng.choice(book.FOOD), "day": lambda: rng.choice(book.DAYS),
        }  # fmt: skip
        while (hit := re.search(r"\(([^()]*)\)", text)) is not None:
            text = text[: hit.start()] + rng.choice(hit[1].split("|")) + text[hit.end() :]
        return re.sub(r"\{(\w+)\}", lambda hit: makers[hit[1]](), text)


def _drawn(makers: tuple[tuple[int, Callable[[random.Random], str]], ...], rng: random.Random) -> str:
    """What one of these makes, each drawn by its share."""
    (maker,) = rng.choices([maker for _, maker in makers], [share for share, _ in makers])
    return _cut(maker(rng)) or "okay"


def _cut(text: str) -> str:
    return " ".join(spoken.plain(text).split()[:MAX_WORDS])


def _prose(folder: Path) -> Iterator[str]:
    """The manual's sentences as they would be read aloud."""
    for path in sorted(folder.glob("*.XML")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"<identAndStatusSection>.*?</identAndStatusSection>", " ", text, flags=re.S)
        text = re.sub(r"</(para|title|name|entry|shortName|warningAndCautionPara|notePara)>", ". ", text)
        text = re.sub(r"<[^>]+>", " ", text)
        text = re.sub(r"FGS-?5[-\w]*", "f g s five", text)
        for written, said in UNITS_SAID:
            text = text.replace(written, said)
        for sentence in re.split(r"[.;:!?]\s", re.sub(r"\s+", " ", text)):
            said = spoken.plain(sentence)
            if 3 <= len(said.split()) <= 60:
                yield said


def _examples(wordnet: Path) -> list[str]:
    """Example phrases of a dictionary, as everyday English; none where it is not installed."""
    found: set[str] = set()
    for name in ("adj", "adv", "noun", "verb"):
        path = wordnet / f"data.{name}"
        if path.exists():
            found.update(re.findall(r'"([a-zA-Z][a-zA-Z\' ,-]+)[.!?]?"', path.read_text(encoding="latin-1")))
    said = {spoken.plain(text) for text in found}
    return sorted(text for text in said if 2 <= len(text.split()) <= 12)


def _common(wordnet: Path) -> list[str]:
    """Words of a dictionary that ordinary texts use in more than one sense; none where it is not installed."""
    found: set[str] = set()
    for name in ("adj", "adv", "noun", "verb"):
        path = wordnet / f"index.{name}"
        for line in path.read_text(encoding="latin-1").splitlines() if path.exists() else ():
            if (hit := re.fullmatch(r"([a-z]{2,11}) \w .* (\d{1,3})(?: \d{8})+ *", line)) and int(hit[2]) > 1:
                found.add(hit[1])
    return sorted(found)
