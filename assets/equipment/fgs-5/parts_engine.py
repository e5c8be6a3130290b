"""Engine, starter, cooling, belt drive, air and exhaust."""

import math

from mathutils import Matrix, Vector

from kit import X, Y, Z, Part, frame as axes, rounded, vec

# Crankshaft and alternator axis height; water pump and fan axis height.
CRANK_Z, FAN_Z = 0.380, 0.545
BELT_X = -0.478
# Pulleys in the belt plane: (y, z, radius), counterclockwise as the belt passes them seen from +X.
PULLEYS = {"crank": (0.0, CRANK_Z, 0.066), "pump": (0.0, FAN_Z, 0.046), "charge": (-0.208, 0.525, 0.033)}


def block(lab):
    p = Part("engine_block", (-0.23, 0, 0.38))
    e = "engine"
    p.span((-0.405, -0.115, 0.172), (-0.055, 0.115, 0.268), "black_paint", 0.022, 3)
    p.span((-0.415, -0.132, 0.262), (-0.045, 0.132, 0.276), e, 0.003)
    for x in [-0.395 + 0.048 * i for i in range(8)]:
        for s in (-1, 1):
            p.bolt((x, 0.124 * s, 0.262), -Z, 0.006)
    p.span((-0.420, -0.130, 0.276), (-0.040, 0.130, 0.520), e, 0.014, 3)
    # Cast bosses and ribs on both sides; core plugs.
    for s in (-1, 1):
        p.box((-0.23, 0.131 * s, 0.415), (0.34, 0.014, 0.012), e, 0.005)
        p.box((-0.23, 0.131 * s, 0.300), (0.36, 0.016, 0.020), e, 0.006)
        for x in (-0.395, -0.245, -0.065):
            p.box((x, 0.131 * s, 0.40), (0.022, 0.016, 0.22), e, 0.007)
        for x in (-0.315, -0.155):
            y = 0.1295 * s
            p.ring((x, y, 0.462), Y * s, 0.018, 0.026, 0.006, e, 0.002, 24)
            p.lathe((x, y, 0.462), Y * s, [(0.0185, 0.001), (0.012, -0.001), (0, -0.002)], "zinc", 24)
    # Head, gasket, studs.
    p.span((-0.412, -0.126, 0.5195), (-0.048, 0.126, 0.5225), "steel", 0)
    p.span((-0.412, -0.122, 0.5225), (-0.048, 0.122, 0.600), e, 0.010, 3)
    for x in (-0.400, -0.315, -0.230, -0.145, -0.060):
        for y in (-0.108, 0.108):
            p.bolt((x, y, 0.600), Z, 0.009)
    # Mount arms down to the isolators.
    for x in (-0.36, -0.09):
        for s in (-1, 1):
            p.box((x, 0.150 * s, 0.245), (0.06, 0.07, 0.012), e, 0.004)
            p.box((x, 0.165 * s, 0.218), (0.06, 0.012, 0.062), e, 0.004)
            p.box((x, 0.165 * s, 0.193), (0.064, 0.052, 0.012), e, 0.004)
            p.bolt((x, 0.140 * s, 0.251), Z, 0.008)
    # Timing cover.
    p.box((-0.437, 0, 0.405), (0.036, 0.232, 0.265), e, 0.014, 3)
    p.cyl((-0.440, 0, CRANK_Z), (-0.462, 0, CRANK_Z), 0.046, e, 0.006)
    for y, z in ((-0.105, 0.29), (0.105, 0.29), (-0.105, 0.40), (0.105, 0.40), (-0.105, 0.52), (0.105, 0.52), (0, 0.285)):
        p.bolt((-0.455, y, z), -X, 0.006)
    # Water pump.
    p.cyl((-0.415, 0, FAN_Z), (-0.462, 0, FAN_Z), 0.050, e, 0.008)
    p.box((-0.435, 0.05, FAN_Z - 0.01), (0.04, 0.07, 0.05), e, 0.012, 3)
    p.cyl((-0.435, 0.07, FAN_Z - 0.015), (-0.435, 0.118, FAN_Z - 0.030), 0.019, e, 0.003)
    # Pulleys with grooves: crank and pump belong to the engine.
    for key in ("crank", "pump"):
        y, z, r = PULLEYS[key]
        prof = [(0, -0.012), (r * 0.5, -0.012), (r * 0.6, -0.006), (r * 0.8, -0.006), (r + 0.004, -0.010), (r + 0.004, -0.008), (r - 0.005, -0.0025), (r - 0.005, 0.0025), (r + 0.004, 0.008), (r + 0.004, 0.010), (0, 0.012)]
        p.lathe((BELT_X, y, z), X, prof, "black_paint", 40)
        p.bolt((BELT_X - 0.012, y, z), -X, 0.014 if key == "crank" else 0.007)
    p.cyl((BELT_X, 0, FAN_Z), (-0.455, 0, FAN_Z), 0.014, "steel")
    p.cyl((BELT_X, 0, CRANK_Z), (-0.455, 0, CRANK_Z), 0.018, "steel")
    # Thermostat housing and outlet neck.
    p.box((-0.395, -0.02, 0.622), (0.075, 0.085, 0.046), e, 0.012, 3)
    p.cyl((-0.42, -0.02, 0.630), (-0.462, -0.02, 0.642), 0.0185, e, 0.003)
    for y in (-0.055, 0.015):
        p.bolt((-0.372, y, 0.645), Z, 0.006)
    # Bell housing.
    p.lathe((-0.045, 0, CRANK_Z), X, [(0, 0), (0.150, 0), (0.158, 0.006), (0.158, 0.03), (0.176, 0.062), (0.182, 0.064), (0.182, 0.078), (0, 0.078)], e, 48)
    for k in range(12):
        a = 2 * math.pi * (k + 0.5) / 12
        p.bolt((0.019, 0.172 * math.cos(a), CRANK_Z + 0.172 * math.sin(a)), -X, 0.007)
    # Intake manifold, off side.
    p.span((-0.375, 0.118, 0.566), (-0.095, 0.166, 0.602), "aluminium", 0.014, 3)
    for x in (-0.31, -0.15):
        p.box((x, 0.125, 0.584), (0.07, 0.014, 0.045), "aluminium", 0.006)
        p.bolt((x - 0.024, 0.132, 0.584), Y, 0.006)
        p.bolt((x + 0.024, 0.132, 0.584), Y, 0.006)
    p.cyl((-0.235, 0.142, 0.600), (-0.235, 0.142, 0.634), 0.025, "aluminium", 0.003)
    # Oil gallery plug, dipstick boss, ground strap.
    p.hexagon((-0.20, -0.130, 0.345), -Y, 0.018, 0.008, "zinc")
    p.cyl((-0.345, -0.128, 0.330), (-0.345, -0.152, 0.338), 0.010, e, 0.002, 14)
    p.tube([(-0.06, -0.135, 0.255), (-0.03, -0.17, 0.22), (0.0, -0.18, 0.16), (0.0, -0.2, 0.146)], 0.005, "copper", 8)
    lab(p, "engine_plate", (-0.155, -0.1395, 0.382), scale=0.85, backing="aluminium")
    return p


def valve_cover(lab):
    p = Part("valve_cover", (-0.23, 0, 0.600))
    p.span((-0.398, -0.086, 0.600), (-0.062, 0.086, 0.607), "rubber", 0.001)
    p.span((-0.402, -0.090, 0.606), (-0.058, 0.090, 0.616), "aluminium", 0.003)
    p.span((-0.394, -0.080, 0.612), (-0.066, 0.080, 0.668), "aluminium", 0.018, 3)
    for i in range(5):
        p.box((-0.195 + 0.0, -0.052 + 0.026 * i, 0.669), (0.200, 0.008, 0.008), "aluminium", 0.003)
    for x in (-0.385, -0.23, -0.075):
        for y in (-0.083, 0.083):
            p.bolt((x, y, 0.616), Z, 0.006)
    p.cyl((-0.345, 0, 0.664), (-0.345, 0, 0.680), 0.028, "aluminium", 0.003)
    # Breather.
    p.cyl((-0.10, 0.03, 0.664), (-0.10, 0.03, 0.690), 0.014, "black_paint", 0.003)
    p.tube([(-0.10, 0.03, 0.685), (-0.10, 0.05, 0.712), (-0.12, 0.11, 0.70), (-0.17, 0.14, 0.64)], 0.008, "rubber", 10)
    lab(p, "oil_fill", (-0.330, -0.0805, 0.640), scale=1.2)
    return p


def small_engine_parts(lab):
    # Oil fill cap: quarter-turn on the valve cover.
    p = Part("oil_fill_cap", (-0.345, 0, 0.680))
    p.lathe((-0.345, 0, 0.680), Z, [(0, 0), (0.033, 0), (0.034, 0.002), (0.034, 0.013), (0.031, 0.017), (0, 0.017)], "yellow", 12, 0.1)
    p.box((-0.345, 0, 0.702), (0.056, 0.011, 0.012), "yellow", 0.004)
    # Oil drain plug, low on the service side.
    p = Part("oil_drain_plug", (-0.225, -0.115, 0.200))
    p.ring((-0.225, -0.1155, 0.200), -Y, 0.009, 0.016, 0.003, "copper", 0.0005, 24)
    p.lathe((-0.225, -0.1180, 0.200), -Y, [(0, 0), (0.0165, 0), (0.0165, 0.003), (0, 0.003)], "brass", 24)
    p.hexagon((-0.225, -0.1210, 0.200), -Y, 0.024, 0.014, "brass")
    # Dipstick with a ring handle in its tube; the tube stays with the engine.
    t = Part("dipstick_tube")
    t.tube([(-0.345, -0.150, 0.337), (-0.345, -0.166, 0.36), (-0.345, -0.172, 0.42), (-0.345, -0.172, 0.470)], 0.0065, "zinc", 10)
    t.ring((-0.345, -0.172, 0.462), Z, 0.005, 0.009, 0.012, "zinc", 0.001, 16)
    t.box((-0.345, -0.150, 0.43), (0.016, 0.044, 0.003), "zinc", 0.001)
    p = Part("dipstick", (-0.345, -0.172, 0.474))
    p.cyl((-0.345, -0.172, 0.330), (-0.345, -0.172, 0.474), 0.0028, "steel", 0.0005, 8)
    p.cyl((-0.345, -0.172, 0.474), (-0.345, -0.172, 0.492), 0.0095, "yellow", 0.003, 16)
    p.torus((-0.345, -0.172, 0.510), X, 0.0165, 0.0042, "yellow", 24, 10)
    # Oil pressure switch.
    p = Part("oil_pressure_switch", (-0.285, -0.130, 0.318))
    p.hexagon((-0.285, -0.130, 0.318), -Y, 0.022, 0.012, "brass")
    p.cyl((-0.285, -0.142, 0.318), (-0.285, -0.166, 0.318), 0.0115, "black", 0.003, 20)
    p.cyl((-0.285, -0.166, 0.318), (-0.285, -0.178, 0.318), 0.003, "brass", 0.0005, 8)
    # Coolant temperature switch on the thermostat housing.
    p = Part("coolant_temperature_switch", (-0.395, -0.0625, 0.624))
    p.hexagon((-0.395, -0.0625, 0.624), -Y, 0.020, 0.011, "brass")
    p.cyl((-0.395, -0.0735, 0.624), (-0.395, -0.094, 0.624), 0.0095, "black", 0.003, 18)
    p.cyl((-0.395, -0.094, 0.624), (-0.395, -0.104, 0.624), 0.0025, "brass", 0.0005, 8)
    # Oil filter, off side, spin-on along Y.
    p = Part("oil_filter", (-0.325, 0.146, 0.345))
    p.lathe((-0.325, 0.146, 0.345), Y, [(0, 0.002), (0.034, 0), (0.036, 0.003), (0.0405, 0.004), (0.042, 0.008), (0.042, 0.096), (0.039, 0.104), (0.030, 0.108), (0, 0.109)], "black_paint", 36)
    for k in range(12):
        a = 2 * math.pi * k / 12
        p.box((-0.325 + 0.0415 * math.cos(a), 0.244, 0.345 + 0.0415 * math.sin(a)), (0.004, 0.018, 0.004), "black_paint", 0.0015, 1)
    wrap(p, lab, "oil_wrap", (-0.325, 0.160, 0.345), Y, 0.0423, 0.070)
    b = Part("oil_filter_base")
    b.cyl((-0.325, 0.128, 0.345), (-0.325, 0.145, 0.345), 0.040, "engine", 0.004)
    b.torus((-0.325, 0.1455, 0.345), Y, 0.034, 0.003, "rubber", 32, 8)


def wrap(p, lab, name, base, axis, r, h, seg=40, turn=0.0, up=None):
    """A printed sleeve around a cylinder, top of the print towards +axis, seam away from -Y."""
    u0, v0, u1, v1 = lab.rects[name]
    rot = axes(axis, up)
    base = vec(base)
    verts, faces, uvs = [], [], []
    for k in range(seg + 1):
        a = turn + 2 * math.pi * k / seg
        d = rot @ Vector((math.cos(a), math.sin(a), 0))
        verts += [base + d * r, base + d * r + vec(axis).normalized() * h]
    for k in range(seg):
        t0, t1 = k / seg, (k + 1) / seg
        faces.append([2 * k, 2 * k + 2, 2 * k + 3, 2 * k + 1])
        uvs.append([(u0 + (u1 - u0) * t0, v0), (u0 + (u1 - u0) * t1, v0), (u0 + (u1 - u0) * t1, v1), (u0 + (u1 - u0) * t0, v1)])
    p.add(verts, faces, "labels", uvs)


def starter(lab):
    p = Part("starter", (-0.14, 0.185, 0.330))
    y, z = 0.185, 0.330
    p.lathe((-0.245, y, z), X, rounded(0.030, 0, 0.012, 0.006), "black_paint", 32)
    p.lathe((-0.236, y, z), X, rounded(0.043, 0, 0.128, 0.004), "black_paint", 40)
    p.ring((-0.214, y, z), X, 0.042, 0.0442, 0.016, "zinc", 0.0005)
    p.lathe((-0.108, y, z), X, [(0.043, 0), (0.046, 0.006), (0.046, 0.03), (0.034, 0.05), (0.030, 0.066), (0, 0.066)], "aluminium", 36)
    p.box((-0.045, y - 0.006, z), (0.012, 0.105, 0.075), "aluminium", 0.005)
    for dz in (-0.03, 0.03):
        p.bolt((-0.052, y + 0.036, z + dz), -X, 0.010)
    for dy, dz in ((0.0, 0.032), (0.0, -0.032)):
        p.bolt((-0.246, y + dy, z + dz * 0.7), -X, 0.005)
    # Link strap from solenoid to motor.
    p.box((-0.205, y + 0.026, z + 0.042), (0.012, 0.003, 0.030), "copper", 0.001)
    p = Part("starter_solenoid", (-0.165, 0.214, 0.392))
    p.lathe((-0.220, 0.214, 0.392), X, rounded(0.0265, 0, 0.105, 0.004), "black_paint", 32)
    p.lathe((-0.232, 0.214, 0.392), X, rounded(0.023, 0, 0.014, 0.003), "black", 28)
    p.lathe((-0.118, 0.214, 0.392), X, [(0.024, 0), (0.018, 0.018), (0, 0.018)], "aluminium", 28)
    for dz in (-0.011, 0.012):
        p.cyl((-0.232, 0.214, 0.392 + dz), (-0.256, 0.214, 0.392 + dz), 0.004, "copper", 0.0006, 12)
        p.hexagon((-0.241, 0.214, 0.392 + dz), -X, 0.013, 0.006, "brass")
    p.box((-0.236, 0.228, 0.392), (0.010, 0.003, 0.008), "brass", 0.0005)


def belt_drive(lab):
    # Charging alternator pivots on its lower lug.
    y, z, r = PULLEYS["charge"]
    pivot = (-0.41, y + 0.012, z - 0.066)
    p = Part("charging_alternator", pivot)
    p.lathe((-0.456, y, z), X, rounded(0.056, 0, 0.034, 0.006), "aluminium", 40)
    p.lathe((-0.422, y, z), X, rounded(0.0535, 0, 0.026, 0.002), "steel", 40)
    p.lathe((-0.396, y, z), X, rounded(0.056, 0, 0.032, 0.008), "aluminium", 40)
    for k in range(12):
        a = 2 * math.pi * k / 12
        for xx in (-0.440, -0.378):
            p.box((xx, y + 0.0555 * math.cos(a), z + 0.0555 * math.sin(a)), (0.016, 0.004, 0.005), "black", 0.001, 1, Matrix.Rotation(a, 3, "X"))
        p.box((-0.3635, y + 0.034 * math.cos(a), z + 0.034 * math.sin(a)), (0.002, 0.020, 0.005), "black", 0.0, 1, Matrix.Rotation(a, 3, "X"))
    p.lathe((BELT_X, y, z), X, [(0, -0.012), (0.010, -0.012), (r + 0.004, -0.010), (r + 0.004, -0.008), (r - 0.005, -0.0025), (r - 0.005, 0.0025), (r + 0.004, 0.008), (r + 0.004, 0.010), (0, 0.012)], "zinc", 36)
    p.hexagon((BELT_X - 0.012, y, z), -X, 0.022, 0.009, "zinc")
    p.cyl((BELT_X, y, z), (-0.455, y, z), 0.008, "steel")
    p.cyl((-0.448, pivot[1], pivot[2]), (-0.372, pivot[1], pivot[2]), 0.012, "aluminium", 0.002, 18)
    p.box((-0.41, (pivot[1] + y) / 2, (pivot[2] + z) / 2 - 0.012), (0.05, 0.016, 0.05), "aluminium", 0.004)
    p.box((-0.448, y + 0.006, z + 0.060), (0.014, 0.022, 0.026), "aluminium", 0.004)
    # Output stud and wires.
    for dy in (-0.018, 0.012):
        p.cyl((-0.364, y + dy, z + 0.020), (-0.350, y + dy, z + 0.020), 0.003, "brass", 0.0005, 10)
        p.hexagon((-0.358, y + dy, z + 0.020), X, 0.009, 0.004, "brass")
    # Bracket and slotted strap are fixed to the engine.
    b = Part("belt_strap")
    for xx in (-0.458, -0.363):
        b.box((xx, pivot[1] + 0.030, pivot[2] - 0.004), (0.008, 0.085, 0.030), "engine", 0.003)
    b.box((-0.41, -0.140, pivot[2] - 0.004), (0.11, 0.018, 0.045), "engine", 0.004)
    b.bolt((-0.462, pivot[1], pivot[2]), -X, 0.008)
    b.bolt((-0.455, -0.125, 0.590), -X, 0.008)
    # Strap: an arc about the pivot with a slot drawn dark.
    radius = math.hypot(y + 0.006 - pivot[1], z + 0.062 - pivot[2])
    a0 = math.atan2(z + 0.062 - pivot[2], y + 0.006 - pivot[1])
    for w, xx, mat, lo, hi in ((0.011, -0.4595, "zinc", -0.60, 0.22), (0.0042, -0.4622, "black", -0.36, 0.16)):
        steps = [a0 + lo + (hi - lo) * k / 12 for k in range(13)]
        vs, fs = [], []
        for a in steps:
            for rr in (radius - w, radius + w):
                for dx in (-0.002, 0.002):
                    vs.append((xx + dx, pivot[1] + rr * math.cos(a), pivot[2] + rr * math.sin(a)))
        for k in range(12):
            i = 4 * k
            fs += [[i, i + 2, i + 6, i + 4], [i + 1, i + 5, i + 7, i + 3], [i, i + 4, i + 5, i + 1], [i + 2, i + 3, i + 7, i + 6]]
        fs += [[0, 1, 3, 2], [48, 50, 51, 49]]
        b.add(vs, fs, mat)
    p1 = Vector((-0.4595, pivot[1] + radius * math.cos(a0 - 0.60), pivot[2] + radius * math.sin(a0 - 0.60)))
    b.tube([p1, (-0.4595, -0.15, 0.600), (-0.4595, -0.122, 0.592)], 0.008, "zinc", 8)
    bolt = (-0.4640, y + 0.006, z + 0.062)
    p = Part("belt_adjusting_bolt", bolt)
    p.bolt(bolt, -X, 0.0095)
    p.cyl((-0.464, bolt[1], bolt[2]), (-0.436, bolt[1], bolt[2]), 0.0045, "zinc", 0.0005, 10)
    # V-belt: hull of three circles.
    circles = [PULLEYS["crank"], PULLEYS["pump"], PULLEYS["charge"]]
    pts = hull_of_circles(circles)
    p = Part("fan_belt", (BELT_X, -0.06, 0.47))
    n = len(pts)
    vs, fs = [], []
    for i, (py, pz) in enumerate(pts):
        ny, nz = normal2(pts, i)
        for dx, off in ((-0.0065, 0.0035), (0.0065, 0.0035), (0.0042, -0.0055), (-0.0042, -0.0055)):
            vs.append((BELT_X + dx, py + ny * off, pz + nz * off))
    for i in range(n):
        j = (i + 1) % n
        for k in range(4):
            m = (k + 1) % 4
            fs.append([4 * i + k, 4 * i + m, 4 * j + m, 4 * j + k])
    p.add(vs, fs, "belt")


def hull_of_circles(circles, seg=64):
    """Convex hull of circles as a dense closed polyline, counterclockwise in (y, z)."""
    pts = sorted({(round(cy + r * math.cos(2 * math.pi * k / seg), 6), round(cz + r * math.sin(2 * math.pi * k / seg), 6)) for cy, cz, r in circles for k in range(seg)})

    def half(ps):
        out = []
        for q in ps:
            while len(out) > 1 and (out[-1][0] - out[-2][0]) * (q[1] - out[-2][1]) - (out[-1][1] - out[-2][1]) * (q[0] - out[-2][0]) <= 0:
                out.pop()
            out.append(q)
        return out[:-1]

    return half(pts) + half(pts[::-1])


def normal2(pts, i):
    a, b = pts[i - 1], pts[(i + 1) % len(pts)]
    dy, dz = b[0] - a[0], b[1] - a[1]
    n = math.hypot(dy, dz)
    return dz / n, -dy / n


def cooling(lab):
    p = Part("radiator", (-0.62, 0, 0.55))
    p.span((-0.650, -0.268, 0.225), (-0.600, 0.268, 0.845), "core", 0.0)
    # Fins: fine slats on both faces, tubes between.
    for i in range(41):
        z = 0.232 + 0.015 * i
        for x in (-0.6515, -0.5985):
            p.box((x, 0, z), (0.003, 0.53, 0.0035), "core_fin", 0.0, 1)
    for i in range(12):
        y = -0.242 + 0.044 * i
        for x in (-0.6525, -0.5975):
            p.box((x, y, 0.535), (0.003, 0.005, 0.62), "core_fin", 0.0, 1)
    p.span((-0.668, -0.275, 0.845), (-0.582, 0.275, 0.915), "black_paint", 0.018, 3)
    p.span((-0.664, -0.275, 0.168), (-0.586, 0.275, 0.225), "black_paint", 0.016, 3)
    for z0 in (0.838, 0.222):
        p.span((-0.672, -0.279, z0), (-0.578, 0.279, z0 + 0.008), "black_paint", 0.002)
    # Filler neck, overflow tube, hose necks.
    p.cyl((-0.625, -0.10, 0.910), (-0.625, -0.10, 0.932), 0.026, "brass", 0.003)
    p.cyl((-0.625, -0.122, 0.922), (-0.625, -0.152, 0.922), 0.004, "brass", 0.001, 10)
    p.tube([(-0.625, -0.150, 0.922), (-0.63, -0.20, 0.915), (-0.655, -0.272, 0.87), (-0.662, -0.282, 0.60), (-0.662, -0.282, 0.20)], 0.0045, "rubber", 8)
    p.cyl((-0.585, 0.10, 0.870), (-0.548, 0.10, 0.868), 0.0185, "black_paint", 0.003)
    p.cyl((-0.590, 0.17, 0.196), (-0.552, 0.17, 0.200), 0.0185, "black_paint", 0.003)
    # Shroud: side plates, top and bottom, venturi ring.
    for s in (-1, 1):
        p.span((-0.665, 0.2905 * s, 0.160), (-0.500, 0.2865 * s, 0.918), "olive", 0.001)
        p.span((-0.665, 0.2905 * s, 0.160), (-0.661, 0.270 * s, 0.918), "olive", 0.001)
        for z in (0.24, 0.495, 0.895):
            p.bolt((-0.656, 0.2905 * s, z), Y * s, 0.006)
    p.span((-0.600, -0.290, 0.836), (-0.500, 0.290, 0.840), "olive", 0.001)
    p.span((-0.600, -0.290, 0.238), (-0.500, 0.290, 0.242), "olive", 0.001)
    # Face of the shroud with a round opening.
    ring_plate(p, (-0.502, 0, FAN_Z), 0.212, 0.290, (0.240, 0.838), "olive")
    p.ring((-0.540, 0, FAN_Z), X, 0.209, 0.214, 0.040, "olive", 0.001, 56)
    # Feet on rubber.
    for y in (-0.22, 0.22):
        p.box((-0.625, y, 0.155), (0.06, 0.05, 0.028), "rubber", 0.004)
    lab(p, "fan", (-0.580, -0.2910, 0.275), scale=1.05)
    lab(p, "hot_coolant", (-0.6685, 0.10, 0.880), facing=-X, scale=1.0)
    c = Part("radiator_cap", (-0.625, -0.10, 0.930))
    c.lathe((-0.625, -0.10, 0.930), Z, [(0, 0), (0.030, 0), (0.031, 0.002), (0.031, 0.010), (0.028, 0.014), (0.012, 0.016), (0, 0.016)], "zinc", 36)
    for k in range(2):
        c.box((-0.625, -0.10 + (0.034 if k else -0.034), 0.936), (0.018, 0.016, 0.008), "zinc", 0.003)
    c.lathe((-0.625, -0.10, 0.946), Z, [(0.010, 0), (0.009, 0.003), (0, 0.003)], "red", 20)
    # Drain cock on the bottom tank, through the shroud side.
    p.hexagon((-0.625, -0.292, 0.192), -Y, 0.020, 0.010, "brass")
    p.cyl((-0.625, -0.302, 0.192), (-0.625, -0.318, 0.192), 0.0085, "brass", 0.001, 16)
    p.cyl((-0.625, -0.311, 0.190), (-0.625, -0.311, 0.168), 0.0050, "brass", 0.001, 12)
    d = Part("coolant_drain_cock", (-0.625, -0.318, 0.192))
    d.cyl((-0.625, -0.316, 0.192), (-0.625, -0.326, 0.192), 0.0060, "brass", 0.001, 14)
    d.box((-0.625, -0.329, 0.192), (0.044, 0.007, 0.012), "brass", 0.003, 3)
    for s in (-1, 1):
        d.cyl((-0.625 + s * 0.019, -0.3255, 0.192), (-0.625 + s * 0.019, -0.3325, 0.192), 0.0068, "brass", 0.002, 14)
    lab(p, "coolant_drain", (-0.560, -0.2910, 0.192), scale=1.3)
    # Hoses.
    h = Part("upper_radiator_hose", (-0.51, 0.03, 0.76))
    path = [(-0.452, -0.02, 0.639), (-0.472, -0.018, 0.650), (-0.492, 0.005, 0.715), (-0.497, 0.06, 0.815), (-0.512, 0.095, 0.862), (-0.556, 0.10, 0.868), (-0.572, 0.10, 0.869)]
    h.tube(path, 0.0225, "rubber", 14, 6)
    h.clamp((-0.458, -0.02, 0.641), (-1, 0, 0.25), 0.0225, screw_dir=(0, -1, 0.4))
    h.clamp((-0.560, 0.10, 0.8685), (1, 0, 0), 0.0225, screw_dir=(0, -0.5, 1))
    h = Part("lower_radiator_hose", (-0.50, 0.16, 0.35))
    h.tube([(-0.435, 0.106, 0.519), (-0.435, 0.130, 0.510), (-0.445, 0.165, 0.46), (-0.460, 0.190, 0.34), (-0.480, 0.185, 0.235), (-0.540, 0.172, 0.201), (-0.572, 0.17, 0.199)], 0.0225, "rubber", 14, 6)
    h.clamp((-0.435, 0.113, 0.5165), (0, 1, -0.35), 0.0225, screw_dir=(0, 0.3, 1))
    h.clamp((-0.556, 0.171, 0.2), (1, 0, 0), 0.0225, screw_dir=(0, 0.5, 1))
    # Fan: six twisted blades.
    f = Part("fan", (-0.545, 0, FAN_Z))
    f.lathe((-0.556, 0, FAN_Z), X, rounded(0.040, 0, 0.020, 0.004), "black_paint", 28)
    f.cyl((-0.540, 0, FAN_Z), (-0.488, 0, FAN_Z), 0.020, "aluminium", 0.002)
    for k in range(4):
        a = math.pi * (k + 0.5) / 2
        f.bolt((-0.536, 0.026 * math.cos(a), FAN_Z + 0.026 * math.sin(a)), X, 0.006, washer=False)
    for k in range(6):
        a0 = 2 * math.pi * k / 6
        vs, fs = [], []
        for i in range(7):
            r = 0.036 + (0.196 - 0.036) * i / 6
            chord = 0.050 + 0.036 * i / 6
            pitch = math.radians(48 - 22 * i / 6)
            for j in range(5):
                t = (j / 4 - 0.5) * chord
                camber = 0.006 * (1 - (2 * j / 4 - 1) ** 2)
                dt, dx = t * math.cos(pitch), t * math.sin(pitch) - camber
                a = a0 + dt / r
                for w in (-0.0009, 0.0009):
                    vs.append((-0.546 + dx + w, r * math.cos(a), FAN_Z + r * math.sin(a)))
        idx = lambda i, j, w: (i * 5 + j) * 2 + w
        for i in range(6):
            for j in range(4):
                fs.append([idx(i, j, 0), idx(i, j + 1, 0), idx(i + 1, j + 1, 0), idx(i + 1, j, 0)][::-1])
                fs.append([idx(i, j, 1), idx(i, j + 1, 1), idx(i + 1, j + 1, 1), idx(i + 1, j, 1)])
        for j in range(4):
            fs.append([idx(6, j, 0), idx(6, j + 1, 0), idx(6, j + 1, 1), idx(6, j, 1)][::-1])
        for i in range(6):
            fs.append([idx(i, 0, 0), idx(i + 1, 0, 0), idx(i + 1, 0, 1), idx(i, 0, 1)][::-1])
            fs.append([idx(i, 4, 0), idx(i + 1, 4, 0), idx(i + 1, 4, 1), idx(i, 4, 1)])
        f.add(vs, fs, "black_paint")
    # Guard: wire rings and spokes.
    g = Part("fan_guard", (-0.496, 0, FAN_Z))
    for i in range(8):
        g.torus((-0.496, 0, FAN_Z), X, 0.062 + 0.0225 * i, 0.0019, "zinc", 44, 5)
    for k in range(8):
        a = math.pi * (k + 0.5) / 4
        c, s = math.cos(a), math.sin(a)
        g.cyl((-0.4945, 0.060 * c, FAN_Z + 0.060 * s), (-0.4945, 0.232 * c, FAN_Z + 0.232 * s), 0.0026, "zinc", 0.0005, 8)
        if k % 2 == 0:
            g.box((-0.4985, 0.236 * c, FAN_Z + 0.236 * s), (0.004, 0.026, 0.026), "zinc", 0.001)
            g.bolt((-0.4965, 0.236 * c, FAN_Z + 0.236 * s), X, 0.007)


def ring_plate(p, center, r, half_y, z_range, mat, n=64, x_thick=0.003):
    """A plate with a round hole: quads from a circle to a rectangle, both faces."""
    cx, cy, cz = center
    inner, outer = [], []
    for k in range(n):
        a = 2 * math.pi * (k + 0.5) / n
        c, s = math.cos(a), math.sin(a)
        inner.append((cy + r * c, cz + r * s))
        m = min((half_y / abs(c)) if abs(c) > 1e-6 else 9, ((z_range[1] - cz) / s) if s > 0 else ((cz - z_range[0]) / -s) if s < 0 else 9)
        outer.append((cy + m * c, cz + m * s))
    vs, fs = [], []
    for dx in (0.0, -x_thick):
        for (a, b), (c, d) in zip(inner, outer):
            vs += [(cx + dx, a, b), (cx + dx, c, d)]
    for k in range(n):
        j = (k + 1) % n
        fs.append([2 * k, 2 * k + 1, 2 * j + 1, 2 * j])
        o = 2 * n
        fs.append([o + 2 * k, o + 2 * j, o + 2 * j + 1, o + 2 * k + 1])
    p.add(vs, fs, mat, flat=True)


def air_and_exhaust(lab):
    ax, az = -0.330, 0.862
    p = Part("air_cleaner", (ax, -0.06, az))
    # Housing is open at the service end (the cover closes it): outer wall, inner wall, back.
    p.lathe((ax, -0.055, az), -Y, [(0, 0), (0.072, 0), (0.084, 0.008), (0.089, 0.020), (0.089, 0.235), (0.093, 0.240), (0.093, 0.248), (0.086, 0.248), (0.086, 0.020), (0, 0.012)], "olive", 56)
    for y in (-0.125, -0.235):
        p.ring((ax, y - 0.010, az), Y, 0.0885, 0.0908, 0.020, "zinc", 0.0006, 56)
        for s in (-1, 1):
            p.span((ax + s * 0.084 - 0.012, y - 0.010, az), (ax + s * 0.084 + 0.012, y + 0.010, az + 0.02), "zinc", 0.003)
            p.span((ax + s * 0.093 - 0.002, y - 0.012, az), (ax + s * 0.093 + 0.002, y + 0.012, 1.225), "olive", 0.0015)
        p.box((ax, y, 1.222), (0.20, 0.03, 0.006), "olive", 0.001)
    # Tangential inlet with a pre-screen cap, outlet elbow and hose to the intake.
    p.cyl((ax - 0.050, -0.20, az + 0.05), (ax - 0.050, -0.20, az + 0.135), 0.030, "olive", 0.003)
    p.lathe((ax - 0.050, -0.20, az + 0.135), Z, [(0.030, 0), (0.052, 0.006), (0.054, 0.012), (0.054, 0.03), (0.040, 0.042), (0, 0.046)], "black_paint", 32)
    p.cyl((ax, -0.060, az), (ax, -0.030, az), 0.031, "olive", 0.003)
    p.tube([(ax, -0.040, az), (ax, 0.0, az - 0.002), (ax + 0.02, 0.05, az - 0.03), (ax + 0.06, 0.105, az - 0.10), (ax + 0.09, 0.137, az - 0.18), (ax + 0.095, 0.142, az - 0.245)], 0.033, "rubber", 20, 8)
    p.clamp((ax, -0.036, az), Y, 0.033, screw_dir=(0.4, 0, 1))
    p.clamp((ax + 0.095, 0.1418, az - 0.232), Z, 0.033, screw_dir=(0, 1, 0))
    # Dust ejector under the housing.
    p.lathe((ax, -0.24, az - 0.085), -Z, [(0.016, 0), (0.016, 0.014), (0.020, 0.024), (0.006, 0.036), (0, 0.036)], "rubber", 20)
    # Element inside.
    e = Part("air_cleaner_element", (ax, -0.300, az))
    n = 48
    vs, fs = [], []
    for k in range(2 * n):
        a = math.pi * k / n
        r = 0.066 if k % 2 else 0.058
        vs += [(ax + r * math.cos(a), -0.290, az + r * math.sin(a)), (ax + r * math.cos(a), -0.085, az + r * math.sin(a))]
    for k in range(2 * n):
        j = (k + 1) % (2 * n)
        fs.append([2 * k, 2 * j, 2 * j + 1, 2 * k + 1])
    e.add(vs, fs, "paper", flat=True)
    for y in (-0.300, -0.088):
        e.cyl((ax, y, az), (ax, y + 0.012, az), 0.069, "rubber", 0.003, 40)
    # Cover with clips and a wing nut.
    c = Part("air_cleaner_cover", (ax, -0.304, az))
    c.lathe((ax, -0.300, az), -Y, [(0.0865, -0.010), (0.094, -0.004), (0.0955, 0.0), (0.0955, 0.010), (0.089, 0.022), (0.078, 0.028), (0.052, 0.028), (0.046, 0.034), (0.020, 0.036), (0, 0.036)], "olive", 56)
    for k in range(4):
        a = math.pi * (k + 0.5) / 2
        d = Vector((math.cos(a), 0, math.sin(a)))
        rot = Matrix((Vector((-d.z, 0, d.x)), Vector((0, 1, 0)), d)).transposed()
        at = Vector((ax, -0.300, az)) + d * 0.098
        c.box(at, (0.020, 0.046, 0.003), "zinc", 0.001, 1, rot)
        c.tube([at + Vector((0, -0.020, 0)) + d * 0.003, at + Vector((0, -0.026, 0)) - d * 0.006, at + Vector((0, -0.022, 0)) - d * 0.014], 0.0022, "zinc", 8)
    c.lathe((ax, -0.336, az), -Y, rounded(0.010, 0, 0.010, 0.003), "zinc", 20)
    c.box((ax, -0.345, az), (0.046, 0.005, 0.013), "zinc", 0.003)
    lab(c, "air_service", (ax, -0.3287, az + 0.0585), scale=0.92)
    # Restriction indicator: clear barrel with a red band, reset button on top.
    i = Part("air_restriction_indicator", (ax + 0.066, -0.090, az + 0.064))
    d = Vector((0.72, 0, 0.70)).normalized()
    b = vec((ax, -0.090, az)) + d * 0.089
    i.hexagon(b, d, 0.018, 0.008, "brass")
    i.cyl(b + d * 0.008, b + d * 0.046, 0.0105, "clear", 0.002, 20)
    i.cyl(b + d * 0.010, b + d * 0.020, 0.0085, "red", 0.001, 16)
    i.cyl(b + d * 0.020, b + d * 0.044, 0.0080, "green_plastic", 0.001, 16)
    i.cyl(b + d * 0.046, b + d * 0.054, 0.0112, "black", 0.002, 20)
    i.cyl(b + d * 0.054, b + d * 0.060, 0.0060, "yellow", 0.002, 14)
    # Exhaust manifold, off side, below the intake.
    m = Part("exhaust_manifold", (-0.23, 0.15, 0.545))
    m.span((-0.385, 0.134, 0.528), (-0.085, 0.170, 0.560), "rust", 0.013, 3)
    for x in (-0.31, -0.15):
        m.box((x, 0.127, 0.544), (0.075, 0.012, 0.040), "rust", 0.006)
        for dx in (-0.028, 0.028):
            m.bolt((x + dx, 0.133, 0.544), Y, 0.007, "brass")
    m.cyl((-0.365, 0.155, 0.548), (-0.372, 0.185, 0.575), 0.022, "rust", 0.003)
    m.cyl((-0.370, 0.180, 0.571), (-0.373, 0.192, 0.581), 0.034, "rust", 0.003)
    # Muffler with down pipe and stack.
    f = Part("muffler", (-0.30, 0.26, 0.93))
    f.lathe((-0.465, 0.26, 0.93), X, [(0, 0.0), (0.030, 0.0), (0.066, 0.010), (0.082, 0.016), (0.084, 0.020), (0.084, 0.026), (0.081, 0.030), (0.081, 0.300), (0.084, 0.304), (0.084, 0.310), (0.082, 0.314), (0.066, 0.320), (0, 0.326)], "exhaust", 48)
    f.tube([(-0.373, 0.192, 0.581), (-0.385, 0.222, 0.610), (-0.430, 0.250, 0.67), (-0.495, 0.262, 0.77), (-0.520, 0.262, 0.87), (-0.505, 0.261, 0.918), (-0.465, 0.26, 0.93)], 0.0205, "exhaust", 18, 8)
    f.cyl((-0.373, 0.192, 0.581), (-0.376, 0.203, 0.590), 0.034, "rust", 0.003)
    for a in (0.4, 2.5, 4.6):
        f.bolt((-0.376 + 0.026 * math.cos(a), 0.203 + 0.018 * math.sin(a), 0.590 - 0.016 * math.sin(a)), (-0.25, 0.75, 0.6), 0.006, "rust")
    f.cyl((-0.20, 0.26, 1.005), (-0.20, 0.26, 1.335), 0.0235, "exhaust", 0.002, 28)
    for x in (-0.42, -0.20):
        f.ring((x - 0.012, 0.26, 0.93), X, 0.0805, 0.0835, 0.024, "zinc", 0.0008, 48)
        f.span((x - 0.012, 0.342, 0.93), (x + 0.012, 0.346, 1.225), "olive", 0.001)
        f.box((x, 0.338, 0.935), (0.024, 0.012, 0.012), "zinc", 0.003)
    lab(f, "hot", (-0.31, 0.3425, 0.93), facing=Y, scale=1.0)
    # Rain cap hinged at the stack's rim.
    r = Part("rain_cap", (-0.172, 0.26, 1.338))
    r.lathe((-0.20, 0.26, 1.337), Z, [(0, 0), (0.029, 0), (0.0295, 0.0015), (0.029, 0.003), (0, 0.005)], "exhaust", 28)
    r.box((-0.172, 0.26, 1.336), (0.010, 0.028, 0.010), "zinc", 0.003)
    r.box((-0.150, 0.26, 1.336), (0.040, 0.018, 0.006), "zinc", 0.002)
    f.ring((-0.20, 0.26, 1.318), Z, 0.0235, 0.0262, 0.014, "zinc", 0.001, 28)
    f.box((-0.170, 0.26, 1.327), (0.012, 0.020, 0.010), "zinc", 0.002)
