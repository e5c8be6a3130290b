// The sign in an alert's head, so that nobody needs its color: a warning is a filled triangle, a caution an outlined one,
// each with its exclamation mark; a note is a ring. Drawn from distances, so that it is sharp at every size.
#import bevy_ui::ui_vertex_output::UiVertexOutput

struct Sign {
    // Ink, linear.
    ink: vec4<f32>,
    // What shows through the mark of a filled sign, linear.
    ground: vec4<f32>,
    // 0 warning, 1 caution, 2 note.
    kind: vec4<f32>,
}

@group(1) @binding(0) var<uniform> sign: Sign;

// Signed distance to a rounded triangle with its tip up, in units of the sign's height.
fn triangle(p: vec2<f32>) -> f32 {
    let a = dot(p - vec2<f32>(0.0, -0.46), vec2<f32>(0.874, -0.486));
    let b = dot(p - vec2<f32>(0.0, -0.46), vec2<f32>(-0.874, -0.486));
    return max(max(a, b), p.y - 0.40);
}

@fragment
fn fragment(in: UiVertexOutput) -> @location(0) vec4<f32> {
    let p = in.uv - vec2<f32>(0.5, 0.5);
    let soft = 1.2 / in.size.y;
    let shape = triangle(p);
    let bar = max(abs(p.x) - 0.055, abs(p.y - 0.02) - 0.17);
    let point = length(p - vec2<f32>(0.0, 0.29)) - 0.065;
    let mark = 1.0 - smoothstep(-soft, soft, min(bar, point));
    let filled = 1.0 - smoothstep(-soft, soft, shape);
    let outline = 1.0 - smoothstep(-soft, soft, abs(shape + 0.05) - 0.05);
    let ring = 1.0 - smoothstep(-soft, soft, abs(length(p) - 0.36) - 0.07);
    let warning = vec4<f32>(mix(sign.ink.rgb, sign.ground.rgb, mark), filled);
    let caution = vec4<f32>(sign.ink.rgb, max(outline, mark * filled));
    let note = vec4<f32>(sign.ink.rgb, ring);
    // Mixed, not branched: see field.wgsl.
    return mix(mix(warning, caution, step(0.5, sign.kind.x)), note, step(1.5, sign.kind.x));
}
