"""Ambient occlusion baked into vertex colours, so that a renderer without screen-space occlusion shows depth in the engine bay."""

import math

import bmesh
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

RAYS, REACH_M, FLOOR, STRENGTH = 28, 0.50, 0.26, 0.78
# Prints that must stay evenly lit for the detector, and clear parts, neither darken nor are darkened.
KEEP = {"tags"}
CLEAR = {"clear", "bowl", "fuel"}


def directions():
    """Cosine-weighted directions about +Z, the same for every vertex (stratified, so that it does not speckle)."""
    out = []
    for i in range(RAYS):
        u = (i + 0.5) / RAYS
        a = i * math.pi * (3 - math.sqrt(5))
        r = math.sqrt(u)
        out.append(Vector((r * math.cos(a), r * math.sin(a), math.sqrt(1 - u))))
    return out


def soup(objects):
    """All opaque triangles, in the world, with the ground."""
    verts, faces = [], []
    for o in objects:
        # Placards lie on the surface behind them: they would blacken its vertices.
        if o.name.startswith("tag_"):
            continue
        base = len(verts)
        verts += [o.matrix_world @ v.co for v in o.data.vertices]
        names = [m.name for m in o.data.materials]
        faces += [[base + k for k in p.vertices] for p in o.data.polygons if names[p.material_index] not in CLEAR]
    g = len(verts)
    verts += [Vector((x, y, 0.0)) for x, y in ((-6, -6), (6, -6), (6, 6), (-6, 6))]
    faces.append([g, g + 1, g + 2, g + 3])
    return BVHTree.FromPolygons(verts, faces)


def bake(objects):
    """Adds a colour to every vertex of every object, linear, from the sky its area-weighted normal sees.

    Per vertex, not per corner: Blender 3.4's glTF export mixes up corner colours.
    """
    tree = soup(objects)
    dirs = directions()
    for o in objects:
        me = o.data
        m, r = o.matrix_world, o.matrix_world.to_3x3()
        names = [x.name for x in me.materials]
        normal = [Vector() for _ in me.vertices]
        center = [None] * len(me.vertices)
        keep = [False] * len(me.vertices)
        for p in me.polygons:
            for vi in p.vertices:
                normal[vi] += p.normal * p.area
                if center[vi] is None or p.area > center[vi][0]:
                    center[vi] = (p.area, p.center)
                if names[p.material_index] in KEEP:
                    keep[vi] = True
        values = np.ones((len(me.vertices), 4), np.float32)
        for vi, v in enumerate(me.vertices):
            if keep[vi] or normal[vi].length < 1e-12:
                continue
            n = (r @ normal[vi]).normalized()
            ref = Vector((1, 0, 0)) if abs(n.x) < 0.9 else Vector((0, 1, 0))
            t = (ref - n * ref.dot(n)).normalized()
            b = n.cross(t)
            q = m @ v.co
            # Start a little inside the largest face, so that neighbours it touches do not swallow the corner.
            d = m @ center[vi][1] - q
            q = q + d * min(0.25, 0.004 / max(d.length, 1e-6)) + n * 0.0015
            sky = 0.0
            for w in dirs:
                hit = tree.ray_cast(q, t * w.x + b * w.y + n * w.z, REACH_M)
                sky += 1.0 if hit[0] is None else (hit[3] / REACH_M) ** 0.8 * 0.75
            values[vi, :3] = max(FLOOR, 1 - STRENGTH * (1 - sky / RAYS))
        layer = me.color_attributes.new(name="Col", type="FLOAT_COLOR", domain="POINT")
        layer.data.foreach_set("color", values.ravel())
        me.color_attributes.render_color_index = 0


def subdivide_long(bm, limit, step):
    """Cuts edges longer than `limit` so that a long panel can carry a gradient."""
    for axis in range(3):
        edges = []
        cuts = 0
        for e in bm.edges:
            d = e.verts[1].co - e.verts[0].co
            if d.length > limit and abs(d[axis]) > 0.95 * d.length:
                edges.append(e)
                cuts = max(cuts, int(d.length / step))
        if edges:
            bmesh.ops.subdivide_edges(bm, edges=edges, cuts=min(cuts, 8), use_grid_fill=True)
