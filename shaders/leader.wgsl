// The leader: a thin line with an elbow from a part to its label, with a dark halo so that it reads on any ground,
// and a dot where it touches the part. Distances are in pixels of the rectangle.
#import bevy_ui::ui_vertex_output::UiVertexOutput

struct Leader {
    // Guide color, linear; alpha is the opacity.
    color: vec4<f32>,
    // From the part (xy) to the elbow (zw).
    part_elbow: vec4<f32>,
    // The label's end (xy); half width of the line (z); 1 when dashed (w).
    end_width_dashed: vec4<f32>,
}

@group(1) @binding(0) var<uniform> leader: Leader;

// Distance to the segment a-b, and how far along it, in pixels.
fn segment(p: vec2<f32>, a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let ab = b - a;
    let along = clamp(dot(p - a, ab) / max(dot(ab, ab), 0.0001), 0.0, 1.0);
    return vec2<f32>(distance(p, a + ab * along), along * length(ab));
}

@fragment
fn fragment(in: UiVertexOutput) -> @location(0) vec4<f32> {
    let p = in.uv * in.size;
    let a = leader.part_elbow.xy;
    let b = leader.part_elbow.zw;
    let c = leader.end_width_dashed.xy;
    let half_width = leader.end_width_dashed.z;
    let first = segment(p, a, b);
    let second = segment(p, b, c);
    var near = first;
    if second.x < first.x {
        near = vec2<f32>(second.x, second.y + distance(a, b));
    }
    // Mixed, not branched: see field.wgsl.
    let dash = mix(1.0, step(0.45, fract(near.y / 12.0)), leader.end_width_dashed.w);
    let line = (1.0 - smoothstep(half_width - 0.5, half_width + 0.5, near.x)) * dash;
    let dot_at_part = 1.0 - smoothstep(3.8, 4.8, distance(p, a));
    let shape = max(line, dot_at_part);
    let halo_line = 1.0 - smoothstep(half_width, half_width + 2.5, near.x);
    let halo_dot = 1.0 - smoothstep(4.5, 7.0, distance(p, a));
    let halo = max(halo_line, halo_dot) * 0.55;
    let alpha = max(shape, halo * (1.0 - shape));
    let rgb = leader.color.rgb * shape / max(alpha, 0.0001);
    return vec4<f32>(rgb, alpha * leader.color.a);
}
