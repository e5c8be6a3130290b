"""Alternator, terminal box, control box and panel, batteries, cables and harness."""

import math

from mathutils import Matrix, Vector

import labels
import layout
from kit import X, Y, Z, Part, rounded, vec
from parts_engine import CRANK_Z

C = layout.CONTROLS
FACE_Y = layout.PANEL_Y


def alternator(lab):
    p = Part("alternator", (0.21, 0, CRANK_Z))
    p.lathe((0.030, 0, CRANK_Z), X, [(0, 0), (0.182, 0), (0.182, 0.014), (0.170, 0.020), (0.166, 0.060), (0.160, 0.066), (0.160, 0.320), (0.166, 0.326), (0.166, 0.372), (0, 0.372)], "olive", 64)
    # Axial fins around the stator.
    for k in range(40):
        a = 2 * math.pi * k / 40
        c, s = math.cos(a), math.sin(a)
        if s < -0.80:
            continue
        p.box((0.223, 0.164 * c, CRANK_Z + 0.164 * s), (0.236, 0.010, 0.005), "olive", 0.0015, 1, Matrix.Rotation(a, 3, "X"))
    # Air outlet slots at the drive end.
    for k in range(24):
        a = 2 * math.pi * k / 24
        p.box((0.068, 0.1680 * math.cos(a), CRANK_Z + 0.1680 * math.sin(a)), (0.030, 0.004, 0.024), "black", 0.001, 1, Matrix.Rotation(a, 3, "X"))
    for k in range(12):
        a = 2 * math.pi * (k + 0.5) / 12
        p.bolt((0.044, 0.174 * math.cos(a), CRANK_Z + 0.174 * math.sin(a)), X, 0.007)
    # Feet.
    for s in (-1, 1):
        p.box((0.25, 0.130 * s, 0.212), (0.26, 0.050, 0.016), "olive", 0.004)
        for x in (0.16, 0.34):
            p.box((x, 0.118 * s, 0.246), (0.018, 0.024, 0.075), "olive", 0.005)
        p.bolt((0.16, 0.13 * s, 0.220), Z, 0.010)
        p.bolt((0.34, 0.13 * s, 0.220), Z, 0.010)
    lab(p, "alternator_plate", (0.22, -0.1705, CRANK_Z + 0.01), backing="aluminium")
    c = Part("alternator_cover", (0.402, 0, CRANK_Z))
    c.lathe((0.402, 0, CRANK_Z), X, [(0, 0.002), (0.166, 0), (0.167, 0.004), (0.166, 0.030), (0.156, 0.052), (0.120, 0.066), (0.060, 0.070), (0.056, 0.076), (0, 0.077)], "olive", 64)
    for k in range(20):
        a = 2 * math.pi * k / 20
        rot = Matrix.Rotation(a, 3, "X")
        c.box(Vector((0.4655, 0.088 * math.cos(a), CRANK_Z + 0.088 * math.sin(a))), (0.010, 0.052, 0.008), "black", 0.002, 1, rot)
    for k in range(4):
        a = math.pi * (k + 0.5) / 2
        c.bolt((0.4375, 0.160 * math.cos(a), CRANK_Z + 0.160 * math.sin(a)), X, 0.008)
    # Flexible conduit up to the terminal box.
    d = Part("alternator_conduit")
    path = [(0.30, -0.04, 0.545), (0.305, -0.06, 0.575), (0.315, -0.12, 0.60), (0.33, -0.17, 0.58), (0.335, -0.205, 0.565)]
    d.tube(path, 0.014, "rubber", 10, 6)
    d.box((0.30, -0.03, 0.540), (0.06, 0.06, 0.020), "olive", 0.004)
    d.cyl((0.335, -0.200, 0.565), (0.335, -0.216, 0.565), 0.019, "zinc", 0.002)
    return p


def terminal_box(lab):
    x0, x1, z0, z1 = 0.255, 0.597, 0.405, 0.608
    yf, yb = -0.372, -0.212
    t = 0.003
    p = Part("terminal_box", ((x0 + x1) / 2, yb, (z0 + z1) / 2))
    p.span((x0, yb, z0), (x1, yb - t, z1), "olive", 0.001)
    p.span((x0, yf, z0), (x1, yb, z0 + t), "olive", 0.001)
    p.span((x0, yf, z1 - t), (x1, yb, z1), "olive", 0.001)
    p.span((x0, yf, z0), (x0 + t, yb, z1), "olive", 0.001)
    p.span((x1 - t, yf, z0), (x1, yb, z1), "olive", 0.001)
    p.span((0.344, yf, z0), (0.347, yb, z1), "olive", 0.001)
    # Left bay front, with the convenience receptacle and the danger sign.
    p.span((x0, yf - 0.001, z0), (0.347, yf + 0.002, z1), "olive", 0.001)
    # Flange around the window.
    for a, b in (((0.347, z0), (x1, z0 + 0.014)), ((0.347, z1 - 0.014), (x1, z1)), ((x1 - 0.014, z0), (x1, z1)), ((0.347, z0), (0.358, z1))):
        p.span((a[0], yf - 0.001, a[1]), (b[0], yf + 0.002, b[1]), "olive", 0.0008)
    # White-painted inside back so that what is in it can be seen.
    p.span((0.3475, yb - t - 0.0012, z0 + t), (x1 - t, yb - t, z1 - t), "cream", 0.0)
    # Terminal board.
    p.span((0.352, -0.300, 0.424), (0.590, -0.286, 0.492), "phenolic", 0.003)
    for x in (0.36, 0.582):
        p.span((x - 0.008, -0.288, 0.430), (x + 0.008, yb - t, 0.486), "phenolic", 0.002)
        p.bolt((x, -0.300, 0.458), -Y, 0.005)
    lab(p, "terminals", ((layout.TERMINAL_STRIP[0] + layout.TERMINAL_STRIP[1]) / 2, -0.3005, 0.4845))
    # Internal wires from the studs up to the regulator and the back.
    for i, (nm, x) in enumerate(layout.TERMINALS.items()):
        mat = ("black", "white", "red", "green_plastic")[i]
        p.tube([(x, -0.311, 0.455), (x, -0.315, 0.440), (x - 0.006, -0.300, 0.418), (x - 0.01, -0.262, 0.418), (x - 0.02, -0.235, 0.47)], 0.0032, mat, 8)
    # Supports to the deck, load cable glands beneath, bolts.
    for x in (0.29, 0.56):
        p.span((x - 0.015, -0.31, z1), (x + 0.015, -0.27, 0.618), "olive", 0.001)
    for x in (0.40, 0.47, 0.54):
        p.hexagon((x, -0.33, z0), -Z, 0.030, 0.010, "black")
        p.cyl((x, -0.33, z0 - 0.010), (x, -0.33, z0 - 0.022), 0.0125, "black", 0.004, 20)
    lab(p, "danger_hv_small", (0.3005, yf - 0.001, 0.572), scale=0.98)
    lab(p, "receptacle", (0.3005, yf - 0.001, 0.4225), scale=1.15)
    # Regulator.
    r = Part("voltage_regulator", (0.46, -0.245, 0.550))
    r.box((0.470, -0.242, 0.552), (0.190, 0.050, 0.070), "aluminium", 0.004)
    for i in range(12):
        r.box((0.384 + 0.0072 * i, -0.270, 0.552), (0.003, 0.012, 0.062), "aluminium", 0.001, 1)
    lab(r, "regulator", (0.518, -0.2672, 0.552), scale=1.15)
    for dx in (-0.088, 0.088):
        for dz in (-0.028, 0.028):
            r.screw((0.470 + dx, -0.267, 0.552 + dz), -Y, 0.0035)
    for i in range(4):
        x = 0.425 + 0.022 * i
        r.tube([(x, -0.245, 0.518), (x, -0.25, 0.505), (x + 0.008, -0.242, 0.498), (x + 0.01, -0.225, 0.50)], 0.0022, ("red", "black", "white", "yellow")[i], 6)
    # Load terminals and ground stud.
    for nm, part in (("L1", "load_terminal_l1"), ("L2", "load_terminal_l2"), ("N", "load_terminal_n"), ("GND", "ground_stud")):
        x = layout.TERMINALS[nm]
        s = Part(part, (x, -0.300, 0.455))
        mat = "brass" if nm != "GND" else "copper"
        s.hexagon((x, -0.300, 0.455), -Y, 0.020, 0.007, mat)
        s.lathe((x, -0.307, 0.455), -Y, [(0, 0), (0.0115, 0), (0.0115, 0.002), (0, 0.002)], "zinc", 24)
        s.cyl((x, -0.307, 0.455), (x, -0.348, 0.455), 0.0048, mat, 0.001, 16)
        thread = [(0.0044 if k % 2 else 0.0053, 0.001 * k) for k in range(19)]
        s.lathe((x, -0.329, 0.455), -Y, thread, mat, 12)
        # Wing nut.
        s.lathe((x, -0.314, 0.455), -Y, [(0, 0), (0.010, 0), (0.0085, 0.012), (0, 0.012)], mat, 20)
        for d in (-1, 1):
            rot = Matrix.Rotation(math.radians(d * 25), 3, "Y")
            s.box((x + d * 0.0135, -0.322, 0.4605), (0.014, 0.0045, 0.013), mat, 0.002, 2, rot)
    # Receptacle: duplex behind a spring lid frame.
    x, z = 0.3005, 0.482
    c = Part("convenience_receptacle", (x, yf - 0.001, z))
    c.box((x, yf - 0.004, z), (0.070, 0.006, 0.098), "zinc", 0.003)
    c.box((x, yf - 0.008, z), (0.042, 0.006, 0.078), "cream", 0.004)
    for dz in (-0.019, 0.019):
        c.lathe((x, yf - 0.011, z + dz), -Y, [(0.0155, -0.002), (0.0155, 0.001), (0, 0.001)], "white", 24)
        for dx, w in ((-0.006, 0.0075), (0.006, 0.0092)):
            c.box((x + dx, yf - 0.0121, z + dz + 0.003), (0.0018, 0.0006, w), "black", 0)
        c.cyl((x, yf - 0.0118, z + dz - 0.0085), (x, yf - 0.0124, z + dz - 0.0085), 0.0026, "black", 0, 12)
    for dz in (-0.043, 0.043):
        c.screw((x, yf - 0.007, z + dz), -Y, 0.003)
    # Clear cover in a painted frame with four captive screws.
    v0, v1, w0, w1 = 0.3505, x1 + 0.001, z0 + 0.001, z1 - 0.001
    k = Part("terminal_box_cover", ((v0 + v1) / 2, yf - 0.003, (w0 + w1) / 2))
    yc = yf - 0.0015
    f = 0.016
    for a, b in (((v0, w0), (v1, w0 + f)), ((v0, w1 - f), (v1, w1)), ((v0, w0 + f), (v0 + f, w1 - f)), ((v1 - f, w0 + f), (v1, w1 - f))):
        k.span((a[0], yc, a[1]), (b[0], yc - 0.004, b[1]), "olive", 0.001)
    k.span((v0 + f - 0.004, yc - 0.001, w0 + f - 0.004), (v1 - f + 0.004, yc - 0.003, w1 - f + 0.004), "clear", 0)
    for sx in (v0 + 0.008, v1 - 0.008):
        for sz in (w0 + 0.008, w1 - 0.008):
            k.lathe((sx, yc - 0.004, sz), -Y, rounded(0.0065, 0, 0.008, 0.0015), "zinc", 18)
            k.box((sx, yc - 0.0121, sz), (0.010, 0.0006, 0.0014), "black", 0)


def bezel(p, x, z, r, square=None):
    """A meter bezel on the panel: square flange or round ring, recess and glass edge."""
    y = FACE_Y
    if square:
        p.box((x, y - 0.004, z), (square, 0.008, square), "black", 0.003, 3)
        for dx in (-1, 1):
            for dz in (-1, 1):
                p.screw((x + dx * square * 0.43, y - 0.008, z + dz * square * 0.43), -Y, 0.0024)
    y0 = y - (0.008 if square else 0.0)
    p.ring((x, y0, z), -Y, r - 0.0005, r + 0.0045, 0.008, "black" if square else "zinc", 0.002, 48)


def meter(name, lab, r, lo, hi, value, square=None):
    x, z = C[name]
    y = FACE_Y
    p = Part(name, (x, y, z))
    bezel(p, x, z, r, square)
    fy = y - (0.0095 if square else 0.002)
    p.disc((x, fy, z), -Y, Z, r, lab.rects[name])
    a = math.radians(labels.needle_angle(lo, hi, value))
    d = Vector((math.cos(a), 0, math.sin(a)))
    n = Vector((-d.z, 0, d.x))
    c = Vector((x, fy - 0.002, z))
    tip, tail = c + d * r * 0.74, c - d * r * 0.20
    w = 0.0011 if r > 0.03 else 0.0009
    vs = [tail + n * w, tail - n * w, tip - n * w * 0.35, tip + n * w * 0.35]
    vs += [v + Vector((0, 0.0006, 0)) for v in vs]
    p.add(vs, [[0, 1, 2, 3], [7, 6, 5, 4], [0, 4, 5, 1], [1, 5, 6, 2], [2, 6, 7, 3], [3, 7, 4, 0]], "red", flat=True)
    p.cyl((x, fy, z), (x, fy - 0.0036, z), 0.0040 if r > 0.03 else 0.003, "black", 0.001, 16)


def lamp(name, lens):
    x, z = C[name]
    p = Part(name, (x, FACE_Y, z))
    p.hexagon((x, FACE_Y, z), -Y, 0.021, 0.004, "zinc")
    p.ring((x, FACE_Y - 0.004, z), -Y, 0.0082, 0.0100, 0.005, "zinc", 0.001, 28)
    p.lathe((x, FACE_Y - 0.004, z), -Y, [(0.0083, 0), (0.0083, 0.006), (0.0070, 0.010), (0.0040, 0.0125), (0, 0.0132)], lens, 28)


def control_box(lab):
    x0, x1, z0, z1 = 0.203, 0.607, 0.648, 1.056
    p = Part("control_box", ((x0 + x1) / 2, -0.25, z0))
    p.span((x0, -0.372, z0), (x1, -0.140, z1), "olive", 0.010, 3)
    # Gasket lip around the panel, drip hood, side vents, rear glands.
    p.span((x0 + 0.010, -0.3775, z0 + 0.002), (x1 - 0.010, -0.371, z1 - 0.006), "rubber", 0.002)
    p.span((x0 - 0.004, -0.412, z1 - 0.002), (x1 + 0.004, -0.20, z1 + 0.002), "olive", 0.001)
    p.span((x0 - 0.004, -0.412, z1 - 0.010), (x1 + 0.004, -0.409, z1 + 0.002), "olive", 0.001)
    for s, xx in ((-1, x0), (1, x1)):
        for i in range(7):
            p.box((xx, -0.25, 0.74 + 0.018 * i), (0.006, 0.12, 0.007), "olive", 0.002)
    for i, x in enumerate((0.28, 0.36, 0.44, 0.52)):
        p.hexagon((x, -0.19, z0), -Z, 0.026, 0.010, "black")
    return p


def control_panel(lab):
    x0, x1, z0, z1 = layout.PANEL
    cx, cz = (x0 + x1) / 2, (z0 + z1) / 2
    p = Part("control_panel", (cx, FACE_Y, cz))
    p.box((cx, FACE_Y + 0.0015, cz), (x1 - x0, 0.0026, z1 - z0), "black_paint", 0.001, 1)
    p.quad((cx, FACE_Y, cz), X, Z, x1 - x0 - 0.002, z1 - z0 - 0.002, lab.rects["panel"], "labels", lift=0.0003)
    for x in (x0 + 0.009, cx + 0.0, x1 - 0.009):
        for z in (z0 + 0.009, z1 - 0.009):
            if x == cx and z > cz:
                continue
            p.lathe((x, FACE_Y, z), -Y, rounded(0.0048, 0, 0.004, 0.001), "zinc", 16)
            p.box((x, FACE_Y - 0.0041, z), (0.0075, 0.0004, 0.0012), "black", 0)
    meter("voltmeter", lab, 0.0345, 0, 300, 0, 0.080)
    meter("ammeter", lab, 0.0345, 0, 60, 0, 0.080)
    meter("frequency_meter", lab, 0.0345, 55, 65, 55, 0.080)
    meter("oil_pressure_gauge", lab, 0.0255, 0, 100, 0)
    meter("coolant_temperature_gauge", lab, 0.0255, 100, 260, 104)
    meter("fuel_gauge", lab, 0.0255, 0, 4, 2.8)
    x, z = C["hour_meter"]
    h = Part("hour_meter", (x, FACE_Y, z))
    h.box((x, FACE_Y - 0.004, z), (0.072, 0.008, 0.040), "black", 0.003, 3)
    h.quad((x, FACE_Y - 0.008, z), X, Z, 0.062, 0.030, lab.rects["hour_meter"], "labels")
    for dx in (-0.0335, 0.0335):
        h.screw((x + dx, FACE_Y - 0.008, z), -Y, 0.0018)
    lamp("low_oil_pressure_lamp", "lens_red")
    lamp("overheat_lamp", "lens_red")
    lamp("battery_charge_lamp", "lens_amber")
    lamp("preheat_lamp", "lens_amber")
    # Panel light: a hood over the top edge.
    l = Part("panel_light", (cx, FACE_Y - 0.020, z1 - 0.006))
    l.box((cx, FACE_Y - 0.012, z1 - 0.004), (0.110, 0.024, 0.010), "black_paint", 0.004)
    l.box((cx, FACE_Y - 0.013, z1 - 0.0095), (0.090, 0.016, 0.003), "white", 0.001)
    for dx in (-0.046, 0.046):
        l.screw((cx + dx, FACE_Y - 0.024, z1 - 0.004), -Y, 0.0025)
    # Master switch: bar knob pointing at OFF (up and left).
    x, z = C["master_switch"]
    m = Part("master_switch", (x, FACE_Y, z))
    a = math.radians(135)
    m.lathe((x, FACE_Y, z), -Y, rounded(0.019, 0, 0.007, 0.002), "black", 36)
    rot = Matrix.Rotation(-(a - math.pi / 2), 3, "Y")
    m.box((x, FACE_Y - 0.016, z), (0.014, 0.022, 0.040), "black", 0.005, 3, rot)
    m.box(Vector((x, FACE_Y - 0.0274, z)) + rot @ Vector((0, 0, 0.009)), (0.0026, 0.0008, 0.018), "white", 0, 1, rot)
    # Start button: green, in a guard ring.
    x, z = C["start_button"]
    s = Part("start_button", (x, FACE_Y, z))
    p.ring((x, FACE_Y, z), -Y, 0.0128, 0.0170, 0.011, "zinc", 0.002, 36)
    s.lathe((x, FACE_Y, z), -Y, rounded(0.0122, 0, 0.010, 0.002), "green_plastic", 32)
    # Voltage adjust: fluted knob with a pointer line and a lock nut.
    x, z = C["voltage_adjust_knob"]
    v = Part("voltage_adjust_knob", (x, FACE_Y, z))
    p.hexagon((x, FACE_Y, z), -Y, 0.022, 0.003, "zinc")
    v.lathe((x, FACE_Y - 0.003, z), -Y, [(0, 0), (0.0135, 0), (0.0135, 0.003), (0.0115, 0.005), (0.0105, 0.019), (0.009, 0.021), (0, 0.021)], "black", 32)
    for k in range(12):
        b = 2 * math.pi * k / 12
        v.box((x + 0.0112 * math.cos(b), FACE_Y - 0.015, z + 0.0112 * math.sin(b)), (0.003, 0.014, 0.003), "black", 0.001, 1)
    v.box((x, FACE_Y - 0.0243, z + 0.0055), (0.0018, 0.0006, 0.009), "white", 0)
    # Emergency stop: red mushroom.
    x, z = C["emergency_stop"]
    e = Part("emergency_stop", (x, FACE_Y, z))
    p.lathe((x, FACE_Y, z), -Y, rounded(0.015, 0, 0.012, 0.002), "zinc", 32)
    e.lathe((x, FACE_Y - 0.012, z), -Y, [(0, 0), (0.0095, 0), (0.0095, 0.006), (0.018, 0.009), (0.0212, 0.013), (0.0212, 0.018), (0.0185, 0.0235), (0.012, 0.026), (0, 0.027)], "red", 44)
    # Main breaker: body, escutcheon, toggle down (OFF).
    x, z = C["circuit_breaker"]
    p.box((x, FACE_Y - 0.005, z), (0.032, 0.010, 0.044), "phenolic", 0.002)
    p.box((x, FACE_Y - 0.0102, z), (0.013, 0.001, 0.030), "black", 0)
    b = Part("circuit_breaker", (x, FACE_Y - 0.006, z))
    b.cyl((x - 0.0055, FACE_Y - 0.006, z), (x + 0.0055, FACE_Y - 0.006, z), 0.0075, "black", 0.001, 20)
    tilt = Matrix.Rotation(math.radians(28), 3, "X")
    b.box((x, FACE_Y - 0.020, z - 0.0065), (0.010, 0.024, 0.008), "black", 0.003, 2, tilt)
    b.box((x, FACE_Y - 0.0295, z - 0.0115), (0.0102, 0.006, 0.0086), "white", 0.002, 2, tilt)
    # DC fuse: bayonet cap.
    x, z = C["dc_fuse"]
    f = Part("dc_fuse", (x, FACE_Y, z))
    p.hexagon((x, FACE_Y, z), -Y, 0.020, 0.004, "zinc")
    f.lathe((x, FACE_Y - 0.004, z), -Y, [(0, 0), (0.0090, 0), (0.0090, 0.010), (0.0095, 0.011), (0.0095, 0.019), (0.008, 0.021), (0, 0.021)], "black", 24)
    for k in range(14):
        a = 2 * math.pi * k / 14
        f.box((x + 0.0095 * math.cos(a), FACE_Y - 0.019, z + 0.0095 * math.sin(a)), (0.0016, 0.008, 0.0016), "black", 0.0005, 1)
    f.box((x, FACE_Y - 0.0252, z), (0.012, 0.0006, 0.002), "zinc", 0)
    # Data plate, riveted.
    x, z = C["data_plate"]
    d = Part("data_plate", (x, FACE_Y, z))
    d.box((x, FACE_Y - 0.0007, z), (0.134, 0.0012, 0.060), "aluminium", 0.0005, 1)
    d.quad((x, FACE_Y - 0.0013, z), X, Z, 0.132, 0.058, lab.rects["data_plate"], "labels", lift=0.0003)
    for dx in (-0.0635, 0.0635):
        for dz in (-0.0265, 0.0265):
            d.lathe((x + dx, FACE_Y - 0.0014, z + dz), -Y, [(0.0018, 0), (0.0012, 0.0009), (0, 0.001)], "zinc", 10)


BATTERY = {1: (0.100, 0.312), 2: (0.332, 0.544)}
POST_Y, POST_TOP = -0.332, 0.372


def batteries(lab):
    for n, (x0, x1) in BATTERY.items():
        p = Part(f"battery_{n}", ((x0 + x1) / 2, -0.285, 0.150))
        p.span((x0, -0.366, 0.150), (x1, -0.204, 0.322), "battery", 0.006, 3)
        p.span((x0 - 0.002, -0.368, 0.318), (x1 + 0.002, -0.202, 0.346), "battery", 0.006, 3)
        for k in range(7):
            x = x0 + 0.016 + (x1 - x0 - 0.032) * k / 6
            p.box((x, -0.3665, 0.225), (0.006, 0.003, 0.12), "battery", 0.0012)
        # Cell caps at the back, posts in front.
        for k in range(6):
            x = x0 + 0.025 + (x1 - x0 - 0.05) * k / 5
            p.lathe((x, -0.234, 0.346), Z, rounded(0.0125, 0, 0.010, 0.002), "black", 20)
            p.box((x, -0.234, 0.357), (0.018, 0.004, 0.003), "black", 0.001)
        for s, x in ((-1, x0 + 0.028), (1, x1 - 0.028)):
            p.lathe((x, POST_Y, 0.345), Z, [(0.016, 0), (0.016, 0.004), (0.0095, 0.005), (0.0085, 0.022), (0, 0.022)], "lead", 24)
            lab(p, "st_plus" if s > 0 else "st_minus", (x, -0.3695, 0.333), scale=1.4)
        cx = (x0 + x1) / 2
        p.quad((cx, -0.283, 0.3464), X, Y, 0.11, 0.044, lab.rects["battery_top"], "labels")
        lab(p, "battery_top", (cx, -0.3682, 0.252), scale=1.15, backing=None)
        p.tube([(x0 + 0.03, -0.266, 0.344), (x0 + 0.03, -0.262, 0.366), (cx, -0.262, 0.378), (x1 - 0.03, -0.262, 0.366), (x1 - 0.03, -0.266, 0.344)], 0.004, "rubber", 8)
    h = Part("battery_hold_down", (0.322, -0.305, 0.350))
    h.span((0.090, -0.311, 0.3475), (0.560, -0.299, 0.3515), "black_paint", 0.001)
    h.span((0.090, -0.311, 0.3475), (0.560, -0.3085, 0.362), "black_paint", 0.001)
    for x in (0.093, 0.557):
        h.cyl((x, -0.304, 0.150), (x, -0.304, 0.372), 0.0035, "zinc", 0.0005, 10)
        h.hexagon((x, -0.304, 0.3515), Z, 0.013, 0.008, "zinc")


def clamp_terminal(p, x, mat="lead"):
    """A battery post clamp with its bolt."""
    p.ring((x, POST_Y, 0.3525), Z, 0.0088, 0.0155, 0.014, mat, 0.002, 24)
    p.box((x, POST_Y - 0.020, 0.3595), (0.014, 0.016, 0.013), mat, 0.002)
    p.cyl((x - 0.012, POST_Y - 0.022, 0.3595), (x + 0.012, POST_Y - 0.022, 0.3595), 0.003, "zinc", 0.0005, 10)
    p.hexagon((x + 0.010, POST_Y - 0.022, 0.3595), X, 0.010, 0.005, "zinc")


def boot(p, x, mat):
    """A rubber boot over a clamp."""
    p.lathe((x, POST_Y + 0.003, 0.351), Z, [(0.0185, 0), (0.019, 0.004), (0.018, 0.018), (0.012, 0.024), (0, 0.026)], mat, 24)


def cables(lab):
    n1, p1 = BATTERY[1][0] + 0.028, BATTERY[1][1] - 0.028
    n2, p2 = BATTERY[2][0] + 0.028, BATTERY[2][1] - 0.028
    slave = (0.680, -0.400, 0.466)
    c = Part("battery_cable_positive", (p2, POST_Y, 0.3595))
    clamp_terminal(c, p2)
    boot(c, p2, "red")
    c.tube([(p2 + 0.012, POST_Y + 0.006, 0.362), (p2 + 0.035, POST_Y + 0.012, 0.372), (0.585, -0.320, 0.392), (0.612, -0.325, 0.430), (0.640, -0.345, 0.462), (0.658, -0.352, 0.470)], 0.0085, "cable_red", 10, 6)
    c.cyl((0.653, -0.350, 0.469), (0.668, -0.356, 0.472), 0.010, "copper", 0.001, 14)
    c = Part("battery_cable_negative", (n1, POST_Y, 0.3595))
    clamp_terminal(c, n1)
    boot(c, n1, "black")
    c.tube([(n1 - 0.012, POST_Y + 0.006, 0.362), (n1 - 0.032, POST_Y + 0.012, 0.370), (0.078, -0.318, 0.345), (0.074, -0.312, 0.26), (0.076, -0.304, 0.180), (0.078, -0.300, 0.158)], 0.0085, "cable_black", 10, 6)
    c.cyl((0.078, -0.300, 0.1455), (0.078, -0.300, 0.1495), 0.012, "copper", 0.001, 18)
    c.cyl((0.078, -0.300, 0.150), (0.078, -0.300, 0.166), 0.0095, "copper", 0.002, 14)
    c = Part("battery_jumper", ((p1 + n2) / 2, POST_Y, 0.366))
    for x, m in ((p1, "red"), (n2, "black")):
        clamp_terminal(c, x)
        boot(c, x, m)
    c.tube([(p1 + 0.010, POST_Y + 0.004, 0.364), (p1 + 0.020, POST_Y + 0.004, 0.380), ((p1 + n2) / 2, POST_Y, 0.392), (n2 - 0.020, POST_Y + 0.004, 0.380), (n2 - 0.010, POST_Y + 0.004, 0.364)], 0.0085, "cable_black", 10, 6)
    # Slave receptacle on the control-end post, with a cap on a chain.
    s = Part("slave_receptacle", slave)
    x, y, z = slave
    s.box((x, y - 0.003, z), (0.092, 0.006, 0.078), "zinc", 0.004)
    for dx in (-0.038, 0.038):
        for dz in (-0.031, 0.031):
            s.bolt((x + dx, y - 0.006, z + dz), -Y, 0.005, washer=False)
    s.ring((x, y - 0.006, z), -Y, 0.024, 0.031, 0.030, "black", 0.003, 40)
    s.cyl((x, y - 0.006, z), (x, y - 0.010, z), 0.025, "black", 0, 32)
    for dx in (-0.0105, 0.0105):
        s.cyl((x + dx, y - 0.008, z), (x + dx, y - 0.030, z), 0.0062, "brass", 0.002, 18)
    s.box((x, y - 0.016, z + 0.0275), (0.012, 0.020, 0.007), "black", 0.002)
    s.cyl((x - 0.012, y + 0.004, z), (x - 0.012, y + 0.048, z), 0.005, "brass", 0.001, 12)
    s.cyl((x + 0.016, y + 0.004, z), (x + 0.016, y + 0.040, z), 0.005, "brass", 0.001, 12)
    # Starter cable from the slave receptacle's stud to the solenoid, along the skid.
    c = Part("starter_cable", (-0.256, 0.214, 0.404))
    c.tube([(0.668, -0.350, 0.470), (0.664, -0.320, 0.440), (0.652, -0.235, 0.34), (0.615, -0.150, 0.20), (0.52, -0.10, 0.160), (0.32, 0.0, 0.158), (0.10, 0.16, 0.160), (-0.06, 0.245, 0.175), (-0.20, 0.262, 0.235), (-0.285, 0.245, 0.330), (-0.292, 0.222, 0.385), (-0.262, 0.214, 0.404)], 0.0085, "cable_red", 10, 6)
    c.cyl((-0.266, 0.214, 0.404), (-0.244, 0.214, 0.404), 0.0098, "copper", 0.001, 14)
    # Engine and control harness.
    h = Part("wiring_harness")
    trunk = [(0.28, -0.19, 0.640), (0.27, -0.185, 0.615), (0.22, -0.10, 0.600), (0.10, -0.02, 0.590), (0.0, -0.02, 0.598), (-0.02, -0.05, 0.600), (-0.035, -0.110, 0.570), (-0.06, -0.137, 0.537), (-0.15, -0.139, 0.532), (-0.33, -0.139, 0.532), (-0.385, -0.137, 0.545)]
    h.tube(trunk, 0.0085, "black", 10, 6)
    for pt in ((0.0, -0.02, 0.598), (-0.10, -0.1385, 0.534), (-0.24, -0.139, 0.532)):
        h.ring(vec(pt) - X * 0.004, X, 0.0085, 0.0105, 0.008, "zinc", 0.0005, 16)
    h.tube([(-0.385, -0.137, 0.545), (-0.398, -0.139, 0.580), (-0.398, -0.125, 0.615), (-0.395, -0.104, 0.624)], 0.003, "black", 8)
    h.tube([(-0.075, -0.138, 0.535), (-0.062, -0.150, 0.52), (-0.060, -0.165, 0.46), (-0.072, -0.195, 0.375), (-0.088, -0.198, 0.325), (-0.104, -0.185, 0.317)], 0.0032, "black", 8)
    h.tube([(-0.31, -0.139, 0.532), (-0.320, -0.146, 0.52), (-0.322, -0.155, 0.48), (-0.308, -0.165, 0.40), (-0.290, -0.190, 0.335), (-0.285, -0.180, 0.318)], 0.003, "black", 8)
    h.tube([(-0.33, -0.139, 0.532), (-0.345, -0.150, 0.540), (-0.346, -0.185, 0.553), (-0.347, -0.205, 0.550), (-0.355, -0.214, 0.546)], 0.003, "red", 8)
    h.tube([(0.10, -0.02, 0.590), (0.05, 0.10, 0.585), (-0.02, 0.20, 0.52), (-0.10, 0.255, 0.45), (-0.21, 0.255, 0.41), (-0.238, 0.235, 0.394)], 0.005, "black", 10)
    # Sender wire on the tank, panel feed from the battery side.
    h.tube([(0.10, -0.05, 0.914), (0.12, -0.06, 0.93), (0.18, -0.10, 0.92), (0.204, -0.16, 0.90)], 0.003, "black", 8)
    h.tube([(0.52, -0.19, 0.640), (0.54, -0.195, 0.620), (0.615, -0.22, 0.60), (0.66, -0.31, 0.55), (0.695, -0.350, 0.485)], 0.006, "black", 10)
