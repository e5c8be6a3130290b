"""How written things are said: numbers, part numbers, units. Pure text, no speech."""

from __future__ import annotations

import random
import re

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
NATO = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec "
    "romeo sierra tango uniform victor whiskey xray yankee zulu"
).split()
UNITS = (
    "volts|amps|ohms|hertz|kilowatts|watts|rpm|psi|pounds per square inch|foot pounds|pound feet|inch pounds|"
    "newton meters|inches|millimeters|centimeters|feet|meters|degrees|degrees fahrenheit|degrees celsius|quarts|"
    "gallons|liters|pints|ounces|pounds|kilograms|hours|minutes|seconds|turns|percent|thousandths|quarter turns|"
    "milliohms|kilopascals|bar|threads|bolts|millivolts|miles|days|weeks|months|years"
).split("|")


def number(value: int) -> str:
    """A whole number below a million in words."""
    if value < 20:
        return ONES[value]
    if value < 100:
        return TENS[value // 10] + (f" {ONES[value % 10]}" if value % 10 else "")
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if value >= size:
            rest = f" {number(value % size)}" if value % size else ""
            return f"{number(value // size)} {name}{rest}"
    raise AssertionError("every number below a million has a name")


def digits(text: str, rng: random.Random) -> str:
    """Digits one by one, the way a part number is read."""
    zero = rng.choice(["zero", "zero", "oh"])
    return " ".join(zero if c == "0" else ONES[int(c)] for c in text)


def figure(rng: random.Random) -> str:
    """Some number as it is said in a shop."""
    kind = rng.randrange(10)
    if kind < 4:
        return number(rng.randrange(1, 100))
    if kind < 6:
        return number(rng.choice([rng.randrange(100, 1000), rng.randrange(1, 40) * 50, rng.randrange(1000, 5000)]))
    if kind < 8:
        point = rng.choice(["point", "point", "decimal"])
        return f"{number(rng.randrange(0, 60))} {point} {digits(str(rng.randrange(0, 100)), rng)}"
    if kind == 8:
        return rng.choice(
            ["a half", "one half", "one quarter", "three quarters", "one eighth", "five eighths", "seven sixteenths",
             "nine sixteenths", "three eighths", "one and a half", "two and a quarter", "half an inch"]
        )  # fmt: skip
    return f"{rng.choice(['minus ', 'plus ', ''])}{number(rng.randrange(1, 120))}"


def measure(rng: random.Random) -> str:
    """A number with its unit."""
    return f"{figure(rng)} {rng.choice(UNITS)}"


def step(rng: random.Random) -> str:
    """A step number: mostly small, sometimes with a point or a letter."""
    kind = rng.randrange(12)
    if kind < 9:
        return number(rng.randrange(1, 31))
    if kind < 10:
        return number(rng.randrange(1, 100))
    if kind < 11:
        return f"{number(rng.randrange(1, 13))} point {number(rng.randrange(1, 10))}"
    return f"{number(rng.randrange(1, 13))} {rng.choice('abcdef')}"


def spell(code: str, rng: random.Random) -> str:
    """A part number letter by letter: `FGS5-7111-02`, in letters or in the radio alphabet."""
    radio = rng.random() < 0.25
    dash = rng.choice(["dash", "dash", ""])
    words: list[str] = []
    for piece in re.findall(r"[A-Za-z]|\d+|-", code):
        if piece == "-":
            words.append(dash)
        elif piece.isdigit():
            pairs = len(piece) == 4 and rng.random() < 0.3 and piece[0] != "0" and piece[2] != "0"
            words.append(f"{number(int(piece[:2]))} {number(int(piece[2:]))}" if pairs else digits(piece, rng))
        else:
            words.append(NATO[ord(piece.lower()) - 97] if radio else piece.lower())
    return " ".join(word for word in words if word)


def code(rng: random.Random) -> str:
    """A made-up part, stock or manual number."""
    letters = "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(rng.randrange(1, 4)))
    tail = "".join(rng.choice("0123456789") for _ in range(rng.randrange(1, 5)))
    if rng.random() < 0.5:
        return f"{letters}{tail}"
    return f"{letters}{tail}-{''.join(rng.choice('0123456789') for _ in range(rng.randrange(1, 4)))}"


def plain(text: str) -> str:
    """Lower-case words without marks, apostrophes kept, digits written out: what the model is taught to write."""
    text = text.lower().replace("’", "'").replace("-", " ").replace("&", " and ").replace("%", " percent ")
    text = re.sub(r"(\d)\.(\d)", r"\1 point \2", text)
    text = re.sub(r"\d+", lambda hit: f" {number(int(hit[0]) % 1_000_000)} ", text)
    text = re.sub(r"[^a-z' ]", " ", text)
    words = [word.strip("'") for word in text.split()]
    return " ".join(word for word in words if word)
