"""The network: whisper's encoder and decoder in PyTorch, with helps that are only for training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Params = dict[str, Tensor]
# A token's sound is looked for within so many positions (20 ms each) of where it is expected.
NEAR = 12
SMOOTH = 0.05


@dataclass(frozen=True)
class Shape:
    """Sizes; `used` counts the tokens that training knows."""

    width: int = 160
    heads: int = 4
    encoder: int = 7
    decoder: int = 2
    used: int = 1605
    phones: int = 40
    text_ctx: int = 448


def sinusoids(count: int, width: int) -> np.ndarray:
    """Whisper's positions."""
    rate = np.exp(-np.log(10000.0) / (width // 2 - 1) * np.arange(width // 2))
    angle = np.arange(count)[:, None] * rate[None]
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1).astype(np.float32)


def init(shape: Shape, seed: int) -> Params:
    """Starting weights. Names are whisper's; `train.` marks what is not exported. Matrices are in by out."""
    rng = np.random.default_rng(seed)
    d = shape.width
    params: dict[str, np.ndarray] = {}

    def matrix(name: str, rows: int, cols: int, gain: float = 1.0, bias: bool = True) -> None:
        params[f"{name}.weight"] = rng.normal(0, gain / np.sqrt(rows), (rows, cols)).astype(np.float32)
        if bias:
            params[f"{name}.bias"] = np.zeros(cols, np.float32)

    def norm(name: str) -> None:
        params[f"{name}.weight"], params[f"{name}.bias"] = np.ones(d, np.float32), np.zeros(d, np.float32)

    matrix("encoder.conv1", 3 * 80, d)
    matrix("encoder.conv2", 3 * d, d)
    for side, layers in (("encoder", shape.encoder), ("decoder", shape.decoder)):
        for layer in range(layers):
            block = f"{side}.blocks.{layer}"
            for kind in ("attn", "cross_attn") if side == "decoder" else ("attn",):
                for part in ("query", "key", "value", "out"):
                    matrix(f"{block}.{kind}.{part}", d, d, 0.5 if part == "out" else 1.0, bias=part != "key")
                norm(f"{block}.{kind}_ln")
            matrix(f"{block}.mlp.0", d, 4 * d)
            matrix(f"{block}.mlp.2", 4 * d, d, 0.5)
            norm(f"{block}.mlp_ln")
            if side == "encoder":
                _look_near(params, f"{block}.attn", shape, layer)
    norm("encoder.ln_post")
    norm("decoder.ln")
    params["decoder.positional_embedding"] = 0.05 * sinusoids(shape.text_ctx, d)
    params["decoder.token_embedding.weight"] = rng.normal(0, 0.06, (shape.used, d)).astype(np.float32)
    matrix("train.frames", d, shape.phones)
    params["train.sound"] = rng.normal(0, 0.7, (shape.phones, d)).astype(np.float32)
    matrix("train.place", d, d, 0.5)
    return {name: torch.from_numpy(value.astype(np.float32)) for name, value in params.items()}


def _look_near(params: dict[str, np.ndarray], name: str, shape: Shape, layer: int) -> None:
    """Starts heads off looking a few frames to one side: a product of sines depends on the distance alone."""
    d, size = shape.width, shape.width // shape.heads
    rate = np.exp(-np.log(10000.0) / (d // 2 - 1) * np.arange(d // 2))
    offsets = [(-2, 2, 0), (-4, 4, 0), (-3, 3, -8), (-6, 6, 8), (-4, 4, 0), (-10, 10, 0)][layer % 6]
    pairs = size // 2
    picked = np.arange(pairs) * 2 + 2
    for head, offset in enumerate(offsets[: shape.heads - 1]):
        query = params[f"{name}.query.weight"][:, head * size : (head + 1) * size]
        key = params[f"{name}.key.weight"][:, head * size : (head + 1) * size]
        query *= 0.3
        key *= 0.3
        for i, k in enumerate(picked):
            turn = rate[k] * offset
            # The query sees its own angle turned by the offset; the key its own as it is.
            query[k, 2 * i] += 1.1 * np.cos(turn)
            query[d // 2 + k, 2 * i] += 1.1 * np.sin(turn)
            query[k, 2 * i + 1] += -1.1 * np.sin(turn)
            query[d // 2 + k, 2 * i + 1] += 1.1 * np.cos(turn)
            key[k, 2 * i] += 1.1
            key[d // 2 + k, 2 * i + 1] += 1.1


def linear(p: Params, name: str, x: Tensor) -> Tensor:
    """A matrix, and its bias where it has one."""
    weight, bias = p[f"{name}.weight"], p.get(f"{name}.bias")
    flat = x.reshape(-1, x.shape[-1])
    y = flat @ weight if bias is None else torch.addmm(bias, flat, weight)
    return y.reshape(*x.shape[:-1], weight.shape[1])


def norm(p: Params, name: str, x: Tensor) -> Tensor:
    """Layer normalization with whisper's epsilon."""
    return F.layer_norm(x, x.shape[-1:], p[f"{name}.weight"], p[f"{name}.bias"], 1e-5)


def gelu(x: Tensor) -> Tensor:
    """The form that whisper.cpp computes."""
    return F.gelu(x, approximate="tanh")


def split(y: Tensor, heads: int) -> Tensor:
    """Batch by position by width, to batch and head by position by a head's width."""
    b, t, d = y.shape
    return y.view(b, t, heads, d // heads).transpose(1, 2).reshape(b * heads, t, d // heads)


def attend(p: Params, name: str, shape: Shape, x: Tensor, memory: Tensor, causal: bool) -> tuple[Tensor, Tensor]:
    """Attention from `x` to `memory`, which are batch by position by width; and where the first head looked.

    Written out: the fused kernel's backward pass is five times slower on a processor at these sizes.
    """
    b, t, d = x.shape
    query = split(linear(p, f"{name}.query", x) * (d // shape.heads) ** -0.5, shape.heads)
    key = split(linear(p, f"{name}.key", memory), shape.heads)
    value = split(linear(p, f"{name}.value", memory), shape.heads)
    score = torch.bmm(query, key.transpose(1, 2))
    if causal:
        score = score + torch.full((t, t), -1e9, dtype=x.dtype).triu(1)
    weight = torch.softmax(score, -1)
    mixed = torch.bmm(weight, value).view(b, shape.heads, t, -1).transpose(1, 2).reshape(b, t, d)
    return linear(p, f"{name}.out", mixed), weight.view(b, shape.heads, t, -1)[:, 0]


def feed(p: Params, name: str, x: Tensor) -> Tensor:
    """A block's two-layer network."""
    return linear(p, f"{name}.2", gelu(linear(p, f"{name}.0", x)))


def encode(p: Params, shape: Shape, mel: Tensor) -> Tensor:
    """Batch by two frames per position by 80, to batch by position by width."""
    x = F.pad(mel, (0, 0, 1, 1))
    x = torch.cat([x[:, :-2], x[:, 1:-1], x[:, 2:]], -1)
    x = gelu(linear(p, "encoder.conv1", x))
    x = F.pad(x, (0, 0, 1, 1))
    x = torch.cat([x[:, 0:-2:2], x[:, 1:-1:2], x[:, 2::2]], -1)
    x = gelu(linear(p, "encoder.conv2", x))
    x = x + places(x.shape[1], shape.width).to(x.dtype)
    for layer in range(shape.encoder):
        block = f"encoder.blocks.{layer}"
        y = norm(p, f"{block}.attn_ln", x)
        x = x + attend(p, f"{block}.attn", shape, y, y, causal=False)[0]
        x = x + feed(p, f"{block}.mlp", norm(p, f"{block}.mlp_ln", x))
    return norm(p, "encoder.ln_post", x)


@cache
def places(count: int, width: int) -> Tensor:
    """Whisper's positions as a tensor."""
    return torch.from_numpy(sinusoids(count, width))


def decode(p: Params, shape: Shape, memory: Tensor, into: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Logits of the next token at every token, and where one head of each layer looked in the sound.

    Channel 0 is left free: the export bars unused tokens with it.
    """
    free = torch.ones(shape.width, dtype=memory.dtype)
    free[0] = 0.0
    table = p["decoder.token_embedding.weight"] * free
    x = F.embedding(into, table) + p["decoder.positional_embedding"][: into.shape[1]]
    looked = []
    for layer in range(shape.decoder):
        block = f"decoder.blocks.{layer}"
        y = norm(p, f"{block}.attn_ln", x)
        x = x + attend(p, f"{block}.attn", shape, y, y, causal=True)[0]
        heard, where = attend(p, f"{block}.cross_attn", shape, norm(p, f"{block}.cross_attn_ln", x), memory, causal=False)
        looked.append(where)
        x = x + heard
        x = x + feed(p, f"{block}.mlp", norm(p, f"{block}.mlp_ln", x))
    return norm(p, "decoder.ln", x) @ table.T, looked


def imagined(p: Params, shape: Shape, frames: Tensor) -> Tensor:
    """What the encoder is led to give for these sounds, each position's own."""
    where = places(frames.shape[1], shape.width).to(p["train.sound"].dtype)
    return F.embedding(frames, p["train.sound"]) + linear(p, "train.place", where)


def text_loss(p: Params, shape: Shape, memory: Tensor, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    """The text's loss with a little smoothing; and one head of each layer led to where the next token is said."""
    logits, looked = decode(p, shape, memory, batch["into"])
    out = batch["out"]
    judged = out >= 0
    picked, target = logits[judged].float(), out[judged]
    text = F.cross_entropy(picked, target, label_smoothing=SMOOTH)
    right = (picked.argmax(-1) == target).float().mean()
    led = batch["center"] >= 0
    place = torch.arange(memory.shape[1])
    near = ((place - batch["center"][led][:, None]).abs() <= NEAR).float()
    look = sum(-torch.log((where[led].float() * near).sum(-1) + 1e-4).sum() for where in looked) / max(1, int(led.sum()))
    return text + 0.1 * look, {"look": look, "text": text, "right": right}


def read_loss(p: Params, shape: Shape, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    """The decoder's loss on sentences whose sound is only imagined."""
    memory = imagined(p, shape, batch["frames"])
    memory = memory + 0.25 * torch.randn_like(memory)
    total, parts = text_loss(p, shape, memory, batch)
    return total, {f"read_{name}": value for name, value in parts.items()}


def loss(p: Params, shape: Shape, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    """The text's loss, the frames' sounds, and how far the sound is from the imagined one."""
    memory = encode(p, shape, batch["mel"])
    total, parts = text_loss(p, shape, memory, batch)
    frames = batch["frames"]
    frame = F.cross_entropy(linear(p, "train.frames", memory).float().flatten(0, 1), frames.flatten())
    apart = (memory - imagined(p, shape, frames)).float().square().mean()
    total = total + 0.5 * frame + 0.3 * apart
    return total, {**parts, "frames": frame, "apart": apart}
