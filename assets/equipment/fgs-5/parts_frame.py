"""Skid, frame, canopy, doors, lifting eyes and the fiducial placards."""

import math

from kit import X, Y, Z, Part, vec
import layout


def skid(lab):
    p = Part("skid")
    for s in (-1, 1):
        y = 0.396 * s
        p.span((-0.76, y - 0.004, 0), (0.76, y + 0.004, 0.14), "olive", 0.002)
        for z in (0.004, 0.136):
            p.span((-0.76, 0.33 * s, z - 0.004), (0.76, 0.398 * s, z + 0.004), "olive", 0.002)
        for x in (-0.6, -0.42, 0.28, 0.6):
            p.box((x, 0.365 * s, 0.07), (0.006, 0.06, 0.13), "olive", 0.001)
        # Runner ends turned up.
        for e in (-1, 1):
            p.box((0.757 * e, 0.365 * s, 0.07), (0.008, 0.07, 0.14), "olive", 0.002)
        # Fork pockets through the runner, lined.
        for x in (-0.13, 0.13):
            for dz in (0.028, 0.112):
                p.box((x, 0.398 * s, dz), (0.18, 0.016, 0.008), "olive", 0.002)
            for dx in (-0.088, 0.088):
                p.box((x + dx, 0.398 * s, 0.07), (0.008, 0.016, 0.092), "olive", 0.002)
            p.box((x, 0.3985 * s, 0.07), (0.17, 0.004, 0.078), "black", 0.0)
    for x in (-0.13, 0.13):
        p.span((x - 0.085, -0.39, 0.03), (x + 0.085, 0.39, 0.035), "olive", 0.001)
        p.span((x - 0.085, -0.39, 0.105), (x + 0.085, 0.39, 0.11), "olive", 0.001)
    for x in (-0.70, -0.38, -0.03, 0.36, 0.70):
        p.span((x - 0.03, -0.34, 0.06), (x + 0.03, 0.34, 0.136), "olive", 0.004)
    # Drip pan.
    p.span((-0.69, -0.335, 0.1385), (0.69, 0.335, 0.1425), "black_paint", 0.001)
    for a, b in (((-0.69, -0.338), (0.69, -0.332)), ((-0.69, 0.332), (0.69, 0.338)), ((-0.693, -0.335), (-0.687, 0.335)), ((0.687, -0.335), (0.693, 0.335))):
        p.span((*a, 0.138), (*b, 0.158), "black_paint", 0.001)
    # Engine and alternator mounts with rubber isolators.
    for x, y in ((-0.36, 0.165), (-0.36, -0.165), (-0.09, 0.165), (-0.09, -0.165), (0.16, 0.13), (0.16, -0.13), (0.34, 0.13), (0.34, -0.13)):
        p.span((x - 0.04, y - 0.03, 0.14), (x + 0.04, y + 0.03, 0.150), "olive", 0.002)
        p.cyl((x, y, 0.150), (x, y, 0.180), 0.026, "rubber", 0.006, 20)
        p.cyl((x, y, 0.180), (x, y, 0.186), 0.028, "zinc", 0.001, 20)
        p.bolt((x, y, 0.2), Z, 0.010)
    # Battery tray.
    p.span((0.085, -0.375, 0.143), (0.565, -0.195, 0.149), "black_paint", 0.001)
    for y in (-0.377, -0.193):
        p.span((0.085, y - 0.002, 0.143), (0.565, y + 0.002, 0.175), "black_paint", 0.001)
    # Tie-down shackles at the ends.
    for s in (-1, 1):
        for e in (-1, 1):
            p.box((0.763 * e, 0.22 * s, 0.075), (0.008, 0.07, 0.07), "olive", 0.002)
            p.torus((0.778 * e, 0.22 * s, 0.062), Y, 0.024, 0.006, "zinc", 24, 8)
    # Frame ground point.
    p.bolt((0.078, -0.300, 0.143), Z, 0.010, "brass")
    lab(p, "fork", (-0.13, -0.4015, 0.127), scale=0.85)
    lab(p, "fork", (0.13, -0.4015, 0.127), scale=0.85)
    lab(p, "st_tiedown", (-0.66, -0.4005, 0.075))
    lab(p, "st_tiedown", (0.60, -0.4005, 0.075))
    lab(p, "st_tiedown", (-0.66, 0.4005, 0.075), facing=Y)
    lab(p, "st_tiedown", (0.66, 0.4005, 0.075), facing=Y)
    lab(p, "st_serial", (0.36, 0.4005, 0.075), facing=Y, scale=0.75)
    return p


def channel_post(p, x, y_front, z0, z1, width, sign=-1, depth=0.03):
    """A pressed post: front sheet and two returns; sign is the way it faces along Y."""
    h = width / 2
    back = y_front - sign * depth
    p.span((x - h, y_front, z0), (x + h, y_front - sign * 0.004, z1), "olive", 0.0015)
    for s in (-1, 1):
        p.span((x + s * h, y_front, z0), (x + s * (h - 0.004), back, z1), "olive", 0.0015)


def frame(lab):
    p = Part("frame")
    for sx in (-1, 1):
        for sy in (-1, 1):
            p.box((0.722 * sx, 0.375 * sy, 0.61), (0.05, 0.05, 0.94), "olive", 0.006)
            p.box((0.722 * sx, 0.375 * sy, 0.146), (0.085, 0.075, 0.008), "olive", 0.002)
            for dx in (-0.034, 0.034):
                p.bolt((0.722 * sx + dx, 0.375 * sy - sy * 0.03, 0.150), Z, 0.008)
    # Wide pressed post at the control end; centre posts, both sides; control bulkhead post.
    channel_post(p, 0.680, -0.400, 0.142, 1.078, 0.142)
    channel_post(p, 0.0, -0.400, 0.142, 0.615, 0.142)
    channel_post(p, 0.0, 0.400, 0.142, 0.615, 0.142, sign=1)
    channel_post(p, 0.125, -0.400, 0.648, 1.078, 0.142)
    # Deck beams under tank and control box.
    for y in (-0.385, 0.385):
        p.box((0.265, y, 0.630), (0.93, 0.030, 0.036), "olive", 0.004)
    for x in (-0.185, 0.0, 0.200, 0.600, 0.722):
        p.box((x, 0, 0.630), (0.030, 0.75, 0.034), "olive", 0.004)
    p.box((0.4, -0.25, 0.645), (0.40, 0.23, 0.004), "olive", 0.001)
    # Tank cradle: front plate and its gussets.
    p.span((-0.121, -0.3870, 0.640), (0.021, -0.3835, 0.832), "olive", 0.0015)
    for x in (-0.119, 0.019):
        p.span((x - 0.002, -0.3870, 0.640), (x + 0.002, -0.3420, 0.832), "olive", 0.001)
    for x in (-0.105, 0.005):
        p.bolt((x, -0.3870, 0.649), -Y, 0.005)
    # Roof rails.
    for s in (-1, 1):
        p.span((-0.775, 0.440 * s, 1.075), (0.775, 0.412 * s, 1.238), "olive", 0.006)
    for e in (-1, 1):
        p.span((0.775 * e, -0.420, 1.078), (0.747 * e, 0.420, 1.238), "olive", 0.004)
    for x in (-0.46, -0.20, 0.20, 0.45):
        p.span((x - 0.015, -0.415, 1.205), (x + 0.015, 0.415, 1.237), "olive", 0.003)
    # Radiator-end grille.
    for s in (-1, 1):
        p.box((-0.735, 0.338 * s, 0.57), (0.018, 0.024, 0.80), "olive", 0.003)
    for z in (0.165, 0.975):
        p.box((-0.735, 0, z), (0.018, 0.70, 0.024), "olive", 0.003)
    from mathutils import Matrix

    tilt = Matrix.Rotation(math.radians(-38), 3, "Y")
    for i in range(19):
        p.box((-0.735, 0, 0.20 + 0.041 * i), (0.036, 0.655, 0.003), "olive", 0.0008, 1, tilt)
    # End panel at the control end, louvred, with hinged look and screws.
    p.span((0.746, -0.35, 0.648), (0.750, 0.35, 1.075), "olive", 0.001)
    for i in range(7):
        for y in (-0.18, 0.18):
            p.box((0.752, y, 0.672 + 0.0165 * i), (0.010, 0.22, 0.006), "olive", 0.002)
    for y in (-0.335, -0.11, 0.11, 0.335):
        for z in (0.660, 1.062):
            p.bolt((0.750, y, z), X, 0.005)
    # Off-side lower rail.
    p.box((0.36, 0.388, 0.36), (0.70, 0.022, 0.022), "olive", 0.004)
    # Heat shield between muffler and tank.
    p.span((-0.47, 0.128, 0.80), (-0.02, 0.130, 1.06), "aluminium", 0.0006)
    for x in (-0.44, -0.05):
        p.span((x - 0.012, 0.126, 1.04), (x + 0.012, 0.132, 1.21), "olive", 0.001)
    lab(p, "st_fgs5", (-0.02, -0.4405, 1.158), scale=0.92)
    lab(p, "lift", (-0.66, -0.4405, 1.205))
    lab(p, "lift", (0.66, -0.4405, 1.205))
    lab(p, "lift", (-0.66, 0.4405, 1.205), facing=Y)
    lab(p, "lift", (0.66, 0.4405, 1.205), facing=Y)
    lab(p, "ear", (0.60, -0.4405, 1.128), scale=0.8)
    lab(p, "hot", (-0.52, 0.4405, 1.135), facing=Y)
    lab(p, "danger_hv", (0.7505, 0.0, 0.98), facing=X, scale=1.1)
    lab(p, "st_fgs5", (0.02, 0.4405, 1.158), facing=Y, scale=0.9)
    lab(p, "hot_coolant", (-0.7755, 0.0, 1.150), facing=-X)
    return p


def canopy(lab):
    p = Part("canopy", (0, 0, 1.238))
    p.span((-0.790, -0.456, 1.238), (0.790, 0.456, 1.250), "olive", 0.005)
    # Crowned centre with pressed ribs.
    p.span((-0.74, -0.40, 1.246), (0.74, 0.40, 1.258), "olive", 0.006)
    for y in (-0.30, -0.10, 0.10):
        p.box((0.10, y, 1.2595), (1.16, 0.030, 0.008), "olive", 0.004)
    p.box((0.20, 0.30, 1.2595), (0.76, 0.030, 0.008), "olive", 0.004)
    # Exhaust pass-through.
    p.ring((-0.20, 0.26, 1.254), Z, 0.038, 0.062, 0.012, "zinc", 0.002, 32)
    for k in range(6):
        a = math.pi * k / 3
        p.bolt((-0.20 + 0.053 * math.cos(a), 0.26 + 0.053 * math.sin(a), 1.266), Z, 0.004, washer=False)
    for x in (-0.76, -0.45, -0.15, 0.15, 0.45, 0.76):
        for y in (-0.436, 0.436):
            p.bolt((x, y, 1.250), Z, 0.006)
    return p


def lifting_eyes(lab):
    for i, (sx, sy) in enumerate(((-1, -1), (1, -1), (1, 1), (-1, 1)), 1):
        x, y = 0.722 * sx, 0.375 * sy
        p = Part(f"lifting_eye_{i}", (x, y, 1.250))
        p.box((x, y, 1.256), (0.084, 0.084, 0.012), "yellow", 0.003)
        for dx in (-1, 1):
            for dy in (-1, 1):
                p.bolt((x + dx * 0.031, y + dy * 0.031, 1.262), Z, 0.008)
        p.cyl((x, y, 1.262), (x, y, 1.278), 0.021, "yellow", 0.004)
        p.torus((x, y, 1.305), Y, 0.027, 0.0095, "yellow", 32, 12)


DOOR_OPEN_DEG = 152


def doors(lab):
    for name, s, text, sheet, part_no in (("door_left", -1, "st_door_l", "schematic", ""), ("door_right", 1, "st_door_r", "instructions", "")):
        hinge = (0.752 * s, -0.428, 0.160)
        # Built closed; the object is turned about the hinge to stand open.
        p = Part(name, hinge, rotation_z_deg=s * DOOR_OPEN_DEG)
        x0, x1 = sorted((0.748 * s, 0.006 * s))
        z0, z1 = 0.165, 1.066
        yo = -0.436
        p.span((x0, yo, z0), (x1, yo + 0.003, z1), "olive", 0.001)
        # Returned edges and stiffeners on the inside.
        for xx in (x0 + 0.002, x1 - 0.002):
            p.span((xx - 0.002, yo, z0), (xx + 0.002, yo + 0.022, z1), "olive", 0.0008)
        for zz in (z0 + 0.002, z1 - 0.002):
            p.span((x0, yo, zz - 0.002), (x1, yo + 0.022, zz + 0.002), "olive", 0.0008)
        cx = (x0 + x1) / 2
        p.box((cx, yo + 0.010, 0.545), (x1 - x0 - 0.01, 0.016, 0.05), "olive", 0.004)
        for xx in (x0 + 0.05, x1 - 0.05):
            p.box((xx, yo + 0.010, 0.615), (0.045, 0.014, 0.88), "olive", 0.004)
        # Louvres, pressed outward.
        for row in range(8):
            for col in (-0.5, 0.5):
                p.box((cx + col * 0.27, yo - 0.003, 0.235 + row * 0.034), (0.22, 0.016, 0.010), "olive", 0.004)
                p.box((cx + col * 0.27, yo + 0.0036, 0.226 + row * 0.034), (0.22, 0.002, 0.010), "black", 0.0)
        # Hinges: knuckles on the pivot line.
        for zz in (0.26, 0.615, 0.97):
            p.cyl((hinge[0], hinge[1], zz - 0.04), (hinge[0], hinge[1], zz + 0.04), 0.0075, "zinc", 0.001, 14)
            p.box((hinge[0] - s * 0.025, yo + 0.001, zz), (0.04, 0.005, 0.07), "zinc", 0.001)
            for dz in (-0.022, 0.022):
                p.bolt((hinge[0] - s * 0.03, yo - 0.002, zz + dz), -Y, 0.004, washer=False)
        # Paddle latch near the free edge, outside; cam inside; hold-open stay.
        lx = 0.060 * s
        p.box((lx, yo - 0.004, 0.62), (0.058, 0.010, 0.13), "black_paint", 0.004)
        p.box((lx, yo - 0.011, 0.635), (0.036, 0.008, 0.075), "zinc", 0.003)
        p.box((lx, yo + 0.016, 0.62), (0.014, 0.010, 0.060), "zinc", 0.002)
        p.cyl((lx, yo + 0.003, 0.62), (lx, yo + 0.022, 0.62), 0.011, "zinc", 0.002, 16)
        lab(p, text, (cx, yo - 0.0006, 0.86), scale=1.25)
        lab(p, sheet, (cx, yo + 0.0036, 0.795), facing=Y, scale=1.25, backing="aluminium")


def placards(tag_rects):
    """AprilTag placards. The part's origin is the tag's centre; the printed face is the plane through it."""
    import labels

    px = layout.TAG_CELL_M / labels.CELL_PX
    w, h = labels.TAG_W * px, labels.TAG_H * px
    dz = (labels.TAG_TOP + 160 - labels.TAG_H / 2) * px  # tag centre above the placard's centre is -dz
    for i, (x, y, z, rot) in layout.TAGS.items():
        p = Part(f"tag_{i}", (x, y, z), rotation_z_deg=rot)
        p.box((x, y + 0.0014, z + dz), (w + 0.0014, 0.0022, h + 0.0014), "aluminium", 0.0007, 1)
        p.quad((x, y, z + dz), X, Z, w, h, tag_rects[i], "tags", lift=0.0)
        for sx in (-1, 1):
            p.lathe((x + sx * 0.0625, y, z + dz - h / 2 + 0.0075), -Y, [(0.0028, -0.001), (0.0028, 0.0006), (0.0018, 0.0014), (0, 0.0016)], "zinc", 10)
