"""The training loop: goes on from its last checkpoint, stops by the clock, and cools down when told to."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from speechkit import model
from speechkit.batches import Batch, Feed
from speechkit.muon import Muon
from speechkit.vocab import Vocabulary
from speechkit.voices import PHONES

PEAK_RATE, WARMUP, AVERAGE = 1.5e-3, 200, 0.998
SAVE_SECONDS = 120
# Weights that training begins with where it has no checkpoint; without them it begins from nothing.
START = Path(__file__).resolve().parents[1] / "start.npz"
# Steps over which the noises come up to full strength.
HARDER = 3000


def shape_of(vocab: Vocabulary) -> model.Shape:
    """The network's sizes for a vocabulary."""
    return model.Shape(used=vocab.used, phones=len(PHONES))


def run(store: Path, repo: Path, vocab: Vocabulary, seed: int, seconds: float, cool_seconds: float, workers: int) -> None:
    """Trains for `seconds`, the last `cool_seconds` of them with the rate falling to nothing.

    Each worker has a core and batches of its own; their gradients are averaged at every step. Two threads on one small
    batch wait for each other at every matrix.
    """
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(20_000 + os.getpid() % 20_000)}
    args = (workers, store, repo, vocab, seed, seconds, cool_seconds)
    torch.multiprocessing.spawn(_work, args, nprocs=workers)


def _work(
    rank: int, workers: int, store: Path, repo: Path, vocab: Vocabulary, seed: int, seconds: float, cool_seconds: float
) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=workers)
    shape = shape_of(vocab)
    params, average, optimizers, done = _resume(store, shape, seed)
    torch.manual_seed(seed + done * workers + rank)
    feed = Feed(store, repo, vocab, seed + done * workers + rank)
    stopped: list[bool] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    began = saved = time.monotonic()
    first, notes = done, Notes()
    left = 1.0
    while left > 0:
        feed.hard.value = min(1.0, done / HARDER)
        remaining = 0.0 if stopped else (seconds - (time.monotonic() - began)) / max(1.0, cool_seconds)
        batch = feed.next()
        parts, left = _gradients(params, shape, batch, workers, min(1.0, max(0.0, remaining)))
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = PEAK_RATE * min(1.0, (done - first + 1) / WARMUP) * left
            optimizer.step()
        with torch.no_grad():
            # Early on the average would lag: it follows faster then.
            torch._foreach_lerp_(list(average.values()), list(params.values()), max(1 - AVERAGE, 1 / (done - first + 20)))
        done += 1
        notes.add(parts, len(batch["mel"]) * workers if "mel" in batch else 0)
        if rank == 0 and done % 100 == 0:
            notes.show(done)
        if rank == 0 and time.monotonic() - saved > SAVE_SECONDS:
            _save(store, params, average, optimizers, done)
            saved = time.monotonic()
    if rank == 0:
        _save(store, params, average, optimizers, done)
    feed.process.terminate()
    dist.destroy_process_group()


class Notes:
    """What a line of the log is made of."""

    def __init__(self) -> None:
        self.sums: dict[str, list[float]] = {}
        self.utterances = 0
        self.since = time.monotonic()

    def add(self, parts: dict[str, torch.Tensor], utterances: int) -> None:
        """Takes in one step."""
        self.utterances += utterances
        for name, value in parts.items():
            self.sums.setdefault(name, []).append(float(value.detach()))

    def show(self, done: int) -> None:
        """Prints the averages since the last time."""
        shown = " ".join(f"{name} {np.mean(values):.3f}" for name, values in self.sums.items())
        took = time.monotonic() - self.since
        print(f"{time.strftime('%H:%M:%S')} step {done} {shown} {self.utterances / took:.1f} utt/s", flush=True)
        self.__init__()


def _gradients(
    params: model.Params, shape: model.Shape, batch: Batch, workers: int, left: float
) -> tuple[dict[str, torch.Tensor], float]:
    """The clipped mean of the workers' gradients, computed in bfloat16 on weights kept in full precision.

    The first worker's `left` travels with them, so that all see the same rate and the same end.
    """
    tensors = {name: torch.from_numpy(value) for name, value in batch.items()}
    rounded = {name: value.bfloat16() for name, value in params.items()}
    if "mel" in tensors:
        tensors["mel"] = tensors["mel"].bfloat16()
        total, parts = model.loss(rounded, shape, tensors)
    else:
        total, parts = model.read_loss(rounded, shape, tensors)
    values = list(params.values())
    grads = torch.autograd.grad(total, values, allow_unused=True, materialize_grads=True)
    flat = torch.cat([torch.tensor([left if dist.get_rank() == 0 else 0.0]), *(grad.reshape(-1) for grad in grads)])
    dist.all_reduce(flat)
    left, flat = float(flat[0]), flat[1:] / workers
    flat *= min(1.0, 1.0 / (float(flat.norm()) + 1e-6))
    for value, grad in zip(values, flat.split([value.numel() for value in values]), strict=True):
        value.grad = grad.view(value.shape)
    return parts, left


def _optimizers(params: model.Params) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, whose steps it makes as large in every direction; Adam for all else."""
    inner = [value for name, value in params.items() if value.ndim == 2 and ".blocks." in name]
    others = [value for name, value in params.items() if not (value.ndim == 2 and ".blocks." in name)]
    return [
        Muon(inner, lr=PEAK_RATE),
        torch.optim.AdamW(others, lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    ]


def load_average(store: Path) -> dict[str, np.ndarray]:
    """The averaged weights of the last checkpoint."""
    with np.load(store / "checkpoint.npz") as data:
        prefix = "average/"
        return {name[len(prefix) :]: data[name] for name in data.files if name.startswith(prefix)}


def keep(store: Path, out: Path) -> None:
    """Writes the averaged weights in half precision, for a training elsewhere to begin with."""
    with np.load(store / "checkpoint.npz") as data:
        done = int(data["done"])
    halves = {name: value.astype(np.float16) for name, value in load_average(store).items()}
    np.savez_compressed(out, done=done, **halves)


def blend(store: Path, share: float) -> None:
    """Puts the weights that `START` holds, by this share, into the averaged ones of the last checkpoint.

    What two cool-downs in a row ended with errs less together (Wortsman and others, 2022, on fine-tuned models).
    """
    with np.load(store / "checkpoint.npz") as data:
        arrays = {name: data[name] for name in data.files}
    with np.load(START) as data:
        for name in data.files:
            average = arrays.get(f"average/{name}")
            if average is not None and average.shape == data[name].shape:
                arrays[f"average/{name}"] = (1 - share) * average + np.float32(share) * data[name]
    np.savez(store / "checkpoint.part.npz", **arrays)
    os.replace(store / "checkpoint.part.npz", store / "checkpoint.npz")


def _resume(
    store: Path, shape: model.Shape, seed: int
) -> tuple[model.Params, model.Params, list[torch.optim.Optimizer], int]:
    params = model.init(shape, seed)
    done = 0
    if START.exists():
        with np.load(START) as data:
            params = _kept(params, data, "")
            done = int(data["done"])
    average = {name: value.clone() for name, value in params.items()}
    path, state = store / "checkpoint.npz", store / "optimizer.pt"
    if path.exists():
        with np.load(path) as data:
            params, average = _kept(params, data, "params/"), _kept(average, data, "average/")
            done = int(data["done"])
        print(json.dumps({"resumed_at": done}), flush=True)
    for value in params.values():
        value.requires_grad_()
    optimizers = _optimizers(params)
    if path.exists() and state.exists():
        for optimizer, kept in zip(optimizers, torch.load(state, weights_only=True), strict=True):
            optimizer.load_state_dict(kept)
    return params, average, optimizers, done


def _kept(fresh: model.Params, data: np.lib.npyio.NpzFile, prefix: str) -> model.Params:
    """The kept weights. Blocks that a smaller network had not are there and change nothing yet: what they add is nothing."""
    params: model.Params = {}
    for name, value in fresh.items():
        if prefix + name in data.files:
            params[name] = torch.from_numpy(data[prefix + name].astype(np.float32))
        else:
            adds = name.endswith((".out.weight", ".mlp.2.weight"))
            params[name] = torch.zeros_like(value) if adds else value
    return params


def _save(
    store: Path, params: model.Params, average: model.Params, optimizers: list[torch.optim.Optimizer], done: int
) -> None:
    arrays = {f"params/{name}": value.detach().numpy() for name, value in params.items()}
    arrays |= {f"average/{name}": value.numpy() for name, value in average.items()}
    np.savez(store / "checkpoint.part.npz", done=done, **arrays)
    torch.save([optimizer.state_dict() for optimizer in optimizers], store / "optimizer.part.pt")
    os.replace(store / "optimizer.part.pt", store / "optimizer.pt")
    os.replace(store / "checkpoint.part.npz", store / "checkpoint.npz")
