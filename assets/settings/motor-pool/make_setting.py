"""Builds the motor-pool setting: concrete apron, open maintenance bay, bench, tool cart, cans, and some distance.

Run: blender --background --factory-startup -P make_setting.py
The equipment stands at the origin, service side to -Y (Blender axes); nothing stands within reach of a person working on it.
"""

import math
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "equipment", "fgs-5"))
sys.dont_write_bytecode = True

import bpy  # noqa: E402
import numpy as np  # noqa: E402
from mathutils import Matrix, Vector  # noqa: E402
from PIL import Image, ImageDraw  # noqa: E402

import labels  # noqa: E402
import make_model  # noqa: E402
from kit import X, Y, Z, Part, rounded, vec  # noqa: E402

OUT = os.path.join(HERE, "setting.glb")

PLAIN = {
    "steel_grey": ((112, 116, 118), 0.2, 0.55, 1),
    "roof": ((132, 138, 138), 0.4, 0.5, 1),
    "block_wall": ((168, 164, 152), 0.0, 0.9, 1),
    "wood": ((132, 100, 66), 0.0, 0.75, 1),
    "cart_red": ((132, 34, 30), 0.0, 0.4, 1),
    "black": ((34, 35, 36), 0.0, 0.6, 1),
    "zinc": ((176, 176, 170), 0.9, 0.45, 1),
    "can": ((74, 80, 54), 0.0, 0.5, 1),
    "yellow": ((206, 168, 40), 0.0, 0.55, 1),
    "white": ((214, 212, 204), 0.0, 0.7, 1),
    "barrier": ((178, 174, 164), 0.0, 0.9, 1),
    "joint": ((84, 82, 76), 0.0, 0.95, 1),
    "line": ((196, 168, 70), 0.0, 0.85, 1),
    "grass": ((104, 108, 70), 0.0, 1.0, 1),
    "leaf": ((70, 86, 52), 0.0, 1.0, 1),
    "leaf_far": ((96, 108, 86), 0.0, 1.0, 1),
    "trunk": ((82, 70, 56), 0.0, 1.0, 1),
    "fence": ((120, 124, 122), 0.5, 0.6, 1),
    "hill": ((142, 150, 146), 0.0, 1.0, 1),
    "fire": ((160, 26, 22), 0.0, 0.35, 1),
}


def concrete(n=512):
    """A concrete tile: broad mottling, fine speckle, a few hair cracks. Low contrast, so it stays calm without mipmaps."""
    a, b = labels.noise(n, (3, 7, 15), 91), labels.noise(n, (60, 128), 92)
    shade = 0.93 + 0.12 * (a - 0.5) + 0.05 * (b - 0.5)
    rgb = np.clip(np.array([152, 148, 139])[None, None] * shade[..., None], 0, 255).astype(np.uint8)
    im = Image.fromarray(rgb)
    d = ImageDraw.Draw(im)
    rng = random.Random(4)
    for _ in range(3):
        x, y = rng.uniform(60, n - 60), rng.uniform(60, n - 60)
        ang = rng.uniform(0, 6.28)
        pts = [(x, y)]
        for _ in range(14):
            ang += rng.uniform(-0.5, 0.5)
            x, y = x + 7 * math.cos(ang), y + 7 * math.sin(ang)
            pts.append((x, y))
        d.line(pts, (128, 124, 116), 1)
    return im


def stain(n=256):
    """An oil stain with a ragged, soft edge in the alpha channel."""
    y, x = np.mgrid[0:n, 0:n] / n - 0.5
    r = np.hypot(x, y * 1.15)
    edge = 0.27 + 0.34 * (labels.noise(n, (4, 9, 18), 17) - 0.5)
    a = np.clip((edge - r) / 0.14, 0, 1) * (0.16 + 0.30 * labels.noise(n, (5, 11), 18))
    for cx, cy, s in ((0.30, 0.22, 0.030), (-0.34, -0.20, 0.022), (0.22, -0.36, 0.016)):
        a = np.maximum(a, 0.36 * np.clip((s - np.hypot(x - cx, y - cy)) / (s * 0.5), 0, 1))
    out = np.zeros((n, n, 4), np.uint8)
    out[..., :3] = (40, 37, 33)
    out[..., 3] = (a * 255).astype(np.uint8)
    return Image.fromarray(out)


def ground(p):
    n = 6
    tile = 3.0
    for i in range(-n, n):
        for j in range(-n, n):
            x, y = i * tile, j * tile
            vs = [(x, y, 0), (x + tile, y, 0), (x + tile, y + tile, 0), (x, y + tile, 0)]
            k = (i * 7 + j * 3) % 4
            uv = [(0, 0), (1, 0), (1, 1), (0, 1)]
            p.add(vs, [[0, 1, 2, 3]], "concrete", [uv[k:] + uv[:k]], flat=True)
    for i in range(-n, n + 1):
        for a, b in (((i * tile - 0.006, -n * tile), (i * tile + 0.006, n * tile)), ((-n * tile, i * tile - 0.006), (n * tile, i * tile + 0.006))):
            p.add([(a[0], a[1], 0.0006), (b[0], a[1], 0.0006), (b[0], b[1], 0.0006), (a[0], b[1], 0.0006)], [[0, 1, 2, 3]], "joint", flat=True)
    # Bay lines in front of the shelter.
    for x in (-3.6, 3.6):
        p.add([(x - 0.05, -4.2, 0.0010), (x + 0.05, -4.2, 0.0010), (x + 0.05, 2.6, 0.0010), (x - 0.05, 2.6, 0.0010)], [[0, 1, 2, 3]], "line", flat=True)
    p.add([(-3.65, -4.25, 0.0011), (3.65, -4.25, 0.0011), (3.65, -4.15, 0.0011), (-3.65, -4.15, 0.0011)], [[0, 1, 2, 3]], "line", flat=True)
    # Grass beyond the apron.
    r, h = 90.0, -0.06
    k = n * tile
    for a, b in (((-r, -r), (r, -k)), ((-r, k), (r, r)), ((-r, -k), (-k, k)), ((k, -k), (r, k))):
        p.add([(a[0], a[1], h), (b[0], a[1], h), (b[0], b[1], h), (a[0], b[1], h)], [[0, 1, 2, 3]], "grass", flat=True)
    for x, y, s, turn in ((-0.95, -1.0, 1.1, 0.3), (0.9, 1.15, 0.8, 2.0), (1.8, -2.3, 1.3, 4.0)):
        c, q = math.cos(turn) * s / 2, math.sin(turn) * s / 2
        vs = [(x - c + q, y - q - c, 0.0016), (x + c + q, y + q - c, 0.0016), (x + c - q, y + q + c, 0.0016), (x - c - q, y - q + c, 0.0016)]
        p.add(vs, [[0, 1, 2, 3]], "stain", [[(0, 0), (1, 0), (1, 1), (0, 1)]], flat=True)


def wall_line(p, x0, x1, z0, z1, y):
    """A mortar joint: a flat strip facing the apron."""
    p.add([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)], [[0, 1, 2, 3]], "joint", flat=True)


def shelter(p):
    """An open bay behind the equipment: posts, trusses, corrugated roof, block wall at the back."""
    x0, x1, y0, y1, eave = -5.4, 5.4, 2.7, 8.2, 3.3
    for x in (x0, -1.8, 1.8, x1):
        for y in (y0, y1 - 0.1):
            p.box((x, y, eave / 2), (0.16, 0.16, eave), "steel_grey", 0.012, 1)
            p.box((x, y, 0.012), (0.32, 0.32, 0.024), "steel_grey", 0.004, 1)
            for dx in (-0.12, 0.12):
                p.cyl((x + dx, y - 0.12, 0.024), (x + dx, y - 0.12, 0.05), 0.014, "zinc", 0.002, 6)
        p.box((x, (y0 + y1) / 2, eave + 0.30), (0.10, y1 - y0 + 0.5, 0.18), "steel_grey", 0.01, 1)
        # Kicker plates in yellow up to bumper height.
        p.box((x, y0, 0.55), (0.17, 0.17, 0.9), "yellow", 0.012, 1)
    p.box((0, y0, eave + 0.10), (x1 - x0 + 0.5, 0.12, 0.24), "steel_grey", 0.01, 1)
    p.box((0, y1 - 0.1, eave + 0.10), (x1 - x0 + 0.5, 0.12, 0.24), "steel_grey", 0.01, 1)
    # Corrugated roof falling to the back.
    n = 72
    vs, fs = [], []
    for k in range(n + 1):
        x = x0 - 0.4 + (x1 - x0 + 0.8) * k / n
        dz = 0.028 if k % 2 else 0.0
        vs += [(x, y0 - 0.7, eave + 0.62 + dz), (x, y1 + 0.3, eave + 0.38 + dz)]
    for k in range(n):
        fs.append([2 * k, 2 * k + 2, 2 * k + 3, 2 * k + 1])
    m = len(vs)
    p.add(vs, fs, "roof")
    p.add([Vector(v) - Vector((0, 0, 0.006)) for v in vs], [f[::-1] for f in fs], "roof")
    p.box((0, y0 - 0.70, eave + 0.60), (x1 - x0 + 0.8, 0.03, 0.20), "roof", 0.004, 1)
    # Back wall with courses, side wall at the left.
    p.span((x0, y1, 0), (x1, y1 + 0.2, eave), "block_wall", 0.005, 1)
    p.span((x0 - 0.2, 4.4, 0), (x0, y1 + 0.2, eave), "block_wall", 0.005, 1)
    for i in range(1, 16):
        z = 0.2 * i
        wall_line(p, x0, x1, z - 0.004, z + 0.004, y1 - 0.002)
    for i in range(15):
        for k in range(13):
            x = x0 + 0.4 + 0.82 * k + (0.41 if i % 2 else 0)
            if x < x1 - 0.1:
                wall_line(p, x - 0.004, x + 0.004, 0.2 * i, 0.2 * i + 0.2, y1 - 0.002)
    # Sign, light tubes, electrical cabinet, fire point.
    p.box((0.0, y0 - 0.07, eave + 0.10), (2.6, 0.02, 0.30), "white", 0.004, 1)
    for x in (-3.6, 0, 3.6):
        p.box((x, 4.6, eave + 0.10), (1.3, 0.12, 0.06), "white", 0.01, 1)
    p.box((4.3, y1 - 0.10, 1.5), (0.55, 0.2, 0.8), "steel_grey", 0.01, 1)
    p.cyl((1.98, y0 - 0.02, 0.95), (1.98, y0 - 0.02, 1.42), 0.075, "fire", 0.03, 14)
    p.cyl((1.98, y0 - 0.02, 1.42), (1.98, y0 - 0.02, 1.50), 0.02, "black", 0.004, 8)
    p.box((1.98, y0 - 0.09, 1.75), (0.22, 0.008, 0.22), "fire", 0.003, 1)


def bench(p):
    """Workbench with vise, shelf, pegboard and a few tools, against the back of the bay."""
    bx, by = -3.1, 6.9
    p.span((bx - 1.3, by - 0.38, 0.86), (bx + 1.3, by + 0.38, 0.92), "wood", 0.006, 1)
    for x in (-1.2, 1.2):
        for y in (-0.32, 0.32):
            p.box((bx + x, by + y, 0.43), (0.07, 0.07, 0.86), "steel_grey", 0.006, 1)
    p.span((bx - 1.2, by - 0.30, 0.22), (bx + 1.2, by + 0.30, 0.25), "wood", 0.004, 1)
    p.box((bx + 0.7, by, 0.60), (0.6, 0.6, 0.44), "steel_grey", 0.01, 1)
    for i in range(3):
        p.box((bx + 0.7, by - 0.305, 0.46 + 0.14 * i), (0.52, 0.012, 0.12), "can", 0.006, 1)
        p.box((bx + 0.7, by - 0.318, 0.47 + 0.14 * i), (0.16, 0.016, 0.016), "zinc", 0.004, 1)
    # Vise.
    p.box((bx - 0.9, by - 0.25, 0.95), (0.16, 0.20, 0.06), "cart_red", 0.01, 1)
    p.box((bx - 0.9, by - 0.22, 1.02), (0.15, 0.12, 0.12), "cart_red", 0.012, 1)
    p.box((bx - 0.9, by - 0.38, 1.04), (0.15, 0.05, 0.09), "cart_red", 0.01, 1)
    p.cyl((bx - 0.9, by - 0.52, 1.0), (bx - 0.9, by - 0.2, 1.0), 0.016, "zinc", 0.002, 10)
    p.cyl((bx - 1.0, by - 0.51, 1.0), (bx - 0.8, by - 0.51, 1.0), 0.008, "zinc", 0.002, 8)
    # Pegboard with silhouettes of tools.
    p.span((bx - 1.3, 8.16, 1.15), (bx + 1.3, 8.19, 2.0), "wood", 0.004, 1)
    rng = random.Random(3)
    for i in range(11):
        x = bx - 1.15 + 0.23 * i
        h = rng.uniform(0.18, 0.42)
        p.box((x, 8.145, 1.9 - h / 2), (0.03, 0.015, h), "zinc", 0.006, 1)
        p.box((x, 8.145, 1.9 - h), (0.06, 0.02, 0.07), ("cart_red", "black", "zinc")[i % 3], 0.01, 1)
    # Boxes and a coil on the bench.
    p.box((bx + 0.35, by + 0.1, 1.03), (0.42, 0.25, 0.22), "can", 0.012, 1)
    p.cyl((bx - 0.2, by + 0.05, 0.92), (bx - 0.2, by + 0.05, 1.14), 0.09, "steel_grey", 0.008, 16)
    p.torus((bx + 0.95, by + 0.02, 0.945), Z, 0.14, 0.025, "black", 20, 6)


def cart(p):
    """A roll cab with drawers, near the equipment's control end."""
    x, y = 2.55, 1.35
    p.box((x, y, 0.56), (0.72, 0.46, 0.78), "cart_red", 0.012, 1)
    for i, (z, h) in enumerate(((0.885, 0.08), (0.79, 0.08), (0.69, 0.10), (0.565, 0.13), (0.385, 0.20))):
        p.box((x, y - 0.232, z), (0.66, 0.012, h), "cart_red", 0.006, 1)
        p.box((x, y - 0.243, z + h * 0.28), (0.60, 0.014, 0.016), "zinc", 0.004, 1)
    p.box((x, y, 0.965), (0.76, 0.50, 0.03), "black", 0.008, 1)
    for dx in (-0.28, 0.28):
        for dy in (-0.17, 0.17):
            p.cyl((x + dx - 0.02, y + dy, 0.065), (x + dx + 0.02, y + dy, 0.065), 0.065, "black", 0.01, 14)
            p.box((x + dx, y + dy, 0.14), (0.05, 0.05, 0.06), "zinc", 0.004, 1)
    p.tube([(x + 0.38, y - 0.2, 0.88), (x + 0.44, y - 0.2, 0.90), (x + 0.44, y + 0.2, 0.90), (x + 0.38, y + 0.2, 0.88)], 0.014, "zinc", 8, 3)
    p.box((x - 0.10, y, 1.03), (0.40, 0.22, 0.10), "steel_grey", 0.012, 1)
    p.tube([(x - 0.24, y, 1.08), (x - 0.22, y, 1.14), (x + 0.02, y, 1.14), (x + 0.04, y, 1.08)], 0.010, "zinc", 6, 3)
    p.cyl((x + 0.24, y - 0.05, 0.98), (x + 0.24, y - 0.05, 1.16), 0.045, "yellow", 0.008, 14)


def jerry_can(p, x, y, turn=0.0):
    rot = Matrix.Rotation(turn, 3, "Z")
    at = lambda v: Vector((x, y, 0)) + rot @ Vector(v)
    p.box(at((0, 0, 0.225)), (0.34, 0.165, 0.43), "can", 0.035, 2, rot)
    for s in (-1, 1):
        for a in (1, -1):
            r2 = rot @ Matrix.Rotation(a * math.radians(52), 3, "Y")
            p.box(at((0, s * 0.084, 0.23)), (0.36, 0.008, 0.022), "can", 0.004, 1, r2)
    for dy in (-0.05, 0, 0.05):
        p.tube([at((-0.09, dy, 0.43)), at((-0.08, dy, 0.475)), at((0.07, dy, 0.475)), at((0.08, dy, 0.43))], 0.011, "can", 6, 3)
    p.cyl(at((0.125, 0, 0.42)), at((0.150, 0, 0.480)), 0.032, "black", 0.006, 12)


def drum(p, x, y, mat):
    p.lathe((x, y, 0), Z, [(0, 0), (0.28, 0), (0.285, 0.02), (0.28, 0.03), (0.28, 0.28), (0.292, 0.30), (0.28, 0.32), (0.28, 0.57), (0.292, 0.59), (0.28, 0.61), (0.28, 0.85), (0.288, 0.87), (0.28, 0.89), (0.27, 0.875), (0, 0.875)], mat, 24)
    p.cyl((x + 0.18, y, 0.875), (x + 0.18, y, 0.895), 0.035, "zinc", 0.005, 10)


def barrier(p, x, y, turn=0.0, length=2.4):
    """A concrete road barrier in profile."""
    rot = Matrix.Rotation(turn, 3, "Z")
    prof = [(-0.30, 0), (0.30, 0), (0.30, 0.08), (0.17, 0.28), (0.10, 0.82), (-0.10, 0.82), (-0.17, 0.28), (-0.30, 0.08)]
    k = len(prof)
    vs = []
    for e in (-length / 2, length / 2):
        vs += [Vector((x, y, 0)) + rot @ Vector((e, a, b)) for a, b in prof]
    fs = [[i, (i + 1) % k, k + (i + 1) % k, k + i][::-1] for i in range(k)] + [list(range(k))[::-1], [k + i for i in range(k)]]
    # Faces outwards: profile is counterclockwise seen from +length.
    p.add(vs, fs, "barrier", flat=True)


def tree(p, x, y, h, mat, rng):
    p.cyl((x, y, -0.1), (x, y, h * 0.42), h * 0.022, "trunk", 0, 6)
    for k in range(3):
        r = h * rng.uniform(0.21, 0.30)
        c = Vector((x + rng.uniform(-1, 1) * h * 0.16, y + rng.uniform(-1, 1) * h * 0.16, h * rng.uniform(0.5, 0.88)))
        prof = []
        m = 4
        for i in range(m + 1):
            a = math.pi * i / m
            q = r * (1 + rng.uniform(-0.16, 0.16))
            prof.append((max(0.0, q * math.sin(a)) if 0 < i < m else 0.0, -q * math.cos(a) * 0.8))
        p.lathe(c, (rng.uniform(-0.3, 0.3), rng.uniform(-0.3, 0.3), 1), prof, mat, 6, rng.uniform(0, 1))


def distance(p, t):
    rng = random.Random(12)
    for i in range(6):
        barrier(p, -12.6, -7.0 + 3.0 * i, math.pi / 2)
        barrier(p, 12.4, -7.0 + 3.0 * i, math.pi / 2)
    for i in range(4):
        barrier(p, -9.8 + 2.7 * i, 15.6)
    # A perimeter wall and a plain depot building.
    p.span((-34, 30, 0), (34, 30.4, 2.6), "block_wall", 0.0, 1)
    p.span((10, 21, 0), (26, 29, 5.2), "steel_grey", 0.0, 1)
    p.span((9.6, 20.6, 5.2), (26.4, 29.4, 5.5), "roof", 0.0, 1)
    for i in range(3):
        p.span((11.5 + 5 * i, 20.94, 0), (15 + 5 * i, 21.0, 3.8), "white", 0.0, 1)
    # Fence posts to the sides and front.
    for i in range(12):
        for s in (-1, 1):
            p.cyl((s * 20, -20 + 4 * i, -0.1), (s * 20, -20 + 4 * i, 2.1), 0.035, "fence", 0, 6)
    for s in (-1, 1):
        for z in (0.5, 1.2, 2.0):
            p.span((s * 20 - 0.01, -20, z - 0.01), (s * 20 + 0.01, 25, z + 0.01), "fence", 0, 1)
    for i in range(18):
        a = rng.uniform(0, 1)
        tree(t, -40 + 80 * i / 17 + rng.uniform(-1.2, 1.2), 37 + 7 * a, rng.uniform(6, 10), "leaf", rng)
    for i in range(9):
        for s in (-1, 1):
            tree(t, s * (30 + 8 * rng.uniform(0, 1)), -30 + 8 * i, rng.uniform(6, 9), "leaf", rng)
    for i in range(10):
        tree(t, -42 + 84 * i / 9, -42 - 6 * rng.uniform(0, 1), rng.uniform(6, 9), "leaf_far", rng)
    # Low hills on the horizon.
    n = 72
    vs, fs = [], []
    for k in range(n):
        a = 2 * math.pi * k / n
        h = 5.5 + 2.6 * math.sin(3 * a + 0.6) + 1.7 * math.sin(7 * a) + 0.9 * math.sin(13 * a + 2)
        vs += [(88 * math.cos(a), 88 * math.sin(a), -0.3), (88 * math.cos(a), 88 * math.sin(a), h)]
    for k in range(n):
        j = (k + 1) % n
        fs.append([2 * k + 1, 2 * j + 1, 2 * j, 2 * k])
    t.add(vs, fs, "hill")


def materials():
    mats = {}
    for name, (rgb, metal, rough, _) in PLAIN.items():
        m, _, _, b = make_model.material(name)
        b.inputs["Base Color"].default_value = (*make_model.srgb(rgb), 1)
        b.inputs["Metallic"].default_value = metal
        b.inputs["Roughness"].default_value = rough
        mats[name] = m
    for name, pil, blend in (("concrete", concrete(), False), ("stain", stain(), True)):
        m, nodes, links, b = make_model.material(name)
        t = nodes.new("ShaderNodeTexImage")
        t.image = make_model.image(pil, name)
        links.new(t.outputs["Color"], b.inputs["Base Color"])
        b.inputs["Roughness"].default_value = 0.5 if blend else 0.92
        if blend:
            links.new(t.outputs["Alpha"], b.inputs["Alpha"])
            m.blend_method = "BLEND"
        mats[name] = m
    return mats


def main():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    Part.registry.clear()
    Part.subdivide = False
    mats = materials()
    g = Part("ground")
    ground(g)
    s = Part("shelter")
    shelter(s)
    w = Part("workbench", (-3.1, 6.9, 0))
    bench(w)
    c = Part("tool_cart", (2.55, 1.35, 0))
    cart(c)
    j = Part("jerry_cans", (-2.4, 1.5, 0))
    for i, (x, y, a) in enumerate(((-2.75, 1.55, 1.6), (-2.52, 1.58, 1.5), (-2.29, 1.55, 1.62))):
        jerry_can(j, x, y, a)
    drum(j, 4.3, 5.6, "can")
    drum(j, 3.62, 5.75, "steel_grey")
    d, t = Part("distance"), Part("trees")
    distance(d, t)
    tris = 0
    for part in Part.registry.values():
        o = part.build(mats)
        o.data.calc_loop_triangles()
        tris += len(o.data.loop_triangles)
    bpy.ops.export_scene.gltf(filepath=OUT, export_format="GLB", export_apply=True, export_yup=True, export_tangents=False, export_cameras=False, export_lights=False, export_animations=False)
    print(f"SETTING {len(Part.registry)} nodes, {tris} triangles, {os.path.getsize(OUT) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
