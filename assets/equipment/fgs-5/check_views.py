"""Says which fiducials each viewpoint of equipment.ron sees whole, unoccluded, in a 1280x720 picture with f = 900 px.

Run: blender --background --factory-startup -P check_views.py
Exits with 1 if a viewpoint sees fewer than 2, or an overview from the service side fewer than 4. With `-- --parts` it also tells what is
seen from 0.6 m along each part's line of sight (deep in the engine bay that is often one).
"""

import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import bpy  # noqa: E402
from mathutils import Matrix, Vector  # noqa: E402

import layout  # noqa: E402
import make_equipment  # noqa: E402
import make_model  # noqa: E402

F, W, H = 900.0, 1280, 720


def blender(p):
    return Vector((p[0], -p[2], p[1]))


def visible(scene, graph, eye, target):
    """Tags seen whole: [(id, side in px)]."""
    forward = (target - eye).normalized()
    right = forward.cross(Vector((0, 0, 1))).normalized()
    up = right.cross(forward)
    out = []
    for i, (x, y, z, rot) in layout.TAGS.items():
        c = Vector((x, y, z))
        m = Matrix.Rotation(math.radians(rot), 3, "Z")
        normal = m @ Vector((0, -1, 0))
        if normal.dot((eye - c).normalized()) < 0.34:
            continue
        h = 5 * layout.TAG_CELL_M
        ok, px = True, []
        for a, b in ((-h, -h), (h, -h), (h, h), (-h, h), (0, 0)):
            q = c + m @ Vector((a, 0, b)) + normal * 0.002
            d = q - eye
            zc = d.dot(forward)
            if zc < 0.05:
                ok = False
                break
            u, v = W / 2 + F * d.dot(right) / zc, H / 2 - F * d.dot(up) / zc
            if not (2 <= u <= W - 2 and 2 <= v <= H - 2):
                ok = False
                break
            px.append(Vector((u, v)))
            hit, loc, *_ = scene.ray_cast(graph, eye, d.normalized(), distance=d.length - 0.001)
            if hit:
                ok = False
                break
        if ok:
            side = min((px[k] - px[(k + 1) % 4]).length for k in range(4)) * 0.8
            if side >= 24:
                out.append((i, round(side)))
    return out


def main():
    objects = make_model.build()
    scene = bpy.context.scene
    graph = bpy.context.evaluated_depsgraph_get()
    bad = 0
    for name, (eye, target) in sorted(make_equipment.VIEWS.items()):
        seen = visible(scene, graph, blender(eye), blender(target))
        need = 4 if name.startswith("overview") else 2
        flag = "" if len(seen) >= need else "   <-- too few"
        bad += bool(flag)
        print(f"VIEW {name:18} {len(seen)}: {' '.join(f'{i}({s})' for i, s in seen)}{flag}")
    for item, (view, _, _) in sorted(make_equipment.PARTS.items()) if "--parts" in sys.argv else []:
        eye, target = (blender(p) for p in make_equipment.VIEWS[view])
        o = objects[item.replace("-", "_")]
        center = sum((o.matrix_world @ Vector(c) for c in o.bound_box), Vector()) / 8
        away = (eye - center).normalized()
        seen = visible(scene, graph, center + away * 0.6, center)
        if len(seen) < 2:
            print(f"PART {item:28} at 0.6 m sees {len(seen)} ({view})")
    sys.stdout.flush()
    if bad:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
