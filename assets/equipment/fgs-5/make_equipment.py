"""Writes equipment.ron: functional items -> nodes, motions, views, fiducials.

Run: python3 make_equipment.py   (plain Python; no Blender)
Names and part numbers come from the publication in manuals/fgs-5, positions of the fiducials from layout.py; what moves how, and
where to stand, is said here. Axes are glTF: +Y up, +Z out of the service side, +X towards the control end.
"""

import glob
import math
import os
import re
import sys
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import layout  # noqa: E402

MANUAL = os.path.join(HERE, "..", "..", "..", "manuals", "fgs-5")

PX, NX, PY, NY, PZ, NZ = (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)
Q = math.pi / 2


def unscrew(axis, turns, distance):
    return f"Unscrew(axis: {v3(axis)}, turns: {num(turns)}, distance_m: {num(distance)})"


def turn(axis, angle):
    return f"Turn(axis: {v3(axis)}, angle_rad: {num(angle)})"


def slide(axis, distance):
    return f"Slide(axis: {v3(axis)}, distance_m: {num(distance)})"


def press(axis, distance):
    return f"Press(axis: {v3(axis)}, distance_m: {num(distance)})"


def num(x):
    s = f"{x:.5f}".rstrip("0")
    return s + "0" if s.endswith(".") else s


def v3(v):
    return "(" + ", ".join(num(c) for c in v) + ")"


# Where to stand: eye, target. Service side unless said otherwise.
VIEWS = {
    "overview": ((-0.35, 1.55, 2.45), (0.0, 0.62, 0.0)),
    "overview-left": ((-1.15, 1.50, 2.15), (-0.05, 0.60, 0.0)),
    "overview-right": ((1.15, 1.50, 2.15), (0.05, 0.60, 0.0)),
    "engine": ((-0.30, 0.85, 1.15), (-0.25, 0.50, 0.15)),
    "control-panel": ((0.40, 0.95, 1.10), (0.40, 0.86, 0.38)),
    "fuel-filter": ((-0.28, 0.66, 0.95), (-0.27, 0.53, 0.26)),
    "water-separator": ((0.10, 0.62, 1.10), (0.13, 0.49, 0.36)),
    "fuel-tank": ((-0.06, 1.02, 1.05), (-0.04, 0.80, 0.30)),
    "lift-pump": ((-0.32, 0.52, 1.00), (-0.30, 0.36, 0.20)),
    "injection-pump": ((-0.24, 0.72, 1.02), (-0.20, 0.48, 0.20)),
    "injectors": ((-0.30, 0.98, 0.98), (-0.26, 0.62, 0.15)),
    "oil-drain": ((-0.26, 0.45, 0.98), (-0.25, 0.28, 0.16)),
    "valve-cover": ((-0.32, 1.00, 1.00), (-0.28, 0.68, 0.10)),
    "belt": ((-0.22, 0.74, 1.05), (-0.42, 0.54, 0.20)),
    "air-cleaner": ((-0.30, 0.98, 1.12), (-0.30, 0.84, 0.32)),
    "radiator": ((-0.45, 1.02, 1.15), (-0.55, 0.76, 0.22)),
    "coolant-drain": ((-0.45, 0.56, 1.15), (-0.50, 0.38, 0.30)),
    "batteries": ((0.33, 0.72, 1.02), (0.33, 0.30, 0.35)),
    "terminal-box": ((0.46, 0.64, 1.05), (0.46, 0.50, 0.37)),
    "slave-receptacle": ((0.62, 0.62, 1.02), (0.62, 0.48, 0.40)),
    "alternator": ((0.62, 0.70, 1.10), (0.25, 0.40, 0.20)),
    "control-end": ((1.75, 0.95, 0.05), (0.75, 0.72, 0.0)),
    "off-side": ((-0.15, 1.10, -1.75), (-0.20, 0.62, -0.20)),
    "starter": ((-0.16, 0.62, -1.20), (-0.16, 0.36, -0.25)),
    "oil-filter": ((-0.24, 0.60, -1.20), (-0.24, 0.36, -0.25)),
    "muffler": ((-0.10, 1.20, -1.45), (-0.12, 1.02, -0.30)),
    "radiator-end": ((-2.10, 1.25, 0.30), (-0.70, 0.80, 0.0)),
    "roof": ((-0.60, 1.85, 1.60), (-0.10, 1.20, 0.0)),
}

# item: (view, fasteners, {motion: text}). Axes are in the part's own frame, which is the equipment's (doors: turned about Y).
HEX = {"remove": unscrew(PZ, 4, 0.08), "loosen": unscrew(PZ, 1, 0.0015)}
PARTS = {
    "skid": ("overview", None, {}),
    "lifting-eye-1": ("roof", "4 × M8 bolt", {}),
    "lifting-eye-2": ("roof", "4 × M8 bolt", {}),
    "lifting-eye-3": ("roof", "4 × M8 bolt", {}),
    "lifting-eye-4": ("roof", "4 × M8 bolt", {}),
    "frame": ("overview", None, {}),
    "canopy": ("overview", "12 × M6 bolt", {"remove": slide(PY, 0.4)}),
    "door-left": ("overview", None, {"close": turn(PY, 2.6529)}),
    "door-right": ("overview", None, {"close": turn(PY, -2.6529)}),
    "battery-1": ("batteries", None, {"remove": slide(PY, 0.25)}),
    "battery-2": ("batteries", None, {"remove": slide(PY, 0.25)}),
    "battery-hold-down": ("batteries", "2 × M8 nut", {"remove": slide(PY, 0.15)}),
    "battery-cable-positive": ("batteries", "M8 clamp nut", {"remove": slide(PY, 0.09)}),
    "battery-cable-negative": ("batteries", "M8 clamp nut", {"remove": slide(PY, 0.09)}),
    "battery-jumper": ("batteries", "2 × M8 clamp nut", {"remove": slide(PY, 0.09)}),
    "slave-receptacle": ("slave-receptacle", "4 × M5 bolt", {"remove": slide(PZ, 0.12)}),
    "engine-block": ("engine", None, {}),
    "valve-cover": ("valve-cover", "6 × M6 bolt", {"remove": slide(PY, 0.1)}),
    "injector-1": ("injectors", "M8 clamp nut", {"remove": slide((0, 0.95783, 0.28735), 0.12)}),
    "injector-2": ("injectors", "M8 clamp nut", {"remove": slide((0, 0.95783, 0.28735), 0.12)}),
    "injection-pump": ("injection-pump", "4 × M8 bolt", {"remove": slide(PZ, 0.2)}),
    "injection-line-1": ("injectors", "2 × union nut", {"remove": slide(PZ, 0.12), "loosen": slide(PY, 0.004)}),
    "injection-line-2": ("injectors", "2 × union nut", {"remove": slide(PZ, 0.12), "loosen": slide(PY, 0.004)}),
    "governor-lever": ("injection-pump", None, {"turn": turn(PZ, 0.5), "move": turn(PZ, 0.5)}),
    "speed-adjust-screw": ("injection-pump", "locknut", {"turn": turn(NX, 2 * math.pi), "adjust": turn(NX, 2 * math.pi), "loosen": turn(NX, math.pi)}),
    "stop-solenoid": ("injection-pump", None, {"remove": unscrew(NY, 5, 0.09), "loosen": unscrew(NY, 1, 0.0015)}),
    "lift-pump": ("lift-pump", "2 × M8 bolt", {"remove": slide(PZ, 0.15), "loosen": slide(PZ, 0.003)}),
    "lift-pump-lever": ("lift-pump", None, {"pump": turn(PZ, -0.7), "press": turn(PZ, -0.7), "pull": turn(PZ, -0.7), "move": turn(PZ, -0.7)}),
    "fuel-tank": ("fuel-tank", "2 × strap", {"remove": slide(PZ, 0.3)}),
    "fuel-cap": ("fuel-tank", None, {"remove": unscrew(PY, 1, 0.1), "open": unscrew(PY, 1, 0.1), "loosen": unscrew(PY, 0.5, 0.001)}),
    "fuel-shutoff-valve": ("fuel-tank", None, {"close": turn(PZ, -Q), "turn": turn(PZ, -Q)}),
    "fuel-filter-head": ("fuel-filter", "2 × M8 bolt", {"remove": slide(PZ, 0.15)}),
    "fuel-filter-element": ("fuel-filter", None, {"remove": unscrew(NY, 3, 0.12), "loosen": unscrew(NY, 1, 0.002)}),
    "fuel-filter-bleed-screw": ("fuel-filter", None, {"remove": unscrew(PY, 4, 0.04), "loosen": unscrew(PY, 1, 0.0015), "open": unscrew(PY, 1, 0.0015)}),
    "water-separator": ("water-separator", "2 × M6 bolt", {"remove": slide(PZ, 0.15)}),
    "water-separator-bowl": ("water-separator", None, {"remove": unscrew(NY, 2, 0.07), "loosen": unscrew(NY, 0.5, 0.001)}),
    "water-separator-drain-cock": ("water-separator", None, {"open": turn(PZ, Q), "turn": turn(PZ, Q)}),
    "fuel-line-supply": ("water-separator", "2 × union", {"remove": slide(PZ, 0.1)}),
    "fuel-line-feed": ("fuel-filter", "2 × union", {"remove": slide(PZ, 0.1)}),
    "fuel-line-return": ("injectors", None, {"remove": slide(PY, 0.1)}),
    "oil-filter": ("oil-filter", None, {"remove": unscrew(NZ, 3, 0.16), "loosen": unscrew(NZ, 1, 0.002)}),
    "oil-drain-plug": ("oil-drain", None, {"remove": unscrew(PZ, 5, 0.07), "loosen": unscrew(PZ, 1, 0.0015)}),
    "dipstick": ("oil-drain", None, {"remove": slide(PY, 0.22), "pull": slide(PY, 0.22)}),
    "oil-fill-cap": ("valve-cover", None, {"remove": unscrew(PY, 0.25, 0.07), "open": unscrew(PY, 0.25, 0.07)}),
    "oil-pressure-switch": ("oil-drain", None, HEX),
    "starter": ("starter", "2 × M10 bolt", {"remove": slide(NX, 0.15), "loosen": slide(NX, 0.003)}),
    "starter-solenoid": ("starter", None, {"remove": slide(NX, 0.12)}),
    "starter-cable": ("starter", "M8 nut", {"remove": slide(NX, 0.06)}),
    "air-cleaner": ("air-cleaner", "2 × strap", {"remove": slide(PZ, 0.25)}),
    "air-cleaner-cover": ("air-cleaner", "4 × clip", {"remove": slide(PZ, 0.18), "open": slide(PZ, 0.18)}),
    "air-cleaner-element": ("air-cleaner", None, {"remove": slide(PZ, 0.30), "pull": slide(PZ, 0.30)}),
    "air-restriction-indicator": ("air-cleaner", None, {"press": press((-0.71698, -0.69710, 0), 0.005), "remove": unscrew((0.71698, 0.69710, 0), 3, 0.07)}),
    "exhaust-manifold": ("muffler", "4 × M7 nut", {"remove": slide(NZ, 0.15)}),
    "muffler": ("muffler", "2 × strap", {"remove": slide(NZ, 0.2)}),
    "rain-cap": ("roof", None, {"open": turn(NZ, 1.2), "lift": turn(NZ, 1.2)}),
    "radiator": ("radiator", "6 × M6 bolt", {"remove": slide(NX, 0.3)}),
    "radiator-cap": ("radiator", None, {"remove": unscrew(PY, 0.25, 0.08), "loosen": turn(PY, 0.785), "open": unscrew(PY, 0.25, 0.08)}),
    "coolant-drain-cock": ("coolant-drain", None, {"open": turn(PZ, Q), "turn": turn(PZ, Q)}),
    "upper-radiator-hose": ("radiator", "2 × hose clamp", {"remove": slide(PZ, 0.15)}),
    "lower-radiator-hose": ("off-side", "2 × hose clamp", {"remove": slide(NZ, 0.15)}),
    "coolant-temperature-switch": ("valve-cover", None, HEX),
    "fan": ("belt", "4 × M6 bolt", {"remove": slide(NX, 0.1), "turn": turn(PX, 1.0)}),
    "fan-guard": ("belt", "4 × M6 bolt", {"remove": slide(PX, 0.1)}),
    "fan-belt": ("belt", None, {"remove": slide(NX, 0.12)}),
    "belt-adjusting-bolt": ("belt", None, {"loosen": unscrew(NX, 1, 0.0015), "remove": unscrew(NX, 6, 0.05)}),
    "charging-alternator": ("belt", "M8 pivot bolt, M10 adjusting bolt", {"pull": turn(PX, 0.08), "push": turn(PX, -0.08), "remove": slide(PZ, 0.2)}),
    "alternator": ("alternator", None, {}),
    "alternator-cover": ("control-end", "4 × M8 bolt", {"remove": slide(PX, 0.2)}),
    "voltage-regulator": ("terminal-box", "4 × M4 screw", {"remove": slide(PZ, 0.2)}),
    "terminal-box": ("terminal-box", None, {}),
    "terminal-box-cover": ("terminal-box", "4 × captive screw", {"remove": slide(PZ, 0.2), "open": slide(PZ, 0.2)}),
    "load-terminal-l1": ("terminal-box", "wing nut", {"loosen": turn(PZ, 2 * math.pi), "remove": unscrew(PZ, 5, 0.04)}),
    "load-terminal-l2": ("terminal-box", "wing nut", {"loosen": turn(PZ, 2 * math.pi), "remove": unscrew(PZ, 5, 0.04)}),
    "load-terminal-n": ("terminal-box", "wing nut", {"loosen": turn(PZ, 2 * math.pi), "remove": unscrew(PZ, 5, 0.04)}),
    "ground-stud": ("terminal-box", "wing nut", {"loosen": turn(PZ, 2 * math.pi), "remove": unscrew(PZ, 5, 0.04)}),
    "convenience-receptacle": ("terminal-box", "2 × M3 screw", {"remove": slide(PZ, 0.1)}),
    "control-box": ("control-panel", None, {}),
    "control-panel": ("control-panel", "5 × quarter-turn fastener", {"open": slide(PZ, 0.15), "remove": slide(PZ, 0.15)}),
    "master-switch": ("control-panel", None, {"preheat": turn(PZ, -Q / 2), "run": turn(PZ, -Q), "turn": turn(PZ, -Q)}),
    "start-button": ("control-panel", None, {"press": press(NZ, 0.006), "push": press(NZ, 0.006)}),
    "emergency-stop": ("control-panel", None, {"press": press(NZ, 0.008), "push": press(NZ, 0.008), "pull": slide(PZ, 0.008)}),
    "voltage-adjust-knob": ("control-panel", None, {"turn": turn(PZ, -0.8), "adjust": turn(PZ, -0.8)}),
    "circuit-breaker": ("control-panel", None, {"on": turn(PX, -0.9), "turn-on": turn(PX, -0.9), "turn": turn(PX, -0.9)}),
    "dc-fuse": ("control-panel", None, {"remove": unscrew(PZ, 0.25, 0.06), "turn": turn(PZ, Q)}),
    "panel-light": ("control-panel", None, {}),
}
for _i in ("voltmeter", "ammeter", "frequency-meter", "oil-pressure-gauge", "coolant-temperature-gauge", "fuel-gauge", "hour-meter", "data-plate"):
    PARTS[_i] = ("control-panel", None, {"remove": slide(PZ, 0.1)} if _i != "data-plate" else {})
for _i in ("low-oil-pressure-lamp", "overheat-lamp", "battery-charge-lamp", "preheat-lamp"):
    PARTS[_i] = ("control-panel", None, {"remove": unscrew(PZ, 2, 0.05), "press": press(NZ, 0.002)})

MOUNTED_ON = {
    0: "radiator shroud, upper", 1: "radiator shroud, lower", 2: "center post, upper", 3: "center post, lower", 4: "fuel tank cradle",
    5: "control bulkhead post, upper", 6: "control-end post, upper", 7: "control-end post, middle", 8: "control-end post, lower",
    9: "roof rail, radiator end", 10: "roof rail, control end", 11: "skid, engine half", 12: "skid, battery half",
    13: "end panel, service half", 14: "end panel, off half", 15: "off-side center post, upper", 16: "off-side roof rail, radiator end",
    17: "off-side roof rail, control end", 18: "radiator shroud, middle", 19: "center post, middle", 20: "control bulkhead post, lower",
    21: "control-end post, upper middle", 22: "radiator shroud, off side", 23: "off-side center post, lower", 24: "off-side skid",
    25: "radiator-end roof rail, off half", 26: "radiator-end roof rail, service half",
}


def strip_ns(tag):
    return tag.rsplit("}", 1)[-1]


def manual_data():
    """(names, part numbers) by functional item, lower case, from the publication's repositories and parts data."""
    names, numbers = {}, {}
    for path in sorted(glob.glob(os.path.join(MANUAL, "DMC-*.XML"))):
        root = ET.parse(path).getroot()
        for spec in root.iter():
            t = strip_ns(spec.tag)
            if t in ("functionalItemSpec", "controlIndicatorSpec"):
                number = next((v for e in spec.iter() for k, v in e.attrib.items() if k in ("functionalItemNumber", "controlIndicatorNumber")), None)
                name = next(("".join(e.itertext()).strip() for e in spec.iter() if strip_ns(e.tag) in ("name", "controlIndicatorName")), None)
                if number and name:
                    names[number.lower()] = name
            if t == "catalogSeqNumber":
                for seq in spec:
                    if strip_ns(seq.tag) != "itemSeqNumber":
                        continue
                    part = item = None
                    model = None
                    for e in seq.iter():
                        et = strip_ns(e.tag)
                        if et == "partRef":
                            part = part or e.get("partNumberValue")
                        if et == "functionalItemRef":
                            item = item or e.get("functionalItemNumber")
                        if et == "controlIndicatorRef":
                            item = item or e.get("controlIndicatorNumber")
                        if et == "assert" and e.get("applicPropertyIdent") == "model":
                            model = e.get("applicPropertyValues")
                        ref = e.get("applicRefId")
                        if ref:
                            target = next((a for a in root.iter() if a.get("id") == ref), None)
                            if target is not None:
                                values = [a.get("applicPropertyValues") for a in target.iter() if strip_ns(a.tag) == "assert"]
                                model = values[0] if len(values) == 1 else None
                    if part and item:
                        entry = (model, part)
                        got = numbers.setdefault(item.lower(), [])
                        if entry not in got:
                            got.append(entry)
    return names, numbers


def quote(s):
    return '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main():
    names, numbers = manual_data()
    out = ["// Written by make_equipment.py; change that and run it again.", "("]
    out += [
        '    name: "fgs-5",',
        '    title: "Generator Set, Diesel Engine Driven, 5 kW, FGS-5",',
        '    manual: "fgs-5",',
        '    model: "model.glb",',
        '    known_as: ["fgs-5", "fgs5", "fgs 5", "generator", "generator set", "genset", "gen set", "generator end", "5 kw set", "field generator", "diesel generator"],',
        "    parts: {",
    ]
    for item in sorted(PARTS):
        view, fasteners, motions = PARTS[item]
        assert view in VIEWS, f"{item}: no view {view}"
        name = names.get(item) or item.replace("-", " ").capitalize()
        out.append(f"        {quote(item)}: (")
        out.append(f"            node: {quote(item.replace('-', '_'))},")
        out.append(f"            name: {quote(name[0].upper() + name[1:])},")
        if item in numbers:
            entries = []
            for model, n in numbers[item]:
                when = f'Some(("model", {quote(model)}))' if model else "None"
                entries.append(f"(when: {when}, number: {quote(n)})")
            out.append(f"            part_numbers: [{', '.join(entries)}],")
        if motions:
            out.append("            motions: {" + ", ".join(f"{quote(k)}: {m}" for k, m in sorted(motions.items())) + "},")
        if fasteners:
            out.append(f"            fasteners: Some({quote(fasteners)}),")
        out.append(f"            view: Some({quote(view)}),")
        out.append("        ),")
    out += ["    },", "    fiducials: ["]
    for i, (x, y, z, rot) in sorted(layout.TAGS.items()):
        t, q = layout.gltf((x, y, z)), layout.tag_rotation_gltf(rot)
        q = "(" + ", ".join(f"{c:.8f}" for c in q) + ")"
        out.append(f'        (family: "tag36h11", id: {i}, tag_size_m: {layout.TAG_SIZE_M:.2f}, translation: {v3(t)}, rotation: {q}, mounted_on: {quote(MOUNTED_ON[i])}),')
    out += ["    ],", "    views: {"]
    for k, (eye, target) in sorted(VIEWS.items()):
        out.append(f"        {quote(k)}: (eye: {v3(eye)}, target: {v3(target)}),")
    out += ["    },", "    step_motions: [],", ")", ""]
    path = os.path.join(HERE, "equipment.ron")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out))
    unnamed = sorted(set(PARTS) - set(names))
    extra = sorted(set(names) - set(PARTS))
    print(f"EQUIPMENT {len(PARTS)} parts, {len(layout.TAGS)} fiducials, {sum(len(v) for v in numbers.values())} part numbers")
    if unnamed:
        print("  not named in the publication:", ", ".join(unnamed))
    if extra:
        print("  in the publication, not here:", ", ".join(extra))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        MANUAL = sys.argv[1]
    main()
