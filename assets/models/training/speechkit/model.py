"""The network: whisper's encoder and decoder in plain JAX, with helps that are only for training."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

Params = dict[str, jax.Array]
# A token's sound is looked for within so many positions (20 ms each) of where it is expected.
NEAR = 12
SMOOTH = 0.05


@dataclass(frozen=True)
class Shape:
    """Sizes; `used` counts the tokens that training knows."""

    width: int = 160
    heads: int = 4
    encoder: int = 5
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
    return {name: jnp.asarray(value) for name, value in params.items()}


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


def linear(p: Params, name: str, x: jax.Array) -> jax.Array:
    """A matrix, and its bias where it has one."""
    y = x @ p[f"{name}.weight"]
    bias = p.get(f"{name}.bias")
    return y if bias is None else y + bias


def norm(p: Params, name: str, x: jax.Array) -> jax.Array:
    """Layer normalization with whisper's epsilon."""
    x = x - jnp.mean(x, -1, keepdims=True)
    x = x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-5)
    return x * p[f"{name}.weight"] + p[f"{name}.bias"]


def attend(p: Params, name: str, shape: Shape, x: jax.Array, memory: jax.Array, causal: bool) -> tuple[jax.Array, jax.Array]:
    """Attention from `x` to `memory`, which are batch by position by width; and where the first head looked."""
    h, size = shape.heads, shape.width // shape.heads

    def split(y: jax.Array) -> jax.Array:
        b, t, _ = y.shape
        return y.reshape(b, t, h, size).transpose(0, 2, 1, 3).reshape(b * h, t, size)

    query = split(linear(p, f"{name}.query", x)) * size**-0.5
    key, value = split(linear(p, f"{name}.key", memory)), split(linear(p, f"{name}.value", memory))
    score = jnp.einsum("bqd,bkd->bqk", query, key)
    if causal:
        t = x.shape[1]
        score = jnp.where(jnp.tril(jnp.ones((t, t), bool)), score, -1e9)
    weight = jax.nn.softmax(score)
    mixed = jnp.einsum("bqk,bkd->bqd", weight, value)
    b, t = x.shape[:2]
    mixed = mixed.reshape(b, h, t, size).transpose(0, 2, 1, 3).reshape(b, t, shape.width)
    return linear(p, f"{name}.out", mixed), weight.reshape(b, h, t, -1)[:, 0]


def feed(p: Params, name: str, x: jax.Array) -> jax.Array:
    """A block's two-layer network."""
    return linear(p, f"{name}.2", jax.nn.gelu(linear(p, f"{name}.0", x), approximate=True))


def encode(p: Params, shape: Shape, mel: jax.Array) -> jax.Array:
    """Batch by two frames per position by 80, to batch by position by width."""
    x = jnp.pad(mel, ((0, 0), (1, 1), (0, 0)))
    x = jnp.concatenate([x[:, :-2], x[:, 1:-1], x[:, 2:]], axis=-1)
    x = jax.nn.gelu(linear(p, "encoder.conv1", x), approximate=True)
    x = jnp.pad(x, ((0, 0), (1, 1), (0, 0)))
    x = jnp.concatenate([x[:, 0:-2:2], x[:, 1:-1:2], x[:, 2::2]], axis=-1)
    x = jax.nn.gelu(linear(p, "encoder.conv2", x), approximate=True)
    x = x + sinusoids(x.shape[1], shape.width)
    for layer in range(shape.encoder):
        block = f"encoder.blocks.{layer}"
        y = norm(p, f"{block}.attn_ln", x)
        x = x + attend(p, f"{block}.attn", shape, y, y, causal=False)[0]
        x = x + feed(p, f"{block}.mlp", norm(p, f"{block}.mlp_ln", x))
    return norm(p, "encoder.ln_post", x)


def decode(p: Params, shape: Shape, memory: jax.Array, into: jax.Array) -> tuple[jax.Array, list[jax.Array]]:
    """Logits of the next token at every token, and where one head of each layer looked in the sound.

    Channel 0 is left free: the export bars unused tokens with it.
    """
    free = jnp.ones(shape.width).at[0].set(0.0)
    table = p["decoder.token_embedding.weight"] * free
    x = table[into] + p["decoder.positional_embedding"][: into.shape[1]]
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


def masked(mel: jax.Array, key: jax.Array) -> jax.Array:
    """Hides a few bands and moments, so that no single one is relied on."""
    size, frames, bands = mel.shape
    keys = jax.random.split(key, 4)
    fill = jnp.mean(mel, axis=(1, 2), keepdims=True)
    for i, (axis, length, widest) in enumerate(((2, bands, 12), (1, frames, 10))):
        start = jax.random.randint(keys[2 * i], (size, 1, 1), 0, length)
        width = jax.random.randint(keys[2 * i + 1], (size, 1, 1), 0, widest)
        place = jnp.arange(length).reshape((1, 1, -1) if axis == 2 else (1, -1, 1))
        mel = jnp.where((place >= start) & (place < start + width), fill, mel)
    return mel


def imagined(p: Params, shape: Shape, frames: jax.Array) -> jax.Array:
    """What the encoder is led to give for these sounds, each position's own."""
    return p["train.sound"][frames] + linear(p, "train.place", sinusoids(frames.shape[1], shape.width))


def text_loss(
    p: Params, shape: Shape, memory: jax.Array, batch: dict[str, jax.Array]
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """The text's loss with a little smoothing; and one head of each layer led to where the next token is said."""
    logits, looked = decode(p, shape, memory, batch["into"])
    judged = batch["out"] >= 0
    logp = jax.nn.log_softmax(logits)
    target = jnp.maximum(batch["out"], 0)
    hit = jnp.take_along_axis(logp, target[..., None], -1)[..., 0]
    count = jnp.maximum(jnp.sum(judged), 1)
    text = jnp.sum(-((1 - SMOOTH) * hit + SMOOTH * jnp.mean(logp, -1)) * judged) / count
    right = jnp.sum((jnp.argmax(logits, -1) == target) * judged) / count
    place = jnp.arange(memory.shape[1])[None, None, :]
    near = jnp.abs(place - batch["center"][..., None]) <= NEAR
    led = batch["center"] >= 0
    look = sum(-jnp.log(jnp.sum(where * near, -1) + 1e-4) for where in looked)
    look = jnp.sum(look * led) / jnp.maximum(jnp.sum(led), 1)
    return text + 0.1 * look, {"look": look, "text": text, "right": right}


def read_loss(
    p: Params, shape: Shape, batch: dict[str, jax.Array], key: jax.Array
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """The decoder's loss on sentences whose sound is only imagined."""
    memory = imagined(p, shape, batch["frames"])
    memory = memory + 0.25 * jax.random.normal(key, memory.shape)
    return text_loss(p, shape, memory, batch)


def loss(p: Params, shape: Shape, batch: dict[str, jax.Array], key: jax.Array) -> tuple[jax.Array, dict[str, jax.Array]]:
    """The text's loss, the frames' sounds, and how far the sound is from the imagined one."""
    memory = encode(p, shape, masked(batch["mel"], key))
    total, parts = text_loss(p, shape, memory, batch)
    frame_logp = jax.nn.log_softmax(linear(p, "train.frames", memory))
    known = batch["frames"] >= 0
    labels = jnp.maximum(batch["frames"], 0)
    frame = -jnp.take_along_axis(frame_logp, labels[..., None], -1)[..., 0]
    frame_loss = jnp.sum(frame * known) / jnp.maximum(jnp.sum(known), 1)
    apart = jnp.mean((memory - imagined(p, shape, labels)) ** 2, -1)
    apart = jnp.sum(apart * known) / jnp.maximum(jnp.sum(known), 1)
    total = total + 0.5 * frame_loss + 0.3 * apart
    return total, {**parts, "frames": frame_loss, "apart": apart}
