"""Renders the manual's figures from the model: clean shaded line pictures with numbered callouts.

Run: blender --background --factory-startup -P make_figures.py [-- NUMBER...]
Writes manuals/fgs-5/figures/ICN-...PNG (800 px wide, palette) and the table in that folder's README.md.
Parts that a figure names keep their tone and get a tint; the rest is faded. Cameras, hidden parts and exploded parts are in FIGURES.
"""

import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import bpy  # noqa: E402
import numpy as np  # noqa: E402
from mathutils import Vector  # noqa: E402
from PIL import Image, ImageDraw, ImageFilter  # noqa: E402

import layout  # noqa: E402
import make_model  # noqa: E402
from labels import font  # noqa: E402

OUT = os.path.join(HERE, "..", "..", "..", "manuals", "fgs-5", "figures")
WIDTH, MARGIN, TOP = 800, 66, 20
FOV_DEG = 22.0

TAGS = [f"tag_{i}" for i in layout.TAGS]
EYES = [f"lifting_eye_{i}" for i in range(1, 5)]
DOORS = ["door_left", "door_right"]
OPEN = TAGS + DOORS
SHELL = OPEN + EYES + ["frame", "canopy", "rain_cap"]
PANEL = ["control_box", "control_panel", "panel_light"] + [c for c in layout.CONTROLS]
OUTPUT = ["terminal_box", "terminal_box_cover", "voltage_regulator", "load_terminal_l1", "load_terminal_l2", "load_terminal_n", "ground_stud", "convenience_receptacle", "alternator_conduit"]
AIR = ["air_cleaner", "air_cleaner_cover", "air_cleaner_element", "air_restriction_indicator"]
TANK = ["fuel_tank", "fuel_cap", "fuel_shutoff_valve"]
LINES = ["fuel_line_supply", "fuel_line_suction", "fuel_line_pressure", "fuel_line_feed", "fuel_line_return"]
FILTER = ["fuel_filter_head", "fuel_filter_element", "fuel_filter_bleed_screw"]
SEPARATOR = ["water_separator", "water_separator_bowl", "water_separator_drain_cock"]
EXHAUST = ["muffler", "exhaust_manifold", "rain_cap"]
CABLES = ["starter_cable", "battery_cable_positive", "battery_cable_negative", "battery_jumper", "battery_1", "battery_2", "battery_hold_down"]


def view(target, az, el, width, hide=(), move=None, aspect=0.80):
    """A camera: target (Blender metres), azimuth from the service side towards the control end, elevation, width seen at the target."""
    return {"target": target, "az": az, "el": el, "width": width, "hide": list(hide), "move": move or {}, "aspect": aspect}


# number: (SNS, caption, [views side by side], [items in callout order])
FIGURES = {
    1: ("000000", "General view, service side", [view((0, -0.25, 0.66), -14, 13, 2.75, aspect=0.62)],
        "CONTROL-BOX CONTROL-PANEL FUEL-TANK FUEL-CAP WATER-SEPARATOR FUEL-FILTER-ELEMENT ENGINE-BLOCK AIR-CLEANER RADIATOR BATTERY-1 BATTERY-2 TERMINAL-BOX ALTERNATOR SKID DOOR-LEFT DOOR-RIGHT CANOPY LIFTING-EYE-1"),
    2: ("000000", "General view, off side", [view((0, 0.1, 0.68), 166, 14, 1.95, DOORS, aspect=0.74)],
        "MUFFLER EXHAUST-MANIFOLD STARTER OIL-FILTER LOWER-RADIATOR-HOSE FUEL-TANK ALTERNATOR RAIN-CAP FRAME LIFTING-EYE-3"),
    3: ("000000", "General view, radiator end", [view((-0.3, 0, 0.66), -64, 13, 1.75, DOORS)],
        "RADIATOR RADIATOR-CAP CANOPY FRAME SKID AIR-CLEANER LIFTING-EYE-1 LIFTING-EYE-4"),
    4: ("310000", "Control panel", [view((0.405, -0.38, 0.852), 0, 2, 0.47, OPEN, aspect=0.92)],
        "VOLTMETER AMMETER FREQUENCY-METER OIL-PRESSURE-GAUGE COOLANT-TEMPERATURE-GAUGE FUEL-GAUGE HOUR-METER LOW-OIL-PRESSURE-LAMP OVERHEAT-LAMP BATTERY-CHARGE-LAMP PREHEAT-LAMP MASTER-SWITCH START-BUTTON VOLTAGE-ADJUST-KNOB EMERGENCY-STOP CIRCUIT-BREAKER DC-FUSE PANEL-LIGHT DATA-PLATE"),
    5: ("280000", "Fuel system", [view((-0.10, -0.25, 0.60), -10, 14, 1.0, SHELL + PANEL + OUTPUT + AIR + EXHAUST + CABLES + ["slave_receptacle", "radiator", "radiator_cap", "coolant_drain_cock", "fan", "fan_guard", "upper_radiator_hose", "lower_radiator_hose", "wiring_harness"])],
        "FUEL-TANK FUEL-CAP FUEL-SHUTOFF-VALVE FUEL-LINE-SUPPLY WATER-SEPARATOR LIFT-PUMP FUEL-FILTER-HEAD FUEL-FILTER-ELEMENT FUEL-LINE-FEED INJECTION-PUMP INJECTION-LINE-1 INJECTION-LINE-2 FUEL-LINE-RETURN STOP-SOLENOID"),
    6: ("282100", "Fuel filter", [view((-0.26, -0.26, 0.53), 12, 14, 0.44, SHELL + TANK + AIR)],
        "FUEL-FILTER-HEAD FUEL-FILTER-ELEMENT FUEL-FILTER-BLEED-SCREW FUEL-LINE-FEED"),
    7: ("282200", "Water separator", [view((0.02, -0.34, 0.575), 8, 8, 0.56, OPEN + ["frame"])],
        "WATER-SEPARATOR WATER-SEPARATOR-BOWL WATER-SEPARATOR-DRAIN-COCK FUEL-LINE-SUPPLY FUEL-SHUTOFF-VALVE"),
    8: ("280000", "Bleed points", [view((-0.25, -0.2, 0.50), 8, 22, 0.58, SHELL + TANK + AIR + ["wiring_harness", "fuel_line_supply", "fuel_line_suction"])],
        "LIFT-PUMP-LEVER FUEL-FILTER-BLEED-SCREW FUEL-FILTER-HEAD INJECTION-PUMP INJECTION-LINE-1 INJECTION-LINE-2 INJECTOR-1 INJECTOR-2"),
    9: ("790000", "Lubrication points", [view((-0.25, -0.1, 0.44), -8, 14, 0.62, SHELL + TANK + AIR + FILTER + ["fuel_line_pressure", "fuel_line_feed"], aspect=1.35), view((-0.25, 0.2, 0.40), 172, 16, 0.62, SHELL, aspect=1.35)],
        "OIL-FILL-CAP DIPSTICK OIL-FILTER OIL-DRAIN-PLUG OIL-PRESSURE-SWITCH"),
    10: ("711000", "Air cleaner", [view((-0.30, -0.40, 0.87), 36, 14, 0.86, SHELL + TANK + PANEL, {"air_cleaner_cover": (0, -0.46, 0), "air_cleaner_element": (0, -0.29, 0)}, aspect=0.7)],
        "AIR-CLEANER AIR-CLEANER-COVER AIR-CLEANER-ELEMENT AIR-RESTRICTION-INDICATOR"),
    11: ("243000", "Batteries and cables", [view((0.38, -0.3, 0.30), 10, 26, 0.80, SHELL + OUTPUT + PANEL + TANK + SEPARATOR + LINES + ["alternator", "alternator_cover", "wiring_harness"], aspect=0.72)],
        "BATTERY-1 BATTERY-2 BATTERY-CABLE-POSITIVE BATTERY-CABLE-NEGATIVE BATTERY-JUMPER BATTERY-HOLD-DOWN SLAVE-RECEPTACLE"),
    12: ("244000", "Starter", [view((-0.16, 0.2, 0.34), 202, 16, 0.46, SHELL + EXHAUST)],
        "STARTER STARTER-SOLENOID STARTER-CABLE"),
    13: ("752000", "Fan belt and tensioner", [view((-0.58, -0.06, 0.50), -52, 12, 0.72, SHELL + AIR + TANK + FILTER + LINES + ["radiator", "radiator_cap", "coolant_drain_cock", "upper_radiator_hose", "lower_radiator_hose"], {"fan": (-0.36, 0, 0), "fan_guard": (-0.20, 0, 0)})],
        "FAN-BELT BELT-ADJUSTING-BOLT CHARGING-ALTERNATOR FAN FAN-GUARD"),
    14: ("751000", "Cooling system", [view((-0.52, -0.1, 0.56), 34, 22, 0.86, SHELL + AIR + TANK + FILTER + LINES, aspect=1.35), view((-0.50, 0.1, 0.54), 158, 18, 0.86, SHELL + AIR + EXHAUST + TANK, aspect=1.35)],
        "RADIATOR RADIATOR-CAP UPPER-RADIATOR-HOSE LOWER-RADIATOR-HOSE COOLANT-DRAIN-COCK FAN-GUARD COOLANT-TEMPERATURE-SWITCH"),
    15: ("201000", "Terminal box and alternator", [view((0.43, -0.36, 0.445), 10, 8, 0.46, OPEN + ["frame"], {"terminal_box_cover": (0.02, -0.02, -0.235)}, aspect=1.2), view((0.30, 0, 0.42), 52, 16, 0.80, SHELL + OUTPUT + PANEL + CABLES + SEPARATOR + LINES + TANK + ["slave_receptacle"], aspect=1.2)],
        "TERMINAL-BOX TERMINAL-BOX-COVER LOAD-TERMINAL-L1 LOAD-TERMINAL-L2 LOAD-TERMINAL-N GROUND-STUD VOLTAGE-REGULATOR CONVENIENCE-RECEPTACLE ALTERNATOR ALTERNATOR-COVER"),
    16: ("283000", "Injection pump, lines and injectors", [view((-0.19, -0.18, 0.54), 16, 16, 0.46, SHELL + TANK + AIR + FILTER + ["fuel_line_pressure", "fuel_line_feed", "wiring_harness", "fuel_line_supply", "fuel_line_suction"])],
        "INJECTION-PUMP INJECTION-LINE-1 INJECTION-LINE-2 INJECTOR-1 INJECTOR-2 GOVERNOR-LEVER SPEED-ADJUST-SCREW STOP-SOLENOID"),
}


def icn(number):
    return f"ICN-FGS5-A-{FIGURES[number][0]}-A-{number:05d}-A-001-01"


def node(item):
    return item.lower().replace("-", "_")


def setup():
    """Scene with soft light from everywhere and the passes that lines are drawn from."""
    objects = make_model.build()
    # Clear parts are drawn solid: the passes that lines come from cannot see through them.
    for name in ("clear", "bowl"):
        bpy.data.materials[name].node_tree.nodes["Principled BSDF"].inputs["Alpha"].default_value = 1.0
    s = bpy.context.scene
    s.render.engine = "CYCLES"
    s.cycles.samples = int(os.environ.get("FIGURE_SAMPLES", "8"))
    s.cycles.use_denoising = False
    s.cycles.max_bounces = 4
    s.cycles.transparent_max_bounces = 8
    s.view_settings.view_transform = "Standard"
    s.render.film_transparent = True
    w = bpy.data.worlds.new("studio")
    s.world = w
    w.use_nodes = True
    w.node_tree.nodes["Background"].inputs[1].default_value = 1.15
    w.node_tree.nodes["Background"].inputs[0].default_value = (1, 1, 1, 1)
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sun.data.energy, sun.data.angle = 1.6, 0.35
    bpy.context.collection.objects.link(sun)
    cam = bpy.data.objects.new("cam", bpy.data.cameras.new("cam"))
    bpy.context.collection.objects.link(cam)
    cam.data.clip_start = 0.05
    s.camera = cam
    for i, (_, o) in enumerate(sorted(objects.items()), 1):
        o.pass_index = i
    layer = bpy.context.view_layer
    layer.use_pass_z = layer.use_pass_normal = layer.use_pass_object_index = True
    s.use_nodes = True
    t = s.node_tree
    t.nodes.clear()
    rl = t.nodes.new("CompositorNodeRLayers")
    out = t.nodes.new("CompositorNodeOutputFile")
    out.base_path = bpy.app.tempdir
    out.format.file_format = "OPEN_EXR"
    out.format.color_depth = "32"
    out.file_slots.clear()
    for name, socket in (("image", "Image"), ("z", "Depth"), ("normal", "Normal"), ("index", "IndexOB")):
        out.file_slots.new(name)
        t.links.new(rl.outputs[socket], out.inputs[name])
    return objects, cam, sun


def read(name, w, h):
    im = bpy.data.images.load(os.path.join(bpy.app.tempdir, f"{name}0001.exr"), check_existing=False)
    im.colorspace_settings.name = "Non-Color"
    px = np.empty(w * h * 4, np.float32)
    im.pixels.foreach_get(px)
    bpy.data.images.remove(im)
    return px.reshape(h, w, 4)[::-1]


def shoot(objects, cam, sun, v, w, h):
    """Renders one view at twice the size: (grey, ink, part index) arrays."""
    s = bpy.context.scene
    for name, o in objects.items():
        o.hide_render = name in v["hide"]
    for name, d in v["move"].items():
        objects[name].location += Vector(d)
    az, el = math.radians(v["az"]), math.radians(v["el"])
    d = Vector((math.sin(az) * math.cos(el), -math.cos(az) * math.cos(el), math.sin(el)))
    dist = v["width"] / 2 / math.tan(math.radians(FOV_DEG) / 2)
    cam.location = Vector(v["target"]) + d * dist
    cam.rotation_euler = d.to_track_quat("Z", "Y").to_euler()
    cam.data.sensor_fit = "HORIZONTAL"
    cam.data.angle = math.radians(FOV_DEG)
    up = Vector((0, 0, 1))
    key = (d + up * 0.9 + d.cross(up) * 0.7).normalized()
    sun.rotation_euler = key.to_track_quat("Z", "Y").to_euler()
    s.render.resolution_x, s.render.resolution_y = 2 * w, 2 * h
    s.frame_set(1)
    bpy.ops.render.render()
    for name, dd in v["move"].items():
        objects[name].location -= Vector(dd)
    rgb = read("image", 2 * w, 2 * h)[..., :3]
    z, n, idx = read("z", 2 * w, 2 * h)[..., 0], read("normal", 2 * w, 2 * h)[..., :3], read("index", 2 * w, 2 * h)[..., 0]
    idx = np.rint(idx).astype(int)
    lum = np.clip(rgb @ np.array([0.30, 0.59, 0.11]), 0, 1) ** 0.45
    # Ink where depth, normal or part changes.
    z = np.where(idx > 0, np.minimum(z, dist * 3), dist * 3)
    n = np.where((idx > 0)[..., None], n, np.array([0.0, 0.0, 1.0]))
    ink = np.zeros(lum.shape)
    for ax in (0, 1):
        dz = np.abs(np.diff(z, axis=ax)) / dist
        dn = 1 - np.clip(np.sum(n * np.roll(n, -1, axis=ax), axis=2), -1, 1)
        dn = dn[:-1, :] if ax == 0 else dn[:, :-1]
        di = np.diff(idx, axis=ax) != 0
        e = np.maximum(np.clip(dz * 60 - 0.25, 0, 1), np.clip(dn * 1.5 - 0.35, 0, 0.8))
        e = np.maximum(e, di * 0.95)
        if ax == 0:
            ink[:-1] = np.maximum(ink[:-1], e)
        else:
            ink[:, :-1] = np.maximum(ink[:, :-1], e)
    return lum, ink, idx


def tone(lum, ink, idx, named, w, h):
    """An RGB picture: named parts tinted, the rest faded, lines in ink."""
    g = 0.22 + 0.78 * np.clip(lum * 1.05, 0, 1)
    mask = np.asarray(Image.fromarray((np.isin(idx, named) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.0)), float) / 255
    faded = 0.52 + 0.48 * g
    rgb = np.stack([faded] * 3, axis=2)
    tint = np.stack([np.clip(g * t, 0, 1) for t in TINT], axis=2)
    rgb = rgb * (1 - mask[..., None]) + tint * mask[..., None]
    rgb[idx == 0] = 1.0
    strength = 0.40 + 0.52 * mask
    rgb = rgb * (1 - (ink * strength)[..., None])
    im = Image.fromarray((np.clip(rgb, 0, 1) * 255).astype(np.uint8))
    return im.resize((w, h), Image.LANCZOS)


TINT = (0.86, 0.95, 1.06)


def palette(levels):
    """Greys and tints in even steps: every figure has the same black, white and tones."""
    im = Image.new("P", (1, 1))
    colors = []
    for i in range(levels):
        g = 255 * i / (levels - 1)
        colors += [round(g)] * 3
        colors += [min(255, round(g * t)) for t in TINT]
    im.putpalette(colors + [255] * (768 - len(colors)))
    return im


def anchor(mask):
    """The innermost pixel of a part's visible area, (x, y), or None; with its depth inside and its pixel count."""
    if mask.sum() < 12:
        return None
    m = mask.copy()
    last = m
    depth = 0
    while m.any():
        last = m
        p = np.pad(m, 1)
        m = m & p[:-2, 1:-1] & p[2:, 1:-1] & p[1:-1, :-2] & p[1:-1, 2:]
        depth += 1
    ys, xs = np.nonzero(last)
    cy, cx = np.nonzero(mask)
    k = int(np.argmin((xs - cx.mean()) ** 2 + (ys - cy.mean()) ** 2))
    return (xs[k], ys[k]), depth, int(mask.sum())


def place(points, w, h):
    """Numbers into a left and a right column, in order of height: {n: (side, y)}."""
    left = sorted((n for n, (x, _) in points.items() if x < w / 2), key=lambda n: points[n][1])
    right = sorted((n for n in points if n not in left), key=lambda n: points[n][1])
    room = int((h - 40) / 31)
    while len(left) > room:
        n = max(left, key=lambda k: points[k][0])
        left.remove(n)
        right.append(n)
    while len(right) > room:
        n = min(right, key=lambda k: points[k][0])
        right.remove(n)
        left.append(n)
    out = {}
    for side, col in (("l", left), ("r", right)):
        col.sort(key=lambda n: points[n][1])
        ys = [float(points[n][1]) for n in col]
        gap = 31
        for _ in range(200):
            for i in range(len(ys) - 1):
                d = gap - (ys[i + 1] - ys[i])
                if d > 0:
                    ys[i] -= d / 2
                    ys[i + 1] += d / 2
            if ys and ys[0] < 22:
                ys[0] = 22
            if ys and ys[-1] > h - 22:
                ys[-1] = h - 22
        for n, y in zip(col, ys):
            out[n] = (side, y)
    return out


def figure(number, objects, cam, sun):
    """Makes one figure; returns [(callout, item, x, y)]."""
    _, caption, views, items = FIGURES[number]
    items = [(k, i) for k, i in enumerate(items.split(), 1) if i != "-"]
    inner = WIDTH - 2 * MARGIN
    gutter = 16 if len(views) > 1 else 0
    vw = (inner - gutter * (len(views) - 1)) // len(views)
    vh = int(round(vw * views[0]["aspect"]))
    page = Image.new("RGB", (WIDTH, vh + 2 * TOP), "white")
    best = {}
    named = [objects[node(i)].pass_index for _, i in items]
    for k, v in enumerate(views):
        lum, ink, idx = shoot(objects, cam, sun, v, vw, vh)
        x0 = MARGIN + k * (vw + gutter)
        page.paste(tone(lum, ink, idx, named, vw, vh), (x0, TOP))
        small = idx[::2, ::2]
        for n, item in items:
            a = anchor(small == objects[node(item)].pass_index)
            if a and (n not in best or a[1] * a[2] > best[n][1]):
                best[n] = ((x0 + int(a[0][0]), TOP + int(a[0][1])), a[1] * a[2])
    missing = [f"{n} {i}" for n, i in items if n not in best]
    if missing:
        print(f"FIGURE {number}: not visible: {', '.join(missing)}")
    points = {n: p for n, (p, _) in best.items()}
    # Leaders and numbers at three times the size, then down.
    k = 3
    big = page.resize((WIDTH * k, page.height * k), Image.BICUBIC)
    d = ImageDraw.Draw(big)
    where = place(points, WIDTH, page.height)
    for n, (side, y) in where.items():
        nx = 30 if side == "l" else WIDTH - 30
        tx, ty = points[n]
        sx = nx + (17 if side == "l" else -17)
        for width, ink in ((4.2, "white"), (1.5, "black")):
            d.line([(sx * k, y * k), (tx * k, ty * k)], ink, int(width * k))
        d.ellipse([(tx - 4.4) * k, (ty - 4.4) * k, (tx + 4.4) * k, (ty + 4.4) * k], "white")
        d.ellipse([(tx - 3.0) * k, (ty - 3.0) * k, (tx + 3.0) * k, (ty + 3.0) * k], "black")
    for n, (side, y) in where.items():
        nx = 30 if side == "l" else WIDTH - 30
        d.ellipse([(nx - 14) * k, (y - 14) * k, (nx + 14) * k, (y + 14) * k], "white", "black", int(1.4 * k))
        d.text((nx * k, y * k), str(n), "black", font(17 * k), "mm")
    page = big.resize((WIDTH, page.height), Image.LANCZOS)
    os.makedirs(OUT, exist_ok=True)
    path = os.path.join(OUT, icn(number) + ".PNG")
    for levels in (36, 24, 16):
        page.quantize(palette=palette(levels), dither=Image.Dither.NONE).save(path, format="PNG", optimize=True)
        if os.path.getsize(path) < 118_000:
            break
    print(f"FIGURE {number} {caption}: {os.path.getsize(path) // 1024} KiB, {page.width}x{page.height}")
    return [(n, i, *points[n]) for n, i in items if n in points], page.size


HEAD = """# Figures of the FGS-5 manual

Rendered from the model by `assets/equipment/fgs-5/make_figures.py`; do not edit. Positions are pixels from the top left of the picture,
at the point of the part that the leader touches.

"""


def table(results):
    """The README of the figures' folder: the sections of `results` are new, the others stay."""
    path = os.path.join(OUT, "README.md")
    sections = {}
    if os.path.exists(path):
        for part in open(path, encoding="utf-8").read().split("\n## ")[1:]:
            sections[part.split("\n", 1)[0].strip()] = "## " + part.rstrip() + "\n"
    for n, (rows, size) in results.items():
        lines = [f"## {icn(n)}", "", f"{FIGURES[n][1]}, {size[0]} x {size[1]} px.", "", "| Callout | Functional item | x | y |", "|---|---|---|---|"]
        sections[icn(n)] = "\n".join(lines + [f"| {k} | {item} | {x} | {y} |" for k, item, x, y in rows]) + "\n"
    with open(path, "w", encoding="utf-8") as f:
        f.write(HEAD + "\n".join(sections[icn(n)] for n in sorted(FIGURES) if icn(n) in sections))


def main():
    argv = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    wanted = [int(a) for a in argv] or sorted(FIGURES)
    objects, cam, sun = setup()
    table({n: figure(n, objects, cam, sun) for n in wanted})


if __name__ == "__main__":
    main()
