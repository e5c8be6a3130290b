"""Fuel tank, valve, separator, lift pump, filter, injection pump, lines and injectors."""

import math

from mathutils import Matrix, Vector

from kit import X, Y, Z, Part, rounded, vec
from parts_engine import wrap

# Axis of the fuel filter and of the water separator (x, y).
FILTER = (-0.275, -0.262)
SEPARATOR = (0.165, -0.322)
INJECTOR_X = (-0.315, -0.150)


def tank(lab):
    p = Part("fuel_tank", (0.0, -0.13, 0.655))
    p.span((-0.200, -0.338, 0.652), (0.192, 0.085, 0.895), "olive", 0.030, 4)
    # Pressed ribs and a welded seam.
    p.span((-0.203, -0.341, 0.768), (0.195, 0.088, 0.773), "olive", 0.002)
    # Straps.
    for x in (-0.150, 0.155):
        p.span((x - 0.014, -0.3405, 0.650), (x + 0.014, -0.3385, 0.885), "zinc", 0.0005)
        p.span((x - 0.014, -0.325, 0.8955), (x + 0.014, 0.075, 0.8985), "zinc", 0.0005)
        p.span((x - 0.014, 0.0855, 0.650), (x + 0.014, 0.0880, 0.885), "zinc", 0.0005)
        p.bolt((x, -0.3405, 0.676), -Y, 0.007)
    # Filler neck, level sender, vent.
    p.cyl((-0.055, -0.245, 0.890), (-0.055, -0.245, 0.940), 0.032, "olive", 0.002, 32)
    p.ring((-0.055, -0.245, 0.893), Z, 0.031, 0.040, 0.006, "olive", 0.002, 32)
    p.cyl((0.10, -0.05, 0.894), (0.10, -0.05, 0.902), 0.032, "zinc", 0.002, 32)
    p.cyl((0.10, -0.05, 0.902), (0.10, -0.05, 0.914), 0.012, "black", 0.002, 16)
    for k in range(5):
        a = 2 * math.pi * k / 5
        p.screw((0.10 + 0.025 * math.cos(a), -0.05 + 0.025 * math.sin(a), 0.902), Z, 0.003)
    p.tube([(0.02, 0.0, 0.895), (0.02, 0.0, 0.94), (0.02, 0.02, 0.955), (0.02, 0.05, 0.935)], 0.006, "zinc", 10)
    # Return fitting on the left end.
    p.fitting((-0.200, -0.20, 0.845), -X, 0.004)
    # Sight label over the cradle.
    lab(p, "diesel_only", (-0.060, -0.3387, 0.862), scale=0.98, backing=None)
    return p


def cap_and_valve(lab):
    p = Part("fuel_cap", (-0.055, -0.245, 0.938))
    p.lathe((-0.055, -0.245, 0.938), Z, [(0, 0), (0.038, 0), (0.040, 0.003), (0.040, 0.020), (0.037, 0.025), (0.020, 0.027), (0, 0.027)], "red", 24, 0.0)
    for k in range(12):
        a = 2 * math.pi * k / 12
        p.box((-0.055 + 0.040 * math.cos(a), -0.245 + 0.040 * math.sin(a), 0.949), (0.005, 0.005, 0.018), "red", 0.002, 1)
    p.box((-0.055, -0.245, 0.970), (0.052, 0.012, 0.014), "red", 0.005)
    p.tube([(-0.018, -0.245, 0.948), (-0.005, -0.235, 0.93), (0.01, -0.235, 0.905), (-0.012, -0.244, 0.897)], 0.0016, "zinc", 6)
    # Shutoff valve on the tank's front, lever in line with the flow (open).
    x, y, z = -0.165, -0.338, 0.700
    b = Part.registry["fuel_tank"]
    b.hexagon((x, y, z), -Y, 0.026, 0.010, "brass")
    b.cyl((x, y - 0.010, z), (x, y - 0.022, z), 0.011, "brass", 0.001, 18)
    b.box((x, y - 0.026, z), (0.026, 0.022, 0.030), "brass", 0.005, 3)
    b.cyl((x, y - 0.026, z - 0.014), (x, y - 0.026, z - 0.026), 0.009, "brass", 0.001, 16)
    b.hexagon((x, y - 0.026, z - 0.022), -Z, 0.018, 0.010, "brass")
    # Only the lever and its stem turn.
    p = Part("fuel_shutoff_valve", (x, y - 0.037, z))
    p.cyl((x, y - 0.036, z), (x, y - 0.046, z), 0.006, "zinc", 0.001, 14)
    p.box((x, y - 0.045, z + 0.020), (0.012, 0.004, 0.058), "red", 0.0018)
    p.box((x, y - 0.050, z + 0.045), (0.014, 0.010, 0.012), "red", 0.004)
    p.bolt((x, y - 0.047, z), -Y, 0.005, washer=False)


def separator(lab):
    x, y = SEPARATOR
    p = Part("water_separator", (x, y, 0.560))
    # Bracket to the centre post.
    p.span((0.071, -0.3905, 0.560), (0.076, -0.30, 0.610), "olive", 0.001)
    p.span((0.071, y - 0.022, 0.604), (x + 0.03, y + 0.022, 0.609), "olive", 0.001)
    p.bolt((0.071 + 0.005, -0.355, 0.585), X, 0.006)
    for dx in (-0.014, 0.014):
        p.bolt((x + dx, y, 0.609), Z, 0.006)
    p.lathe((x, y, 0.562), Z, [(0, 0), (0.043, 0), (0.046, 0.003), (0.046, 0.018), (0.040, 0.026), (0.034, 0.030), (0.034, 0.042), (0, 0.042)], "aluminium", 40)
    for s in (-1, 1):
        p.cyl((x + s * 0.030, y, 0.586), (x + s * 0.050, y, 0.586), 0.010, "aluminium", 0.002, 18)
        p.fitting((x + s * 0.050, y, 0.586), X * s, 0.005)
    # Filter element inside the bowl.
    p.cyl((x, y, 0.500), (x, y, 0.562), 0.022, "paper", 0.002, 28)
    for k in range(6):
        p.ring((x, y, 0.504 + 0.010 * k), Z, 0.0215, 0.0235, 0.002, "black", 0.0003, 28)
    b = Part("water_separator_bowl", (x, y, 0.562))
    b.lathe((x, y, 0), Z, [(0.0, 0.455), (0.010, 0.455), (0.018, 0.458), (0.030, 0.466), (0.038, 0.478), (0.041, 0.494), (0.0415, 0.548), (0.0415, 0.560)], "bowl", 44)
    b.lathe((x, y, 0), Z, [(0.0405, 0.560), (0.0395, 0.548), (0.039, 0.496), (0.036, 0.481), (0.029, 0.470), (0.017, 0.462), (0.0, 0.460)], "bowl", 44)
    # Fuel, with a layer of water and dirt below.
    b.lathe((x, y, 0), Z, [(0, 0.4605), (0.017, 0.4625), (0.0285, 0.4705), (0.0345, 0.4800), (0, 0.4802)], "sediment", 40)
    b.lathe((x, y, 0), Z, [(0, 0.4803), (0.0347, 0.4803), (0.0382, 0.496), (0.0386, 0.520), (0.0, 0.5205)], "fuel", 40)
    # Ring nut with grips.
    b.ring((x, y, 0.548), Z, 0.0405, 0.0475, 0.014, "black", 0.002, 44)
    for k in range(20):
        a = 2 * math.pi * k / 20
        b.box((x + 0.0475 * math.cos(a), y + 0.0475 * math.sin(a), 0.555), (0.003, 0.003, 0.012), "black", 0.001, 1)
    b.lathe((x, y, 0.447), Z, [(0.0, 0), (0.013, 0), (0.014, 0.002), (0.014, 0.010), (0, 0.010)], "brass", 20)
    # Drain cock: its barrel and spout stay with the bowl, the T handle in front turns.
    b.hexagon((x, y, 0.447), -Z, 0.016, 0.007, "brass")
    b.cyl((x, y, 0.441), (x, y, 0.416), 0.0075, "brass", 0.001, 16)
    b.cyl((x, y, 0.418), (x, y, 0.400), 0.0052, "brass", 0.001, 14)
    d = Part("water_separator_drain_cock", (x, y - 0.010, 0.430))
    d.cyl((x, y - 0.004, 0.430), (x, y - 0.026, 0.430), 0.0055, "brass", 0.001, 16)
    d.box((x, y - 0.029, 0.430), (0.044, 0.007, 0.012), "brass", 0.003, 3)
    for s in (-1, 1):
        d.cyl((x + s * 0.019, y - 0.0255, 0.430), (x + s * 0.019, y - 0.0325, 0.430), 0.0068, "brass", 0.002, 14)


def lift_pump(lab):
    x, z = -0.378, 0.335
    p = Part("lift_pump", (x, -0.130, z))
    p.box((x, -0.136, z), (0.075, 0.012, 0.056), "aluminium", 0.005)
    for dx in (-0.030, 0.030):
        p.bolt((x + dx, -0.142, z), -Y, 0.007)
    p.lathe((x, -0.140, z), -Y, [(0, 0), (0.022, 0), (0.024, 0.008), (0.036, 0.014), (0.038, 0.016), (0.038, 0.022), (0.038, 0.024), (0.038, 0.030), (0.036, 0.032), (0.030, 0.040), (0.020, 0.046), (0, 0.048)], "aluminium", 36)
    p.lathe((x, -0.140, z), -Y, [(0.0382, 0.0215), (0.0392, 0.0220), (0.0392, 0.0240), (0.0382, 0.0245)], "rubber", 36)
    for k in range(6):
        a = 2 * math.pi * (k + 0.5) / 6
        p.screw((x + 0.0335 * math.cos(a), -0.1715, z + 0.0335 * math.sin(a)), -Y, 0.0028)
    p.fitting((x + 0.010, -0.172, z + 0.030), (0.15, -0.15, 1), 0.004)
    p.fitting((x + 0.022, -0.172, z - 0.026), (0.9, -0.1, -0.5), 0.004)
    # Hand-priming lever, pivots at the pump's lower left.
    l = Part("lift_pump_lever", (x - 0.030, -0.156, z - 0.022))
    l.cyl((x - 0.030, -0.146, z - 0.022), (x - 0.030, -0.192, z - 0.022), 0.006, "zinc", 0.001, 14)
    l.tube([(x - 0.030, -0.188, z - 0.022), (x - 0.036, -0.192, z - 0.048), (x - 0.044, -0.198, z - 0.075)], 0.0036, "zinc", 10)
    l.lathe((x - 0.0435, -0.1977, z - 0.070), (-0.25, -0.18, -1), rounded(0.0085, 0, 0.028, 0.004), "red", 18)


def fuel_filter(lab):
    x, y = FILTER
    h = Part("fuel_filter_head", (x, y, 0.575))
    h.lathe((x, y, 0.576), Z, [(0, 0), (0.050, 0), (0.052, 0.003), (0.052, 0.016), (0.047, 0.022), (0.032, 0.030), (0.028, 0.034), (0.028, 0.040), (0, 0.041)], "aluminium", 44)
    h.box((x, y + 0.060, 0.598), (0.074, 0.070, 0.016), "aluminium", 0.005)
    h.box((x, -0.165, 0.598), (0.090, 0.014, 0.046), "aluminium", 0.004)
    # Bracket to the cylinder head.
    h.span((x - 0.045, -0.160, 0.586), (x + 0.045, -0.118, 0.592), "engine", 0.001)
    h.span((x - 0.045, -0.160, 0.545), (x + 0.045, -0.154, 0.622), "engine", 0.001)
    for dx in (-0.032, 0.032):
        h.bolt((x + dx, -0.172, 0.598), -Y, 0.008)
    for s in (-1, 1):
        h.cyl((x + s * 0.036, y, 0.596), (x + s * 0.060, y, 0.596), 0.0115, "aluminium", 0.002, 20)
        h.fitting((x + s * 0.060, y, 0.596), X * s, 0.0045)
    lab(h, "bleed", (x - 0.001, y - 0.0518, 0.5845), scale=0.9)
    # Bleed screw on top of the head.
    b = Part("fuel_filter_bleed_screw", (x, y - 0.022, 0.606))
    b.cyl((x, y - 0.022, 0.600), (x, y - 0.022, 0.616), 0.0085, "aluminium", 0.001, 18)
    b.hexagon((x, y - 0.022, 0.616), Z, 0.014, 0.007, "brass")
    b.cyl((x, y - 0.022, 0.623), (x, y - 0.022, 0.630), 0.0045, "brass", 0.001, 12)
    # Spin-on element.
    e = Part("fuel_filter_element", (x, y, 0.574))
    e.lathe((x, y, 0.574), -Z, [(0, 0.001), (0.040, 0.0), (0.041, 0.003), (0.044, 0.004), (0.0465, 0.008), (0.0465, 0.146), (0.0445, 0.153), (0.036, 0.159), (0.012, 0.160), (0, 0.160)], "can", 48)
    e.torus((x, y, 0.5735), Z, 0.038, 0.0028, "rubber", 40, 8)
    wrap(e, lab, "fuel_wrap", (x, y, 0.448), Z, 0.0468, 0.092, turn=0.12)
    for k in range(10):
        a = 2 * math.pi * k / 10
        e.box((x + 0.0455 * math.cos(a), y + 0.0455 * math.sin(a), 0.4325), (0.005, 0.005, 0.020), "can", 0.002, 1)


def injection(lab):
    p = Part("injection_pump", (-0.160, -0.178, 0.465))
    p.box((-0.160, -0.139, 0.462), (0.165, 0.016, 0.105), "aluminium", 0.006)
    for x in (-0.232, -0.088):
        for z in (0.425, 0.500):
            p.bolt((x, -0.147, z), -Y, 0.007)
    p.box((-0.160, -0.180, 0.450), (0.135, 0.072, 0.072), "aluminium", 0.010, 3)
    p.box((-0.160, -0.178, 0.498), (0.120, 0.052, 0.036), "aluminium", 0.008, 3)
    for i in range(4):
        p.box((-0.202 + 0.028 * i, -0.2165, 0.446), (0.006, 0.006, 0.052), "aluminium", 0.002)
    p.cyl((-0.2275, -0.180, 0.452), (-0.245, -0.180, 0.452), 0.026, "aluminium", 0.004)
    # Delivery valve holders.
    for x in (-0.186, -0.134):
        p.hexagon((x, -0.178, 0.514), Z, 0.022, 0.014, "zinc")
        p.cyl((x, -0.178, 0.528), (x, -0.178, 0.542), 0.0085, "zinc", 0.001, 18)
    # Inlet union on the front, timing window cover.
    p.fitting((-0.212, -0.214, 0.470), -Y, 0.0045)
    p.box((-0.160, -0.2170, 0.452), (0.058, 0.004, 0.034), "zinc", 0.0015)
    for dx in (-0.023, 0.023):
        p.screw((-0.160 + dx, -0.219, 0.452), -Y, 0.0028)
    # Stop solenoid screws up into the pump from below.
    p.cyl((-0.112, -0.185, 0.416), (-0.112, -0.185, 0.408), 0.019, "aluminium", 0.002, 28)
    s = Part("stop_solenoid", (-0.112, -0.185, 0.408))
    s.torus((-0.112, -0.185, 0.4070), Z, 0.0135, 0.0018, "rubber", 28, 8)
    s.hexagon((-0.112, -0.185, 0.4065), -Z, 0.030, 0.011, "zinc", chamfer=False)
    s.lathe((-0.112, -0.185, 0.3955), -Z, rounded(0.0205, 0, 0.060, 0.003), "black_paint", 32)
    s.ring((-0.112, -0.185, 0.3885), -Z, 0.0203, 0.0215, 0.004, "zinc", 0.0005, 32)
    s.cyl((-0.112, -0.185, 0.3355), (-0.112, -0.185, 0.325), 0.012, "black", 0.003, 18)
    s.cyl((-0.104, -0.185, 0.325), (-0.104, -0.185, 0.318), 0.0025, "brass", 0.0005, 8)
    # Governor lever on the control-end face, turns about Y at its lower boss.
    g = Part("governor_lever", (-0.098, -0.222, 0.470))
    g.cyl((-0.098, -0.214, 0.470), (-0.098, -0.232, 0.470), 0.0085, "zinc", 0.001, 18)
    g.box((-0.098, -0.230, 0.497), (0.013, 0.004, 0.062), "zinc", 0.0015)
    g.cyl((-0.098, -0.228, 0.524), (-0.098, -0.238, 0.524), 0.0055, "brass", 0.001, 14)
    g.bolt((-0.098, -0.232, 0.470), -Y, 0.006, washer=False)
    g.tube([(-0.098, -0.235, 0.524), (-0.112, -0.235, 0.530), (-0.150, -0.228, 0.545), (-0.19, -0.20, 0.550)], 0.0016, "steel", 8)
    # Speed adjusting screw in a bracket, its tip against the lever.
    j = Part("speed_adjust_screw", (-0.1065, -0.230, 0.503))
    j.cyl((-0.1065, -0.230, 0.503), (-0.152, -0.230, 0.503), 0.0032, "brass", 0.0005, 12)
    j.hexagon((-0.128, -0.230, 0.503), -X, 0.010, 0.005, "zinc")
    j.lathe((-0.152, -0.230, 0.503), -X, [(0, 0), (0.0062, 0), (0.0062, 0.008), (0.005, 0.009), (0, 0.009)], "brass", 18)
    p.span((-0.1275, -0.238, 0.490), (-0.1235, -0.212, 0.512), "zinc", 0.001)
    # Injectors: service side of the cylinder head, leaning out.
    lean = Vector((0, -0.30, 1)).normalized()
    for n, x in enumerate(INJECTOR_X, 1):
        base = Vector((x, -0.098, 0.592))
        i = Part(f"injector_{n}", base)
        i.lathe(base, lean, [(0, 0), (0.0125, 0), (0.0125, 0.020), (0.010, 0.024), (0.010, 0.046), (0, 0.046)], "steel", 24)
        i.hexagon(base + lean * 0.022, lean, 0.024, 0.014, "zinc")
        i.hexagon(base + lean * 0.046, lean, 0.020, 0.016, "zinc")
        i.cyl(base + lean * 0.062, base + lean * 0.074, 0.0065, "brass", 0.001, 16)
        side = (lean.cross(X)).normalized()
        out = -side if side.y > 0 else side
        i.cyl(base + lean * 0.036, base + lean * 0.036 + out * 0.026, 0.0062, "zinc", 0.001, 16)
        # Clamp with its stud.
        i.box(base + Vector((0.024, 0.004, 0.016)), (0.050, 0.022, 0.009), "zinc", 0.003)
        i.bolt(base + Vector((0.038, 0.004, 0.0205)), Z, 0.007)
        # High-pressure line.
        a = Vector(((-0.186, -0.134)[n - 1], -0.178, 0.540))
        e = base + lean * 0.036 + out * 0.030
        l = Part(f"injection_line_{n}", a)
        mid = [a, a + Vector((0, 0, 0.030)), a.lerp(e, 0.45) + Vector((0, -0.018 - 0.008 * n, 0.028)), e + out * 0.030 + Vector((0.0, 0, -0.012)), e + out * 0.010, e]
        l.tube(mid, 0.0034, "steel", 10, 6)
        l.hexagon(a + Z * 0.001, Z, 0.016, 0.013, "zinc")
        l.cyl(a + Z * 0.014, a + Z * 0.020, 0.0055, "zinc", 0.001, 14)
        l.hexagon(e - out * 0.004, out, 0.016, 0.013, "zinc")
        l.cyl(e + out * 0.009, e + out * 0.014, 0.0055, "zinc", 0.001, 14)


def lines(lab):
    sx, sy = SEPARATOR
    fx, fy = FILTER
    # Tank -> separator.
    p = Part("fuel_line_supply", (-0.165, -0.364, 0.668))
    pts = [(-0.165, -0.364, 0.672), (-0.165, -0.363, 0.640), (-0.158, -0.356, 0.600), (-0.110, -0.350, 0.575), (0.0, -0.350, 0.570), (0.065, -0.345, 0.572), (0.095, -0.326, 0.584), (sx - 0.062, sy, 0.586)]
    p.tube(pts, 0.0068, "rubber", 10, 6)
    p.clamp((-0.165, -0.364, 0.660), Z, 0.0068, screw_dir=(1, -0.3, 0), width=0.007)
    p.clamp((sx - 0.072, sy - 0.0004, 0.5857), X, 0.0068, screw_dir=(0, -1, 0.4), width=0.007)
    # Separator -> lift pump.
    p = Part("fuel_line_suction", (sx + 0.07, sy, 0.586))
    p.tube([(sx + 0.062, sy, 0.586), (sx + 0.078, sy + 0.004, 0.572), (sx + 0.070, sy + 0.050, 0.50), (0.12, -0.205, 0.420), (0.03, -0.205, 0.372), (-0.08, -0.225, 0.305), (-0.20, -0.225, 0.283), (-0.31, -0.195, 0.283), (-0.336, -0.176, 0.298), (-0.348, -0.174, 0.306)], 0.0068, "rubber", 10, 6)
    p.clamp((sx + 0.068, sy + 0.001, 0.583), (1, 0, -0.5), 0.0068, screw_dir=(0, -1, 0), width=0.007)
    # Lift pump -> filter.
    p = Part("fuel_line_pressure", (-0.366, -0.18, 0.39))
    p.tube([(-0.3655, -0.1745, 0.378), (-0.3640, -0.178, 0.400), (-0.372, -0.228, 0.455), (-0.383, -0.285, 0.510), (-0.376, -0.292, 0.565), (-0.360, fy - 0.008, 0.594), (fx - 0.072, fy, 0.596)], 0.0058, "zinc", 10, 6)
    # Filter -> injection pump.
    p = Part("fuel_line_feed", (fx + 0.07, fy, 0.596))
    p.tube([(fx + 0.072, fy, 0.596), (fx + 0.086, fy - 0.002, 0.590), (fx + 0.094, fy - 0.012, 0.560), (fx + 0.088, fy - 0.018, 0.515), (fx + 0.074, fy - 0.012, 0.484), (-0.212, -0.250, 0.471), (-0.212, -0.234, 0.470)], 0.0058, "zinc", 10, 6)
    p.hexagon((fx + 0.068, fy, 0.596), X, 0.015, 0.010, "brass")
    p.hexagon((-0.212, -0.232, 0.470), -Y, 0.015, 0.010, "brass")
    # Leak-off and return to the tank.
    lean = Vector((0, -0.30, 1)).normalized()
    p = Part("fuel_line_return", (-0.15, -0.12, 0.67))
    tops = [Vector((x, -0.098, 0.592)) + lean * 0.072 for x in INJECTOR_X]
    for t in tops:
        p.lathe(t - Vector((0, 0, 0.004)), lean, rounded(0.0085, 0, 0.010, 0.002), "brass", 18)
        p.hexagon(t + lean * 0.006, lean, 0.013, 0.006, "zinc")
    a, b = tops
    p.tube([a + Vector((0.008, 0, 0.001)), a + Vector((0.05, -0.004, 0.010)), b + Vector((-0.05, -0.004, 0.010)), b + Vector((-0.008, 0, 0.001))], 0.0032, "steel", 10)
    p.tube([b + Vector((0.008, 0, 0.001)), b + Vector((-0.0 + 0.03, -0.010, 0.012)), (-0.170 + 0.04, -0.150, 0.700), (-0.205, -0.175, 0.740), (-0.232, -0.196, 0.800), (-0.234, -0.200, 0.838), (-0.221, -0.20, 0.845)], 0.0050, "rubber", 10, 6)
    p.clamp((-0.226, -0.20, 0.8435), X, 0.0050, screw_dir=(0, -1, 0.3), width=0.006)
