"""Mesh kit for headless Blender: parts built from primitives, one mesh object per part.

All positions are metres in Blender axes (Z up; the service side is -Y). A part's geometry is given in equipment
coordinates and stored relative to the part's origin, which is its pivot. Knows nothing about the generator set itself.
"""

import math

import bmesh
import bpy
from mathutils import Matrix, Vector

from occlusion import subdivide_long

X, Y, Z = Vector((1, 0, 0)), Vector((0, 1, 0)), Vector((0, 0, 1))
# Tile size of the box-projected surface textures, metres per repeat.
TILE_M = 0.45
# Normals are split where faces meet at more than this angle.
SMOOTH_DEG = 50.0


def vec(p):
    """A Vector from a tuple or Vector."""
    return p if isinstance(p, Vector) else Vector(p)


def frame(axis, up=None):
    """Rotation matrix whose Z column is `axis`; X column is perpendicular, near `up` if given."""
    z = vec(axis).normalized()
    ref = vec(up) if up is not None else (X if abs(z.x) < 0.9 else Y)
    x = (ref - z * ref.dot(z)).normalized()
    y = z.cross(x)
    return Matrix((x, y, z)).transposed()


def rounded(r, h0, h1, b, b1=None):
    """Lathe profile of a closed cylinder from h0 to h1 with rounded rims (b at the start, b1 at the end)."""
    b1 = b if b1 is None else b1
    out = [(0, h0), (r - b, h0)]
    if b > 0:
        out += [(r - 0.3 * b, h0 + 0.3 * b), (r, h0 + b)]
    if b1 > 0:
        out += [(r, h1 - b1), (r - 0.3 * b1, h1 - 0.3 * b1), (r - b1, h1), (0, h1)]
    else:
        out += [(r, h1), (0, h1)]
    return out


def spline(points, per_span=6):
    """Catmull-Rom through `points` (centripetal enough for hoses), endpoints included."""
    p = [vec(q) for q in points]
    if len(p) == 2:
        return p
    p = [p[0] * 2 - p[1]] + p + [p[-1] * 2 - p[-2]]
    out = []
    for i in range(1, len(p) - 2):
        a, b, c, d = p[i - 1 : i + 3]
        for k in range(per_span):
            t = k / per_span
            out.append(
                0.5
                * ((2 * b) + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
            )
    out.append(p[-2])
    return out


class Part:
    """One node of the model: a mesh whose origin is the part's pivot."""

    registry = {}
    # Long boxes are cut so that baked occlusion can fade along them.
    subdivide = True

    def __init__(self, name, origin=(0, 0, 0), rotation_z_deg=0.0):
        assert name not in Part.registry, f"part {name} made twice"
        Part.registry[name] = self
        self.name = name
        self.origin = vec(origin)
        self.rotation_z = math.radians(rotation_z_deg)
        self.verts, self.faces, self.mats, self.uvs = [], [], [], []
        self.flat = []

    # -- raw ---------------------------------------------------------------
    def add(self, verts, faces, mat, uvs=None, flat=False):
        """Appends a piece: vertices in equipment coordinates, faces of local indices, one material."""
        base = len(self.verts)
        self.verts += [vec(v) for v in verts]
        for i, f in enumerate(faces):
            self.faces.append([base + k for k in f])
            self.mats.append(mat)
            self.uvs.append(uvs[i] if uvs else None)
            self.flat.append(flat)
        return self

    # -- solids --------------------------------------------------------------
    def box(self, center, size, mat, bevel=0.004, seg=2, rot=None):
        """A box with rounded edges. `rot` is a 3x3 matrix about the centre."""
        c, s = vec(center), vec(size)
        bevel = min(bevel, 0.45 * min(s))
        # Small pieces get one chamfer: nobody sees more, and the renderer may be a CPU.
        seg = 1 if max(s) < 0.09 and bevel < 0.005 else seg
        bm = bmesh.new()
        bmesh.ops.create_cube(bm, size=1.0)
        for v in bm.verts:
            v.co = Vector((v.co.x * s.x, v.co.y * s.y, v.co.z * s.z))
        if bevel > 0:
            bmesh.ops.bevel(bm, geom=bm.edges[:], offset=bevel, segments=seg, profile=0.5, affect="EDGES")
        if Part.subdivide and max(s) > 0.30 and mat != "black":
            subdivide_long(bm, 0.30, 0.16)
        self._take(bm, mat, c, rot)
        return self

    def span(self, lo, hi, mat, bevel=0.004, seg=2):
        """A box given by two opposite corners."""
        lo, hi = vec(lo), vec(hi)
        return self.box((lo + hi) / 2, [abs(a) for a in (hi - lo)], mat, bevel, seg)

    def _take(self, bm, mat, at, rot=None):
        bm.verts.index_update()
        vs = [(rot @ v.co if rot is not None else v.co) + at for v in bm.verts]
        self.add(vs, [[v.index for v in f.verts] for f in bm.faces], mat)
        bm.free()

    def lathe(self, base, axis, profile, mat, seg=32, phase=0.0, arc=None, up=None):
        """Revolves [(radius, height)...] about `axis` from `base`. A radius of 0 closes the end."""
        base, rot = vec(base), frame(axis, up)
        rings, verts, faces = [], [], []
        n = seg
        for r, h in profile:
            if r <= 1e-9:
                rings.append([len(verts)])
                verts.append(base + rot @ Vector((0, 0, h)))
            else:
                rings.append(list(range(len(verts), len(verts) + n)))
                for k in range(n):
                    a = phase + 2 * math.pi * k / n
                    verts.append(base + rot @ Vector((r * math.cos(a), r * math.sin(a), h)))
        for a, b in zip(rings, rings[1:]):
            if len(a) == 1 and len(b) == 1:
                continue
            for k in range(n):
                j = (k + 1) % n
                if len(a) == 1:
                    faces.append([a[0], b[j], b[k]])
                elif len(b) == 1:
                    faces.append([a[k], a[j], b[0]])
                else:
                    faces.append([a[k], a[j], b[j], b[k]])
        return self.add(verts, faces, mat)

    def cyl(self, p0, p1, r, mat, bevel=0.002, seg=24, bevel1=None):
        """A cylinder from p0 to p1 with rounded rims."""
        p0, p1 = vec(p0), vec(p1)
        h = (p1 - p0).length
        b = min(bevel, 0.45 * r, 0.45 * h)
        return self.lathe(p0, p1 - p0, rounded(r, 0, h, b, bevel1), mat, seg)

    def ring(self, base, axis, r_in, r_out, h, mat, bevel=0.001, seg=32):
        """An annulus with rounded outer and inner rims, from `base` along `axis` by h."""
        b = min(bevel, 0.4 * (r_out - r_in), 0.4 * h)
        if b < 0.0008:
            prof = [(r_in, 0), (r_out, 0), (r_out, h), (r_in, h), (r_in, 0)]
        else:
            prof = [(r_in, 0), (r_out - b, 0), (r_out, b), (r_out, h - b), (r_out - b, h), (r_in + b, h), (r_in, h - b), (r_in, 0)]
        return self.lathe(base, axis, prof, mat, seg)

    def torus(self, center, axis, r, tube, mat, seg=40, tseg=10):
        """A torus about `axis`."""
        prof = [
            (r + tube * math.cos(a), tube * math.sin(a))
            for a in [2 * math.pi * k / tseg for k in range(tseg)] + [0.0]
        ]
        return self.lathe(center, axis, prof, mat, seg)

    def tube(self, points, r, mat, seg=10, per_span=5, smooth=True, caps=True, closed=False):
        """A hose or wire along a curve through `points`."""
        p = spline(points, per_span) if smooth else [vec(q) for q in points]
        n = len(p)
        tangent = []
        for i in range(n):
            a = p[(i - 1) % n] if closed or i > 0 else p[i]
            b = p[(i + 1) % n] if closed or i < n - 1 else p[i]
            tangent.append((b - a).normalized())
        x = frame(tangent[0]).col[0].copy()
        verts, faces = [], []
        for i in range(n):
            t = tangent[i]
            x = (x - t * x.dot(t)).normalized()
            y = t.cross(x)
            for k in range(seg):
                a = 2 * math.pi * k / seg
                verts.append(p[i] + (x * math.cos(a) + y * math.sin(a)) * r)
        last = n if closed else n - 1
        for i in range(last):
            for k in range(seg):
                j = (k + 1) % seg
                b = ((i + 1) % n) * seg
                faces.append([i * seg + k, i * seg + j, b + j, b + k])
        if caps and not closed:
            faces.append(list(range(seg))[::-1])
            faces.append([(n - 1) * seg + k for k in range(seg)])
        return self.add(verts, faces, mat)

    def prism(self, outline, origin, normal, up, thickness, mat, bevel=0.0015):
        """Extrudes a 2D outline [(right, up)...] (counterclockwise seen from `normal`) backwards by `thickness`."""
        n = vec(normal).normalized()
        u = vec(up)
        u = (u - n * u.dot(n)).normalized()
        r = u.cross(n)
        o = vec(origin)
        bm = bmesh.new()
        front = [bm.verts.new(o + r * a + u * b) for a, b in outline]
        back = [bm.verts.new(o + r * a + u * b - n * thickness) for a, b in outline]
        k = len(outline)
        ff = bm.faces.new(front)
        bm.faces.new(back[::-1])
        for i in range(k):
            j = (i + 1) % k
            bm.faces.new([front[i], back[i], back[j], front[j]])
        bm.normal_update()
        if bevel > 0:
            edges = [e for e in ff.edges]
            bmesh.ops.bevel(bm, geom=edges, offset=bevel, segments=1, affect="EDGES")
        self._take(bm, mat, Vector((0, 0, 0)))
        return self

    # -- hardware ------------------------------------------------------------
    def hexagon(self, base, axis, across_flats, h, mat, phase=0.0, chamfer=True):
        """A hexagonal prism (nut, plug or bolt head) from `base` along `axis`."""
        r = across_flats / math.sqrt(3)
        top = [(r, h * 0.78), (r * 0.86, h), (0, h)] if chamfer else [(r, h), (0, h)]
        return self.lathe(base, axis, [(r, 0)] + top, mat, 6, phase)

    def bolt(self, base, axis, d, mat="zinc", washer=True, phase=0.4):
        """A hex head with washer sitting on a face at `base`; d is the thread diameter."""
        base, a = vec(base), vec(axis).normalized()
        if washer:
            self.lathe(base, a, [(d * 1.1, 0), (d * 1.1, d * 0.18), (d * 0.8, d * 0.18)], mat, 12)
        return self.hexagon(base + a * d * (0.18 if washer else 0), a, d * 1.6, d * 0.62, mat, phase)

    def screw(self, base, axis, d, mat="zinc"):
        """A round (pan) head screw with a slot shown as a dark bar."""
        a = vec(axis).normalized()
        self.lathe(base, a, [(d, 0), (d * 0.95, d * 0.3), (d * 0.6, d * 0.52), (0, d * 0.55)], mat, 12)
        rot = frame(a)
        self.box(vec(base) + a * d * 0.55, (d * 1.5, d * 0.22, d * 0.12), "black", 0, 1, rot)
        return self

    def clamp(self, center, axis, r, mat="zinc", screw_dir=None, width=0.009):
        """A worm-drive hose clamp around a hose of radius r."""
        a = vec(axis).normalized()
        c = vec(center)
        self.ring(c - a * width / 2, a, r * 0.98, r + 0.0012, width, mat, 0.0004, 24)
        d = vec(screw_dir) if screw_dir else frame(a).col[0].copy()
        d = (d - a * d.dot(a)).normalized()
        t = a.cross(d)
        self.box(c + d * (r + 0.004), (0.012, 0.008, width), mat, 0.001, 1, Matrix((t, d, a)).transposed())
        self.lathe(c + d * (r + 0.004) - t * 0.009, t, [(0, 0), (0.0035, 0), (0.0035, 0.018), (0, 0.018)], mat, 10)
        return self

    def fitting(self, base, axis, r, mat="brass", nut=0.011, tail=0.012):
        """A compression fitting: hex nut and a short collar along `axis`."""
        a = vec(axis).normalized()
        self.hexagon(base, a, max(nut, r * 3.0), 0.009, mat)
        return self.cyl(vec(base) + a * 0.009, vec(base) + a * (0.009 + tail), r * 1.3, mat, 0.001, 14)

    def quad(self, center, right, up, w, h, uv, mat="labels", lift=0.0006):
        """A printed rectangle facing right x up; uv = (u0, v0, u1, v1) with v up."""
        r, u = vec(right).normalized(), vec(up).normalized()
        n = r.cross(u)
        c = vec(center) + n * lift
        u0, v0, u1, v1 = uv
        vs = [c - r * w / 2 - u * h / 2, c + r * w / 2 - u * h / 2, c + r * w / 2 + u * h / 2, c - r * w / 2 + u * h / 2]
        return self.add(vs, [[0, 1, 2, 3]], mat, [[(u0, v0), (u1, v0), (u1, v1), (u0, v1)]], flat=True)

    def disc(self, center, normal, up, r, uv, mat="labels", seg=40):
        """A printed disc (dial face); uv rectangle circumscribes it."""
        n, u = vec(normal).normalized(), vec(up).normalized()
        rt = u.cross(n)
        c = vec(center)
        u0, v0, u1, v1 = uv
        ring = [2 * math.pi * k / seg for k in range(seg)]
        vs = [c + (rt * math.cos(a) + u * math.sin(a)) * r for a in ring]
        uvs = [(u0 + (u1 - u0) * (0.5 + 0.5 * math.cos(a)), v0 + (v1 - v0) * (0.5 + 0.5 * math.sin(a))) for a in ring]
        return self.add(vs, [list(range(seg))], mat, [uvs], flat=True)

    # -- finish ----------------------------------------------------------------
    def build(self, materials):
        """Makes the Blender object."""
        mesh = bpy.data.meshes.new(self.name)
        mesh.from_pydata([v - self.origin for v in self.verts], [], self.faces)
        names = []
        for m in self.mats:
            if m not in names:
                names.append(m)
        for m in names:
            mesh.materials.append(materials[m])
        index = {m: i for i, m in enumerate(names)}
        layer = mesh.uv_layers.new(name="UVMap").data
        for poly in mesh.polygons:
            i = poly.index
            poly.material_index = index[self.mats[i]]
            poly.use_smooth = not self.flat[i]
            uvs = self.uvs[i]
            if uvs:
                for li, uv in zip(poly.loop_indices, uvs):
                    layer[li].uv = uv
                continue
            n = poly.normal
            ax = max(range(3), key=lambda k: abs(n[k]))
            p, q = [(1, 2), (0, 2), (0, 1)][ax]
            for li, vi in zip(poly.loop_indices, poly.vertices):
                co = self.verts[vi]
                layer[li].uv = (co[p] / TILE_M, co[q] / TILE_M)
        mesh.use_auto_smooth = True
        mesh.auto_smooth_angle = math.radians(SMOOTH_DEG)
        obj = bpy.data.objects.new(self.name, mesh)
        bpy.context.collection.objects.link(obj)
        obj.location = self.origin
        obj.rotation_euler = (0, 0, self.rotation_z)
        wn = obj.modifiers.new("weighted normals", "WEIGHTED_NORMAL")
        wn.keep_sharp = True
        wn.weight = 50
        return obj
