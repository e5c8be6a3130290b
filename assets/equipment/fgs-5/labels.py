"""Printed textures: one atlas of legends, dials, plates and stencils, one of AprilTag placards, and two surface tiles.

Everything is drawn with Pillow from B612. Knows no Blender; the model asks for rectangles by name.
"""

import math
import os
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import layout
from tag36h11 import CODES, BITS

FONT_DIRS = ["/usr/share/fonts/opentype/b612", "/usr/share/fonts/truetype/b612"]
ATLAS = (2048, 2688)

BLACK, WHITE = (24, 25, 24, 255), (232, 232, 224, 255)
PANEL_INK, PANEL_BASE = (226, 226, 214, 255), (44, 47, 42, 255)
RED, YELLOW, ORANGE = (176, 24, 22, 255), (228, 186, 32, 255), (222, 116, 24, 255)
BLUE, GREEN, ALU = (30, 66, 130, 255), (34, 110, 60, 255), (176, 178, 176, 255)
CLEAR = (0, 0, 0, 0)


def font(px, style="Bold"):
    """B612 at a pixel size."""
    for d in FONT_DIRS:
        for ext in ("otf", "ttf"):
            p = os.path.join(d, f"B612{'Mono' if style.startswith('Mono') else ''}-{style.replace('Mono', '') or 'Regular'}.{ext}")
            if os.path.exists(p):
                return ImageFont.truetype(p, max(6, round(px)))
    raise SystemExit("B612 not found\nhint: apt-get install fonts-b612")


class Sheet:
    """A label being drawn: millimetre coordinates, origin top left."""

    def __init__(self, w, h, ppm, bg):
        self.w, self.h, self.k = w, h, ppm
        self.im = Image.new("RGBA", (round(w * ppm), round(h * ppm)), bg)
        self.d = ImageDraw.Draw(self.im)

    def text(self, x, y, s, size, ink=BLACK, anchor="mm", style="Bold"):
        """Text with cap height about 0.72 * size millimetres."""
        self.d.text((x * self.k, y * self.k), s, ink, font(size * self.k, style), anchor)

    def fit(self, x, y, s, size, width, ink=BLACK, anchor="mm", style="Bold"):
        """Text no wider than `width` mm."""
        px = size * self.k
        while font(px, style).getlength(s) > width * self.k and px > 6:
            px -= 1
        self.d.text((x * self.k, y * self.k), s, ink, font(px, style), anchor)

    def rect(self, x0, y0, x1, y1, fill=None, line=None, w=0.5, r=0):
        box = [v * self.k for v in (x0, y0, x1, y1)]
        self.d.rounded_rectangle(box, r * self.k, fill, line, max(1, round(w * self.k)))

    def line(self, pts, ink, w=0.4):
        self.d.line([(x * self.k, y * self.k) for x, y in pts], ink, max(1, round(w * self.k)))

    def poly(self, pts, ink):
        self.d.polygon([(x * self.k, y * self.k) for x, y in pts], ink)

    def circle(self, x, y, r, fill=None, line=None, w=0.4):
        k = self.k
        self.d.ellipse([(x - r) * k, (y - r) * k, (x + r) * k, (y + r) * k], fill, line, max(1, round(w * k)))

    def arc(self, x, y, r, a0, a1, ink, w):
        k = self.k
        self.d.arc([(x - r) * k, (y - r) * k, (x + r) * k, (y + r) * k], a0, a1, ink, max(1, round(w * k)))


def dial(size, title, unit, lo, hi, major, minor, labels=None, bands=(), sweep=(150, 390), start=None):
    """A round gauge face with scale; `bands` are (from, to, colour); angles in PIL degrees (clockwise from +x)."""
    s = Sheet(size, size, 4.2 if size > 60 else 5.0, (236, 234, 222, 255))
    c = size / 2
    a0, a1 = sweep
    ang = lambda v: a0 + (a1 - a0) * (v - lo) / (hi - lo)
    for f, t, col in bands:
        s.arc(c, c, c * 0.80, ang(f), ang(t), col, c * 0.09)
    s.arc(c, c, c * 0.80, a0, a1, BLACK, 0.35)
    n = round((hi - lo) / minor)
    for i in range(n + 1):
        v = lo + i * minor
        a = math.radians(ang(v))
        is_major = abs((v - lo) / major - round((v - lo) / major)) < 1e-6
        r0 = c * (0.64 if is_major else 0.72)
        s.line([(c + r0 * math.cos(a), c + r0 * math.sin(a)), (c + c * 0.80 * math.cos(a), c + c * 0.80 * math.sin(a))], BLACK, 0.55 if is_major else 0.3)
        if is_major:
            txt = labels[round((v - lo) / major)] if labels else f"{v:g}"
            s.text(c + c * 0.49 * math.cos(a), c + c * 0.49 * math.sin(a), txt, size * 0.086, BLACK)
    s.text(c, c + size * 0.20, unit, size * 0.12, BLACK)
    s.text(c, c + size * 0.33, title, size * 0.062, (60, 60, 58, 255))
    return s


def needle_angle(lo, hi, v, sweep=(150, 390)):
    """Angle of a needle in degrees, counterclockwise from +x as seen from the front."""
    return -(sweep[0] + (sweep[1] - sweep[0]) * (v - lo) / (hi - lo))


def plate(w, h, lines, bg=ALU, ink=BLACK, border=True, size=None, ppm=3.0):
    """A plain plate: lines of text filling its height."""
    s = Sheet(w, h, ppm, bg)
    if border:
        s.rect(1.2, 1.2, w - 1.2, h - 1.2, None, ink, 0.5, 1.5)
    n = len(lines)
    sz = size or (h - 6) / n * 0.82
    for i, t in enumerate(lines):
        s.fit(w / 2, 3 + (h - 6) * (i + 0.5) / n, t, sz, w - 8, ink)
    return s


def signal(w, h, word, lines, color, ink=WHITE, ppm=3.0, symbol=None):
    """A safety sign: signal word band with alert triangle above, message below."""
    s = Sheet(w, h, ppm, WHITE)
    band = h * 0.36
    s.rect(0, 0, w, h, WHITE, BLACK, 0.7, 2)
    s.rect(0.7, 0.7, w - 0.7, band, color)
    t = band * 0.62
    x0, y0 = w * 0.09, band * 0.5
    s.poly([(x0 - t * 0.58, y0 + t * 0.5), (x0 + t * 0.58, y0 + t * 0.5), (x0, y0 - t * 0.5)], ink)
    s.text(x0, y0 + t * 0.13, "!", t * 0.78, color)
    s.fit(w * 0.56, band * 0.52, word, band * 0.86, w * 0.76, ink)
    n = len(lines)
    left = 0
    if symbol == "bolt":
        left = h * 0.5
        c, m = (left * 0.52, band + (h - band) * 0.5), (h - band) * 0.42
        s.poly([(c[0] - m, c[1] + m * 0.85), (c[0] + m, c[1] + m * 0.85), (c[0], c[1] - m)], YELLOW)
        s.line([(c[0] - m, c[1] + m * 0.85), (c[0] + m, c[1] + m * 0.85), (c[0], c[1] - m), (c[0] - m, c[1] + m * 0.85)], BLACK, 0.8)
        b = m * 0.5
        s.poly([(c[0] + b * 0.2, c[1] - b * 0.7), (c[0] - b * 0.5, c[1] + b * 0.45), (c[0], c[1] + b * 0.3), (c[0] - b * 0.15, c[1] + b * 1.45), (c[0] + b * 0.55, c[1] + b * 0.05), (c[0] + b * 0.05, c[1] + b * 0.2)], BLACK)
    for i, tline in enumerate(lines):
        y = band + (h - band) * (i + 0.5) / n
        s.fit(left + (w - left) / 2, y, tline, (h - band) / n * 0.72, w - left - 5, BLACK)
    return s


def panel():
    """The control panel's printed face."""
    x0, x1, z0, z1 = (v * 1000 for v in layout.PANEL)
    s = Sheet(x1 - x0, z1 - z0, 2.7, PANEL_BASE)
    c = {k: (x * 1000 - x0, z1 - z * 1000) for k, (x, z) in layout.CONTROLS.items()}
    ink = PANEL_INK
    small, mid = 6.2, 7.4

    def below(item, dy, *lines, size=small):
        for i, t in enumerate(lines):
            s.text(c[item][0], c[item][1] + dy + i * (size + 0.7), t, size, ink)

    s.rect(2, 2, s.w - 2, s.h - 2, None, ink, 0.5, 3)
    below("voltmeter", 48.5, "AC VOLTS", size=mid)
    below("ammeter", 48.5, "AC AMPERES", size=mid)
    below("frequency_meter", 48.5, "FREQUENCY", size=mid)
    s.line([(8, 111), (s.w - 8, 111)], ink, 0.3)
    below("oil_pressure_gauge", 34.5, "OIL PRESSURE")
    below("coolant_temperature_gauge", 34.5, "WATER TEMP")
    below("fuel_gauge", 34.5, "FUEL LEVEL")
    below("hour_meter", 26, "RUNNING TIME")
    below("low_oil_pressure_lamp", 17.5, "LOW OIL PRESS")
    below("overheat_lamp", 17.5, "OVERHEAT")
    below("battery_charge_lamp", 17.5, "BATTERY CHARGE")
    below("preheat_lamp", 17.5, "PREHEAT")
    s.line([(8, 239.5), (s.w - 8, 239.5)], ink, 0.3)
    # Master switch: three positions around its axis, title above.
    mx, my = c["master_switch"]
    s.text(mx, my - 38, "MASTER SWITCH", 6.8, ink)
    for a, t in ((-135, "OFF"), (-90, "PREHEAT"), (-45, "RUN")):
        ca, sa = math.cos(math.radians(a)), math.sin(math.radians(a))
        s.line([(mx + 21 * ca, my + 21 * sa), (mx + 24.5 * ca, my + 24.5 * sa)], ink, 0.9)
    s.text(mx - 22, my - 22, "OFF", small, ink, "rm")
    s.text(mx, my - 29.5, "PREHEAT", small, ink)
    s.text(mx + 22, my - 22, "RUN", small, ink, "lm")
    below("start_button", 24, "START", size=mid)
    below("voltage_adjust_knob", 25, "VOLTAGE", size=5.6)
    vx, vy = c["voltage_adjust_knob"]
    s.arc(vx, vy, 18, 135, 405, ink, 0.6)
    for i in range(11):
        a = math.radians(135 + 27 * i)
        s.line([(vx + 16 * math.cos(a), vy + 16 * math.sin(a)), (vx + 19 * math.cos(a), vy + 19 * math.sin(a))], ink, 0.5)
    s.text(vx - 17, vy + 16, "-", 8, ink)
    s.text(vx + 17, vy + 16, "+", 8, ink)
    ex, ey = c["emergency_stop"]
    s.circle(ex, ey, 33, YELLOW)
    for t, r, a in (("EMERGENCY STOP", 27.2, -90), ("PUSH TO STOP", 27.2, 90)):
        arc_text(s, ex, ey, r, a, t, 6.2, BLACK)
    bx, by = c["circuit_breaker"]
    s.text(bx + 1, by - 25.5, "MAIN BREAKER", 5.6, ink)
    s.text(bx + 17, by - 12, "ON", small, ink, "lm")
    s.text(bx + 17, by + 12, "OFF", small, ink, "lm")
    fx, fy = c["dc_fuse"]
    s.text(fx + 1, fy - 19, "DC FUSE", 5.6, ink)
    s.text(fx + 1, fy + 19, "15 A", 5.6, ink)
    return s


def arc_text(s, x, y, r, mid_deg, text, size, ink):
    """Text along a circle; above the centre it reads clockwise, below counterclockwise."""
    f = font(size * s.k)
    widths = [f.getlength(ch) / s.k for ch in text]
    total = sum(widths)
    top = mid_deg < 0
    sign = 1 if top else -1
    a = mid_deg - sign * math.degrees(total / r) / 2
    for ch, w in zip(text, widths):
        a_mid = a + sign * math.degrees(w / r) / 2
        t = Image.new("RGBA", (round(size * 2 * s.k),) * 2, CLEAR)
        ImageDraw.Draw(t).text((t.width / 2, t.height / 2), ch, ink, f, "mm")
        t = t.rotate(-(a_mid + 90) if top else -(a_mid - 90), Image.BICUBIC)
        px = (x + r * math.cos(math.radians(a_mid))) * s.k - t.width / 2
        py = (y + r * math.sin(math.radians(a_mid))) * s.k - t.height / 2
        s.im.alpha_composite(t, (round(px), round(py)))
        a += sign * math.degrees(w / r)


def data_plate():
    s = Sheet(132, 58, 4.0, ALU)
    s.rect(1, 1, 131, 57, None, BLACK, 0.5, 2)
    s.rect(2.2, 2.2, 129.8, 13, BLACK)
    s.fit(66, 7.6, "GENERATOR SET, DIESEL ENGINE DRIVEN", 6.2, 124, ALU)
    rows = [("MODEL", "FGS-5"), ("SERIAL NO.", "004172"), ("RATING", "5 kW  0.8 PF"), ("VOLTS", "120/240 AC"), ("PHASE / HZ", "1 / 60"), ("AMPS", "52 / 26"), ("DC SYSTEM", "24 V NEG GND"), ("WT (DRY)", "418 kg")]
    for i, (k, v) in enumerate(rows):
        x, y = (4 if i < 4 else 68), 18 + (i % 4) * 8.2
        s.text(x, y, k, 3.7, BLACK, "lm", "Regular")
        s.rect(x + 22, y - 3.2, x + 60, y + 3.2, None, BLACK, 0.25)
        s.text(x + 24, y, v, 4.3, BLACK, "lm")
    s.text(66, 51.8, "MFR CODE 7F1D4   NOT FOR USE WITHOUT GROUND CONNECTION", 3.2, BLACK, "mm", "Regular")
    return s


def instructions():
    """Operating instructions on the right-hand door."""
    s = Sheet(250, 300, 2.2, WHITE)
    s.rect(1.5, 1.5, 248.5, 298.5, None, BLACK, 0.8, 3)
    s.rect(5, 5, 245, 27, BLACK)
    s.text(125, 16.5, "OPERATING INSTRUCTIONS", 14, WHITE)
    y = 38
    blocks = [
        ("TO START", ["Connect ground rod to ground stud.", "Set main breaker to OFF.", "Open fuel shutoff valve.", "Set master switch to PREHEAT until lamp goes out.", "Set master switch to RUN.", "Press START. Release when engine fires.", "Set voltage with VOLTAGE ADJUST. Set main", "  breaker to ON."]),
        ("TO STOP", ["Set main breaker to OFF.", "Run 3 minutes without load.", "Set master switch to OFF."]),
    ]
    for title, lines in blocks:
        s.rect(8, y - 6, 242, y + 6, (200, 202, 196, 255))
        s.text(12, y, title, 9.5, BLACK, "lm")
        y += 15
        n = 0
        for t in lines:
            if not t.startswith("  "):
                n += 1
                s.text(13, y, f"{n}.", 8, BLACK, "lm")
            s.text(26, y, t.strip(), 8, BLACK, "lm", "Regular")
            y += 12.5
        y += 5
    s.rect(8, y - 4, 242, y + 34, None, RED, 1.4, 2)
    s.text(125, y + 5, "EMERGENCY STOP", 10, RED)
    s.text(125, y + 16, "Push red button on control panel.", 8, BLACK, "mm", "Regular")
    s.text(125, y + 26.5, "Pull out to reset.", 8, BLACK, "mm", "Regular")
    return s


def schematic():
    """DC wiring and fuel flow chart on the left-hand door."""
    s = Sheet(250, 300, 2.2, WHITE)
    s.rect(1.5, 1.5, 248.5, 298.5, None, BLACK, 0.8, 3)
    s.rect(5, 5, 245, 27, BLACK)
    s.text(125, 16.5, "FUEL FLOW AND SERVICE CHART", 11.5, WHITE)

    def node(x, y, t, w=62):
        s.rect(x - w / 2, y - 9, x + w / 2, y + 9, (228, 230, 224, 255), BLACK, 0.7, 2)
        s.fit(x, y, t, 6.6, w - 5, BLACK)

    def arrow(a, b):
        s.line([a, b], BLACK, 1.0)
        dx, dy = b[0] - a[0], b[1] - a[1]
        n = math.hypot(dx, dy)
        ux, uy = dx / n, dy / n
        s.poly([b, (b[0] - 5 * ux - 2.6 * uy, b[1] - 5 * uy + 2.6 * ux), (b[0] - 5 * ux + 2.6 * uy, b[1] - 5 * uy - 2.6 * ux)], BLACK)

    node(45, 45, "FUEL TANK"), node(125, 45, "SHUTOFF"), node(205, 45, "SEPARATOR")
    node(205, 80, "LIFT PUMP"), node(125, 80, "FILTER"), node(45, 80, "INJ PUMP")
    node(45, 115, "INJECTORS"), node(125, 115, "RETURN")
    arrow((76, 45), (94, 45)), arrow((156, 45), (174, 45)), arrow((205, 54), (205, 71)), arrow((174, 80), (156, 80)), arrow((94, 80), (76, 80)), arrow((45, 89), (45, 106)), arrow((76, 115), (94, 115))
    rows = [("POINT", "SERVICE", "INTERVAL"), ("Engine oil level", "CHECK", "8 HR"), ("Water separator", "DRAIN", "8 HR"), ("Coolant level", "CHECK", "8 HR"), ("Air cleaner element", "CLEAN", "100 HR"), ("Fan belt", "CHECK", "100 HR"), ("Engine oil, filter", "CHANGE", "200 HR"), ("Fuel filter element", "REPLACE", "300 HR"), ("Battery electrolyte", "CHECK", "MONTH")]
    y = 142
    for i, (a, b, c) in enumerate(rows):
        if i == 0:
            s.rect(8, y - 7.5, 242, y + 7.5, (200, 202, 196, 255))
        s.rect(8, y - 7.5, 242, y + 7.5, None, BLACK, 0.5)
        st = "Bold" if i == 0 else "Regular"
        s.text(12, y, a, 8, BLACK, "lm", st), s.text(136, y, b, 8, BLACK, "lm", st), s.text(196, y, c, 8, BLACK, "lm", st)
        y += 15
    s.text(125, 287, "SEE TECHNICAL MANUAL FGS5 FOR PROCEDURES", 7, BLACK)
    return s


def hour_meter():
    s = Sheet(62, 30, 4.6, BLACK)
    s.rect(1, 1, 61, 29, None, (150, 150, 146, 255), 0.5, 2)
    for i, ch in enumerate("012417"):
        x = 6 + i * 8.4
        last = i == 5
        s.rect(x, 8, x + 7.6, 22, WHITE if last else (12, 12, 12, 255), (120, 120, 118, 255), 0.3)
        s.text(x + 3.8, 15, ch, 9.5, RED if last else WHITE, "mm", "Mono")
    s.text(31, 25.6, "HOURS  1/10", 3.4, WHITE)
    return s


def battery_top():
    s = Sheet(150, 60, 2.6, (30, 31, 33, 255))
    s.rect(1, 1, 149, 59, None, (210, 176, 40, 255), 0.8, 2)
    s.text(75, 12, "12 V  70 Ah", 13, (232, 196, 52, 255))
    s.text(75, 27, "STORAGE BATTERY, LEAD ACID", 7, WHITE)
    s.text(75, 38, "ACID BURNS - SHIELD EYES - NO SPARKS", 5.6, WHITE)
    s.text(75, 49, "EXPLOSIVE GAS. DISCONNECT NEGATIVE FIRST.", 5.2, WHITE)
    return s


def terminal_strip():
    """Legend over the load terminals, letters above their studs."""
    x0 = layout.TERMINAL_STRIP[0]
    s = Sheet((layout.TERMINAL_STRIP[1] - x0) * 1000, 16, 3.6, BLACK)
    for name, x in layout.TERMINALS.items():
        s.text((x - x0) * 1000, 8, name, 11, WHITE)
    return s


def filter_wrap(w, h, title, lines, bg, ink):
    s = Sheet(w, h, 3.0, bg)
    s.rect(0, h * 0.08, w, h * 0.12, ink), s.rect(0, h * 0.88, w, h * 0.92, ink)
    for x in (w * 0.25, w * 0.75):
        s.fit(x, h * 0.27, title, h * 0.17, w * 0.30, ink)
        for i, t in enumerate(lines):
            s.fit(x, h * (0.46 + 0.14 * i), t, h * 0.105, w * 0.29, ink, "mm", "Regular")
    return s


def stencil(w, h, text, size, ink, ppm=2.2):
    s = Sheet(w, h, ppm, (ink[0], ink[1], ink[2], 0))
    lines = text.split("\n")
    for i, t in enumerate(lines):
        s.fit(w / 2, h * (i + 0.5) / len(lines), t, size, w, ink)
    return s


def make_labels():
    """All labels by name."""
    g, r, y = (60, 150, 80, 255), RED, YELLOW
    out = {
        "panel": panel(),
        "voltmeter": dial(72, "FGS5-3110-01", "V AC", 0, 300, 50, 10, bands=((114, 126, g), (228, 252, g))),
        "ammeter": dial(72, "FGS5-3110-02", "A AC", 0, 60, 10, 2, bands=((26, 60, r),)),
        "frequency_meter": dial(72, "FGS5-3110-03", "HZ", 55, 65, 1, 0.5, labels=["55", "", "", "58", "", "60", "", "62", "", "", "65"], bands=((59, 61, g),)),
        "oil_pressure_gauge": dial(50, "OIL", "PSI", 0, 100, 20, 5, bands=((0, 15, r), (25, 60, g))),
        "coolant_temperature_gauge": dial(50, "WATER", "°F", 100, 260, 40, 10, bands=((160, 205, g), (225, 260, r))),
        "fuel_gauge": dial(50, "FUEL", "", 0, 4, 1, 0.5, labels=["E", "", "½", "", "F"], bands=((0, 0.5, y),)),
        "hour_meter": hour_meter(),
        "data_plate": data_plate(),
        "instructions": instructions(),
        "schematic": schematic(),
        "diesel_only": plate(120, 34, ["DIESEL FUEL ONLY", "36 L (9.5 GAL)"], YELLOW),
        "danger_hv": signal(120, 60, "DANGER", ["HIGH VOLTAGE", "240 V AC"], RED, symbol="bolt"),
        "danger_hv_small": signal(84, 40, "DANGER", ["HIGH VOLTAGE"], RED, symbol="bolt", ppm=3.4),
        "hot": signal(80, 46, "WARNING", ["HOT SURFACE"], ORANGE),
        "hot_coolant": signal(100, 56, "WARNING", ["HOT COOLANT UNDER PRESSURE", "LET COOL BEFORE OPENING"], ORANGE),
        "fan": signal(100, 56, "WARNING", ["ROTATING FAN AND BELT", "KEEP HANDS CLEAR"], ORANGE),
        "battery_warn": signal(100, 56, "WARNING", ["BATTERY GAS EXPLODES", "DISCONNECT NEGATIVE FIRST"], ORANGE),
        "ear": signal(110, 56, "CAUTION", ["HEARING PROTECTION", "REQUIRED"], YELLOW, BLACK),
        "lift": plate(60, 20, ["LIFT HERE"], YELLOW),
        "fork": plate(70, 20, ["FORK LIFT"], YELLOW),
        "ground": plate(40, 13, ["GND"], GREEN, WHITE, ppm=4),
        "terminals": terminal_strip(),
        "slave": plate(80, 16, ["24 V DC SLAVE"], BLACK, WHITE, ppm=3.4),
        "receptacle": plate(66, 12, ["120 V AC  15 A"], BLACK, WHITE, ppm=3.6),
        "regulator": plate(60, 40, ["VOLTAGE", "REGULATOR", "FGS5-2030-02"], ALU, BLACK, ppm=3.4),
        "oil_fill": plate(44, 16, ["ENGINE OIL"], YELLOW, ppm=3.6),
        "bleed": plate(30, 10, ["BLEED"], YELLOW, ppm=4),
        "water_drain": plate(56, 22, ["DRAIN WATER", "DAILY"], YELLOW, ppm=3.4),
        "shutoff": plate(64, 22, ["FUEL SHUTOFF", "OPEN = IN LINE"], RED, WHITE, ppm=3.4),
        "coolant_drain": plate(50, 14, ["COOLANT DRAIN"], ALU, ppm=3.6),
        "lift_pump": plate(44, 14, ["HAND PRIME"], YELLOW, ppm=3.6),
        "air_service": plate(80, 26, ["SERVICE ELEMENT", "WHEN RED SHOWS"], ALU, ppm=3.2),
        "engine_plate": plate(90, 40, ["DIESEL ENGINE 2-CYL 0.68 L", "MODEL D2-068  SER 21-0938", "1800 RPM   FIRING ORDER 1-2"], ALU, ppm=3.4),
        "alternator_plate": plate(80, 40, ["AC GENERATOR 1 PH", "120/240 V 60 HZ 6.25 kVA", "INSUL CLASS F"], ALU, ppm=3.4),
        "battery_top": battery_top(),
        "fuel_wrap": filter_wrap(270, 92, "FUEL FILTER", ["ELEMENT, SPIN-ON", "TURN UNTIL GASKET SEATS", "DIESEL FUEL"], (206, 208, 200, 255), (24, 50, 96, 255)),
        "oil_wrap": filter_wrap(250, 70, "OIL FILTER", ["FULL FLOW", "SPIN-ON"], (38, 40, 42, 255), (224, 190, 60, 255)),
        "st_fgs5": stencil(230, 40, "FGS-5   5 kW   60 Hz", 34, (226, 224, 206, 255)),
        "st_serial": stencil(200, 30, "GEN SET 004172", 26, (226, 224, 206, 255)),
        "st_door_l": stencil(260, 60, "ENGINE / FUEL\nACCESS", 30, (226, 224, 206, 255)),
        "st_door_r": stencil(260, 60, "CONTROL / OUTPUT\nACCESS", 30, (226, 224, 206, 255)),
        "st_tiedown": stencil(90, 20, "TIE DOWN", 17, (226, 224, 206, 255)),
        "st_plus": stencil(16, 16, "+", 18, (200, 30, 26, 255), 4),
        "st_minus": stencil(16, 16, "-", 18, (226, 224, 206, 255), 4),
        "indicator": plate(24, 14, ["SERVICE"], RED, WHITE, ppm=5),
        "gauge_rods": plate(20, 8, ["FULL"], ALU, ppm=5),
    }
    return out


def pack(sheets, size):
    """Guillotine packing. Returns (image, {name: (u0, v0, u1, v1)}), v up; a 3 px replicated border keeps filtering clean."""
    sw, sh = size
    atlas = Image.new("RGBA", size, (90, 92, 84, 0))
    rects, pad, free = {}, 3, [(0, 0, sw, sh)]
    for name, s in sorted(sheets.items(), key=lambda kv: (-kv[1].im.height, kv[0])):
        im = s.im
        w, h = im.width + 2 * pad, im.height + 2 * pad
        fits = [f for f in free if f[2] >= w and f[3] >= h]
        if not fits:
            raise SystemExit(f"label atlas is full at `{name}`\nhint: lower its pixels per millimetre")
        f = min(fits, key=lambda f: (min(f[2] - w, f[3] - h), f))
        x, y = f[0], f[1]
        free.remove(f)
        # Guillotine split: keep the larger leftover whole.
        if f[2] - w > f[3] - h:
            free += [(x + w, y, f[2] - w, f[3]), (x, y + h, w, f[3] - h)]
        else:
            free += [(x + w, y, f[2] - w, h), (x, y + h, f[2], f[3] - h)]
        for dx in (0, 2 * pad, pad):
            for dy in (0, 2 * pad, pad):
                atlas.paste(im, (x + dx, y + dy))
        e = 0.5
        rects[name] = ((x + pad + e) / sw, 1 - (y + pad + im.height - e) / sh, (x + pad + im.width - e) / sw, 1 - (y + pad + e) / sh)
    return atlas, rects


# -- AprilTag placards -------------------------------------------------------
CELL_PX = 32
TAG_W, TAG_H, TAG_TOP = 360, 380, 16


def tag_cells(tag_id):
    """The 10x10 cells of a tag36h11, row 0 at the top: True is white. White quiet zone, black border, 6x6 data."""
    grid = np.zeros((10, 10), bool)
    grid[0, :] = grid[9, :] = grid[:, 0] = grid[:, 9] = True
    code = CODES[tag_id]
    for i, (bx, by) in enumerate(BITS):
        grid[by + 1, bx + 1] = bool(code >> (len(BITS) - 1 - i) & 1)
    return grid


def tag_atlas(ids, columns=6):
    """Placards in a grid; returns (image, {id: uv rectangle})."""
    rows = math.ceil(len(ids) / columns)
    im = Image.new("L", (columns * TAG_W, rows * TAG_H), 236)
    rects = {}
    for n, i in enumerate(ids):
        x, y = n % columns * TAG_W, n // columns * TAG_H
        cells = np.kron(tag_cells(i), np.ones((CELL_PX, CELL_PX), bool))
        im.paste(Image.fromarray(np.where(cells, 236, 14).astype(np.uint8)), (x + (TAG_W - 320) // 2, y + TAG_TOP))
        d = ImageDraw.Draw(im)
        d.text((x + TAG_W / 2, y + TAG_TOP + 337), f"DATUM {i:02d}   DO NOT REMOVE", 30, font(19), "mm")
        rects[i] = (x / im.width, 1 - (y + TAG_H) / im.height, (x + TAG_W) / im.width, 1 - y / im.height)
    return im.convert("RGB"), rects


# -- surface tiles -----------------------------------------------------------
def noise(n, octaves, seed):
    """Tileable value noise in 0..1."""
    rng = np.random.default_rng(seed)
    out, amp, total = np.zeros((n, n)), 1.0, 0.0
    for o in octaves:
        g = rng.random((o, o))
        big = np.asarray(Image.fromarray((np.tile(g, (3, 3)) * 255).astype(np.uint8)).resize((3 * n, 3 * n), Image.BICUBIC), float) / 255
        out += amp * big[n : 2 * n, n : 2 * n]
        total += amp
        amp *= 0.55
    out /= total
    return (out - out.min()) / (out.max() - out.min())


def paint_tiles(base, n=256, seed=7):
    """A paint colour tile (faint stain and dust) and a metallic-roughness tile (G roughness, B metallic)."""
    a, b = noise(n, (4, 9, 20, 47), seed), noise(n, (6, 16, 40, 90), seed + 1)
    shade = 0.90 + 0.16 * a + 0.05 * (b - 0.5)
    rgb = np.clip(np.array(base)[None, None, :] * shade[..., None], 0, 255)
    dust = np.clip((b - 0.72) * 1.6, 0, 0.22)[..., None]
    rgb = rgb * (1 - dust) + np.array([150, 142, 118]) * dust
    random.seed(seed)
    color = Image.fromarray(rgb.astype(np.uint8))
    rough = np.clip(0.50 + 0.26 * a + 0.10 * (b - 0.5), 0.3, 0.95)
    mr = np.zeros((n, n, 3))
    mr[..., 0] = 1
    mr[..., 1] = rough
    return color.filter(ImageFilter.GaussianBlur(0.6)), Image.fromarray((mr * 255).astype(np.uint8))
