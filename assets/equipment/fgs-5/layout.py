"""Numbers shared by the model, its printed textures and its binding file: where controls and fiducials are.

Blender axes, metres: X towards the control end, -Y towards the service side, Z up, origin on the ground under the middle of
the skid. Knows no Blender.
"""

import math

# Control panel face: x0, x1, z0, z1 and the plane it lies in.
PANEL = (0.225, 0.585, 0.655, 1.040)
PANEL_Y = -0.380
# Panel controls and indicators: (x, z).
CONTROLS = {
    "voltmeter": (0.285, 0.985),
    "ammeter": (0.405, 0.985),
    "frequency_meter": (0.525, 0.985),
    "oil_pressure_gauge": (0.262, 0.888),
    "coolant_temperature_gauge": (0.336, 0.888),
    "fuel_gauge": (0.410, 0.888),
    "hour_meter": (0.515, 0.893),
    "low_oil_pressure_lamp": (0.268, 0.826),
    "overheat_lamp": (0.359, 0.826),
    "battery_charge_lamp": (0.450, 0.826),
    "preheat_lamp": (0.541, 0.826),
    "master_switch": (0.279, 0.754),
    "start_button": (0.372, 0.754),
    "voltage_adjust_knob": (0.447, 0.754),
    "emergency_stop": (0.534, 0.750),
    "circuit_breaker": (0.267, 0.688),
    "dc_fuse": (0.345, 0.688),
    "data_plate": (0.500, 0.686),
}

# Load terminals: legend -> x; the strip they stand on: x0, x1.
TERMINALS = {"L1": 0.385, "N": 0.440, "L2": 0.495, "GND": 0.555}
TERMINAL_STRIP = (0.355, 0.585)

# Fiducials: id -> (centre x, y, z, rotation about Z in degrees from "facing the service side").
TAG_SIZE_M = 0.10
TAG_CELL_M = TAG_SIZE_M / 8
TAGS = {
    0: (-0.580, -0.2935, 0.765, 0),  # radiator shroud, upper
    1: (-0.580, -0.2935, 0.405, 0),  # radiator shroud, lower
    2: (0.000, -0.4025, 0.540, 0),  # center post, upper
    3: (0.000, -0.4025, 0.238, 0),  # center post, lower
    4: (-0.050, -0.3895, 0.740, 0),  # tank cradle
    5: (0.125, -0.4025, 0.955, 0),  # control bulkhead post, upper
    6: (0.680, -0.4025, 0.905, 0),  # control-end post, upper
    7: (0.680, -0.4025, 0.595, 0),  # control-end post, middle
    8: (0.680, -0.4025, 0.340, 0),  # control-end post, lower
    9: (-0.360, -0.4425, 1.158, 0),  # roof rail, radiator end
    10: (0.300, -0.4425, 1.158, 0),  # roof rail, control end
    11: (-0.320, -0.4025, 0.074, 0),  # skid, engine half
    12: (0.360, -0.4025, 0.074, 0),  # skid, battery half
    13: (0.7525, -0.210, 0.860, 90),  # end panel, control end
    14: (0.7525, 0.210, 0.860, 90),
    15: (0.000, 0.4025, 0.530, 180),  # off-side center post, upper
    16: (-0.300, 0.4425, 1.158, 180),  # off-side roof rail
    17: (0.300, 0.4425, 1.158, 180),
    18: (-0.580, -0.2935, 0.585, 0),  # radiator shroud, middle
    19: (0.000, -0.4025, 0.389, 0),  # center post, middle
    20: (0.125, -0.4025, 0.745, 0),  # control bulkhead post, lower
    21: (0.680, -0.4025, 0.750, 0),  # control-end post, upper middle
    22: (-0.580, 0.2935, 0.620, 180),  # radiator shroud, off side
    23: (0.000, 0.4025, 0.260, 180),  # off-side center post, lower
    24: (-0.320, 0.4025, 0.074, 180),  # off-side skid
    25: (-0.7775, 0.220, 1.158, -90),  # roof rail over the radiator
    26: (-0.7775, -0.220, 1.158, -90),
}


def gltf(p):
    """Blender position to glTF (equipment frame): +Y up, +Z out of the service side."""
    return (p[0], p[2], -p[1])


def tag_rotation_gltf(rotation_deg):
    """Quaternion x, y, z, w of a tag turned about the vertical."""
    h = math.radians(rotation_deg) / 2
    return (0.0, math.sin(h), 0.0, math.cos(h))
