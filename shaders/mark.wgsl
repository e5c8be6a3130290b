// What a place to press shows while a hand, a ray or a gaze is on it: its edge lights up, and how long it has been held runs round
// it from the top. Distances are in metres on the plate.
#import bevy_pbr::forward_io::VertexOutput

struct Mark {
    // Linear color and opacity.
    color: vec4<f32>,
    // Half size; how far it is held, 0 to 1; corner radius.
    half_progress_corner: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> mark: Mark;

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let half = mark.half_progress_corner.xy;
    let corner = mark.half_progress_corner.w;
    // The quad reaches an eighth beyond the place on every side.
    let p = (in.uv - vec2<f32>(0.5, 0.5)) * half * 2.5;
    let q = abs(p) - half + vec2<f32>(corner);
    let outside = length(max(q, vec2<f32>(0.0))) + min(max(q.x, q.y), 0.0) - corner;
    let soft = fwidth(outside) + 0.0001;
    let inside = 1.0 - smoothstep(-soft, soft, outside);
    let edge = 1.0 - smoothstep(corner * 0.16, corner * 0.16 + soft, abs(outside));
    // Clockwise from the top, evenly by angle of the square that the place is a stretched form of.
    let r = p / half;
    let turn = fract(atan2(r.x, -r.y) / 6.2831853 + 1.0);
    let held = step(turn, mark.half_progress_corner.z) * (1.0 - smoothstep(corner * 0.42, corner * 0.42 + soft, abs(outside)));
    let alpha = max(max(inside * 0.07, edge * 0.75), held) * mark.color.a;
    let rgb = mix(mark.color.rgb, vec3<f32>(1.0), held * 0.35);
    return vec4<f32>(rgb * alpha, alpha);
}
