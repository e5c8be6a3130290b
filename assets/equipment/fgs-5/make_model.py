"""Builds the FGS-5 generator set and writes model.glb and the fiducials' poses.

Run: blender --background --factory-startup -P make_model.py
Numbers shared with the printed textures and equipment.ron are in layout.py; geometry is in parts_*.py.
"""

import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import bpy  # noqa: E402
from mathutils import Vector  # noqa: E402

import labels  # noqa: E402
import layout  # noqa: E402
import occlusion  # noqa: E402
from kit import Part, X, Y, Z, vec  # noqa: E402

OUT = os.path.join(HERE, "model.glb")


def srgb(c):
    """sRGB 0-255 to linear 0-1."""
    return tuple((v / 255 / 12.92) if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in c)


# name: (sRGB colour, metallic, roughness, alpha)
PLAIN = {
    "black": ((30, 31, 32), 0.0, 0.55, 1),
    "rubber": ((36, 36, 37), 0.0, 0.78, 1),
    "belt": ((28, 28, 30), 0.0, 0.70, 1),
    "battery": ((46, 48, 52), 0.0, 0.48, 1),
    "phenolic": ((52, 38, 30), 0.0, 0.45, 1),
    "zinc": ((190, 188, 178), 1.0, 0.42, 1),
    "steel": ((168, 166, 162), 1.0, 0.33, 1),
    "aluminium": ((186, 187, 188), 0.85, 0.52, 1),
    "brass": ((196, 160, 88), 1.0, 0.36, 1),
    "copper": ((190, 116, 82), 1.0, 0.36, 1),
    "lead": ((128, 130, 136), 0.9, 0.55, 1),
    "red": ((172, 26, 24), 0.0, 0.38, 1),
    "yellow": ((222, 178, 34), 0.0, 0.46, 1),
    "white": ((226, 226, 218), 0.0, 0.5, 1),
    "cream": ((208, 204, 184), 0.0, 0.6, 1),
    "green_plastic": ((30, 118, 62), 0.0, 0.4, 1),
    "cable_red": ((150, 34, 30), 0.0, 0.55, 1),
    "cable_black": ((34, 34, 35), 0.0, 0.55, 1),
    "paper": ((206, 176, 104), 0.0, 0.85, 1),
    "can": ((214, 214, 206), 0.0, 0.35, 1),
    "core": ((26, 27, 28), 0.2, 0.75, 1),
    "core_fin": ((70, 72, 74), 0.7, 0.55, 1),
    "sediment": ((92, 66, 30), 0.0, 0.7, 1),
    "lens_red": ((140, 16, 14), 0.0, 0.15, 1),
    "lens_amber": ((204, 122, 20), 0.0, 0.15, 1),
    "clear": ((206, 222, 224), 0.0, 0.06, 0.10),
    "bowl": ((236, 214, 150), 0.0, 0.08, 0.26),
    "fuel": ((214, 150, 52), 0.0, 0.12, 0.62),
}
# name: (sRGB base of the tile, metallic, seed)
TILED = {
    "olive": ((88, 93, 62), 0.0, 7),
    "engine": ((112, 118, 116), 0.15, 21),
    "black_paint": ((58, 59, 60), 0.0, 33),
    "rust": ((104, 82, 68), 0.55, 41),
    "exhaust": ((120, 112, 104), 0.55, 55),
}


def image(pil, name):
    """A packed Blender image from a Pillow one."""
    path = os.path.join(bpy.app.tempdir, name + ".png")
    pil.save(path, optimize=True)
    im = bpy.data.images.load(path)
    im.name = name
    im.pack()
    return im


def material(name):
    m = bpy.data.materials.new(name)
    m.use_nodes = True
    m.use_backface_culling = True
    return m, m.node_tree.nodes, m.node_tree.links, m.node_tree.nodes["Principled BSDF"]


def make_materials(atlas, tags):
    mats = {}
    for name, (rgb, metal, rough, alpha) in PLAIN.items():
        m, _, _, b = material(name)
        b.inputs["Base Color"].default_value = (*srgb(rgb), 1)
        b.inputs["Metallic"].default_value = metal
        b.inputs["Roughness"].default_value = rough
        if alpha < 1:
            b.inputs["Alpha"].default_value = alpha
            m.blend_method = "BLEND"
        mats[name] = m
    for name, (rgb, metal, seed) in TILED.items():
        m, nodes, links, b = material(name)
        color, mr = labels.paint_tiles(rgb, seed=seed)
        t = nodes.new("ShaderNodeTexImage")
        t.image = image(color, name + "_color")
        links.new(t.outputs["Color"], b.inputs["Base Color"])
        r = nodes.new("ShaderNodeTexImage")
        r.image = image(mr, name + "_rough")
        r.image.colorspace_settings.name = "Non-Color"
        sep = nodes.new("ShaderNodeSeparateColor")
        links.new(r.outputs["Color"], sep.inputs["Color"])
        links.new(sep.outputs["Green"], b.inputs["Roughness"])
        b.inputs["Metallic"].default_value = metal
        mats[name] = m
    for name, pil, rough, clip in (("labels", atlas, 0.5, False), ("stencil", atlas, 0.6, True), ("tags", tags, 0.75, False)):
        m, nodes, links, b = material(name)
        t = nodes.new("ShaderNodeTexImage")
        t.image = bpy.data.images.get("labels") if name == "stencil" else image(pil, name)
        t.extension = "EXTEND"
        links.new(t.outputs["Color"], b.inputs["Base Color"])
        if clip:
            links.new(t.outputs["Alpha"], b.inputs["Alpha"])
            m.blend_method = "CLIP"
            m.alpha_threshold = 0.5
        b.inputs["Roughness"].default_value = rough
        mats[name] = m
    return mats


class Label:
    """Puts printed labels on parts by name, at their printed size."""

    def __init__(self, sheets, rects):
        self.sheets, self.rects = sheets, rects

    def __call__(self, part, name, center, facing=-Y, up=Z, scale=1.0, backing=None):
        s = self.sheets[name]
        w, h = s.w / 1000 * scale, s.h / 1000 * scale
        n = vec(facing).normalized()
        u = vec(up)
        u = (u - n * u.dot(n)).normalized()
        c = vec(center)
        if backing:
            right = u.cross(n)
            from mathutils import Matrix

            part.box(c + n * 0.0006, (w + 0.004, h + 0.004, 0.0012), backing, 0.0005, 1, Matrix((right, u, n)).transposed())
            c = c + n * 0.0012
            for sx in (-1, 1):
                for sy in (-1, 1):
                    part.lathe(c + right * sx * (w / 2 - 0.004) + u * sy * (h / 2 - 0.004), n, [(0.0022, 0), (0.0016, 0.001), (0, 0.0012)], "zinc", 8)
        part.quad(c, u.cross(n), u, w, h, self.rects[name], "stencil" if name.startswith("st_") else "labels")


def build():
    """Everything, into an empty scene. Returns {part name: object}."""
    import parts_electric as el
    import parts_engine as en
    import parts_frame as fr
    import parts_fuel as fu

    bpy.ops.wm.read_factory_settings(use_empty=True)
    sheets = labels.make_labels()
    atlas, rects = labels.pack(sheets, labels.ATLAS)
    tags, tag_rects = labels.tag_atlas(list(layout.TAGS))
    mats = make_materials(atlas, tags)
    lab = Label(sheets, rects)
    for make in (fr.skid, fr.frame, fr.canopy, fr.lifting_eyes, fr.doors, en.block, en.valve_cover, en.small_engine_parts, en.starter, en.belt_drive, en.cooling, en.air_and_exhaust, el.alternator, el.terminal_box, el.control_box, el.control_panel, fu.tank, fu.cap_and_valve, fu.separator, fu.lift_pump, fu.fuel_filter, fu.injection, fu.lines, el.batteries, el.cables):
        make(lab)
    fr.placards(tag_rects)
    return {name: p.build(mats) for name, p in Part.registry.items()}


def repack_colors(path):
    """Rewrites the glb's vertex colours from four floats to four bytes: a third of the file."""
    import json
    import struct

    import numpy as np

    data = open(path, "rb").read()
    n = struct.unpack("<I", data[12:16])[0]
    g = json.loads(data[20 : 20 + n])
    blob = data[20 + n + 8 :]
    colors = {p["attributes"]["COLOR_0"] for m in g["meshes"] for p in m["primitives"] if "COLOR_0" in p["attributes"]}
    views = {}
    for i in colors:
        a = g["accessors"][i]
        assert a["componentType"] == 5126 and a["type"] == "VEC4" and not a.get("byteOffset"), "colours are not float RGBA"
        views[a["bufferView"]] = a
    out = bytearray()
    for k, v in enumerate(g["bufferViews"]):
        part = blob[v.get("byteOffset", 0) : v.get("byteOffset", 0) + v["byteLength"]]
        if k in views:
            a = views[k]
            part = np.rint(np.clip(np.frombuffer(part, np.float32)[: a["count"] * 4], 0, 1) * 255).astype(np.uint8).tobytes()
            a["componentType"], a["normalized"] = 5121, True
            a.pop("min", None), a.pop("max", None)
        out += bytes(-len(out) % 4)
        v["byteOffset"], v["byteLength"] = len(out), len(part)
        out += part
    out += bytes(-len(out) % 4)
    g["buffers"][0]["byteLength"] = len(out)
    text = json.dumps(g, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    with open(path, "wb") as f:
        f.write(struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(out)))
        f.write(struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(out), b"BIN\0") + out)


def main():
    objects = build()
    bpy.context.view_layer.update()
    occlusion.bake(list(objects.values()))
    tris = 0
    for o in objects.values():
        o.data.calc_loop_triangles()
        tris += len(o.data.loop_triangles)
    bpy.ops.export_scene.gltf(
        filepath=OUT,
        export_format="GLB",
        export_apply=True,
        export_yup=True,
        export_texcoords=True,
        export_normals=True,
        export_tangents=False,
        export_colors=True,
        export_materials="EXPORT",
        export_image_format="AUTO",
        export_cameras=False,
        export_lights=False,
        export_animations=False,
        export_extras=False,
    )
    if os.environ.get("VERBOSE"):
        for n, o in sorted(objects.items(), key=lambda kv: -len(kv[1].data.loop_triangles))[:40]:
            print(f"  {n} {len(o.data.loop_triangles)}")
    repack_colors(OUT)
    print(f"MODEL {len(objects)} nodes, {tris} triangles, {os.path.getsize(OUT) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
