"""The training loop: goes on from its last checkpoint, stops by the clock, and cools down when told to."""

from __future__ import annotations

import json
import os
import time
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from speechkit import lexicon, model
from speechkit.batches import Feed, Maker
from speechkit.vocab import Vocabulary
from speechkit.voices import PHONES

PEAK_RATE, WARMUP, AVERAGE = 1.6e-3, 400, 0.998
SAVE_SECONDS = 150
# The training on sound takes in what the reader has learned after so many of its steps.
MEET = 25


def shape_of(vocab: Vocabulary) -> model.Shape:
    """The network's sizes for a vocabulary."""
    return model.Shape(used=vocab.used, phones=len(PHONES))


def optimizer() -> optax.GradientTransformation:
    """Adam's direction with clipped gradients and a little decay of the matrices; `step` applies the rate."""

    def matrices(params: model.Params) -> dict[str, bool]:
        return {name: value.ndim == 2 and "embedding" not in name for name, value in params.items()}

    decay = optax.add_decayed_weights(0.02, mask=matrices)
    return optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(b1=0.9, b2=0.98), decay)


@partial(jax.jit, static_argnums=(0,), donate_argnums=(1, 2, 3))
def step(shape, params, state, average, batch, key, rate):  # noqa: ANN001, ANN201 - a jitted function of trees
    """One step; the moving average is what is exported."""
    grad = jax.value_and_grad(model.loss, has_aux=True)
    (_, parts), grads = grad(params, shape, batch, key)
    updates, state = optimizer().update(grads, state, params)
    params = jax.tree.map(lambda value, update: value - rate * update, params, updates)
    average = jax.tree.map(lambda old, new: AVERAGE * old + (1 - AVERAGE) * new, average, params)
    return params, state, average, parts


def run(store: Path, repo: Path, vocab: Vocabulary, seed: int, seconds: float, cool_seconds: float) -> None:
    """Trains for `seconds`, the last `cool_seconds` of them with the rate falling to nothing."""
    _cache(store)
    shape = shape_of(vocab)
    params, state, average, done = _resume(store, shape, seed)
    feed = Feed(store, repo, vocab, seed + done)
    began = saved = time.monotonic()
    sums: dict[str, float] = {}
    utterances, noted, last = 0, 0, began
    while (now := time.monotonic()) - began < seconds:
        feed.hard.value = min(1.0, max(0.0, (done - 300) / 1900))
        left = seconds - (now - began)
        rate = PEAK_RATE * min(1.0, (done + 1) / WARMUP) * (min(1.0, left / cool_seconds) if cool_seconds > 0 else 1.0)
        batch = feed.next()
        key = jax.random.key(seed * 1_000_003 + done)
        # Early on the average would lag: it follows faster then.
        if done in (200, 600, 1200):
            average = jax.tree.map(jnp.copy, params)
        params, state, average, parts = step(shape, params, state, average, batch, key, rate)
        done += 1
        noted += 1
        utterances += len(batch["mel"])
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + float(value)
        if done % 50 == 0:
            took = time.monotonic() - last
            shown = " ".join(f"{name} {total / noted:.3f}" for name, total in sums.items())
            print(f"{time.strftime('%H:%M:%S')} step {done} {shown} {utterances / took:.1f} utt/s", flush=True)
            sums, utterances, noted, last = {}, 0, 0, time.monotonic()
        if done % MEET == 0:
            params = meet(store, params)
        if time.monotonic() - saved > SAVE_SECONDS:
            _save(store, params, state, average, done)
            saved = time.monotonic()
    _save(store, params, state, average, done)
    feed.process.terminate()


@partial(jax.jit, static_argnums=(0,), donate_argnums=(1, 2))
def read(shape, params, state, batch, key, rate):  # noqa: ANN001, ANN201 - a jitted function of trees
    """One step of the decoder on sentences without sound."""
    own = {name: value for name, value in params.items() if reads(name)}
    rest = {name: value for name, value in params.items() if not reads(name)}
    grad = jax.value_and_grad(lambda own: model.read_loss({**rest, **own}, shape, batch, key), has_aux=True)
    (_, parts), grads = grad(own)
    updates, state = optimizer().update(grads, state, own)
    own = jax.tree.map(lambda value, update: value - rate * update, own, updates)
    return {**rest, **own}, state, parts


def reads(name: str) -> bool:
    """True for what the decoder's own steps change."""
    return name.startswith("decoder.") or name in ("train.sound", "train.place.weight", "train.place.bias")


def run_reader(store: Path, repo: Path, vocab: Vocabulary, seed: int, seconds: float, cool_seconds: float) -> None:
    """Trains the decoder on sentences without sound, beside the training on sound; they meet halfway now and then."""
    _cache(store)
    shape = shape_of(vocab)
    maker = Maker(repo, vocab, lexicon.load(store / "lexicon.json"), seed)
    params, _, _, _ = _resume(store, shape, seed)
    own = {name: value for name, value in params.items() if reads(name)}
    state = optimizer().init(own)
    seen, done, began = 0.0, 0, time.monotonic()
    sums: dict[str, float] = {}
    batches = maker.read()
    while (now := time.monotonic()) - began < seconds:
        met = store / "met.npz"
        if met.exists() and met.stat().st_mtime != seen:
            seen = met.stat().st_mtime
            params |= _read(met)
        left = seconds - (now - began)
        rate = PEAK_RATE * min(1.0, (done + 1) / WARMUP) * (min(1.0, left / cool_seconds) if cool_seconds > 0 else 1.0)
        key = jax.random.key(seed * 1_000_003 + done)
        params, state, parts = read(shape, params, state, next(batches), key, rate)
        done += 1
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + float(value)
        if done % 25 == 0:
            _write(store / "reader.npz", {name: value for name, value in params.items() if reads(name)})
        if done % 100 == 0:
            shown = " ".join(f"{name} {total / 100:.3f}" for name, total in sums.items())
            print(f"{time.strftime('%H:%M:%S')} read {done} {shown}", flush=True)
            sums = {}


def meet(store: Path, params: model.Params) -> model.Params:
    """The decoder halfway between this training's and the reader's, if it has been at work since they last met."""
    path, met = store / "reader.npz", store / "met.npz"
    if not path.exists() or (met.exists() and met.stat().st_mtime > path.stat().st_mtime):
        return params
    half = {name: 0.5 * (params[name] + value) for name, value in _read(path).items()}
    _write(met, half)
    return params | half


def _read(path: Path) -> model.Params:
    with np.load(path) as data:
        return {name: jnp.asarray(data[name]) for name in data.files}


def _write(path: Path, params: model.Params) -> None:
    aside = path.with_suffix(".part.npz")
    np.savez(aside, **{name: np.asarray(value) for name, value in params.items()})
    os.replace(aside, path)


def _cache(store: Path) -> None:
    jax.config.update("jax_compilation_cache_dir", str(store / "jit"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 1.0)


def load_average(store: Path) -> dict[str, np.ndarray]:
    """The averaged weights of the last checkpoint."""
    with np.load(store / "checkpoint.npz") as data:
        prefix = "average/"
        return {name[len(prefix) :]: data[name] for name in data.files if name.startswith(prefix)}


def _resume(store: Path, shape: model.Shape, seed: int):  # noqa: ANN202 - trees of arrays
    params = model.init(shape, seed)
    state = optimizer().init(params)
    average = jax.tree.map(jnp.copy, params)
    path = store / "checkpoint.npz"
    if not path.exists():
        return params, state, average, 0
    with np.load(path) as data:
        params = {name: jnp.asarray(data[f"params/{name}"]) for name in params}
        average = {name: jnp.asarray(data[f"average/{name}"]) for name in average}
        tree = jax.tree.structure(state)
        state = jax.tree.unflatten(tree, [jnp.asarray(data[f"state/{i}"]) for i in range(tree.num_leaves)])
        done = int(data["done"])
    print(json.dumps({"resumed_at": done}), flush=True)
    return params, state, average, done


def _save(store: Path, params, state, average, done: int) -> None:  # noqa: ANN001 - trees of arrays
    arrays = {f"params/{name}": np.asarray(value) for name, value in params.items()}
    arrays |= {f"average/{name}": np.asarray(value) for name, value in average.items()}
    arrays |= {f"state/{i}": np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(state))}
    aside = store / "checkpoint.part.npz"
    np.savez(aside, done=done, **arrays)
    os.replace(aside, store / "checkpoint.npz")
