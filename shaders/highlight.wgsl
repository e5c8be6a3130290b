// Draws the mask of flat.wgsl over the world: a thin bright outline with a soft glow and a faint fill along the part's own
// shape, motion arrows in white with a dark edge, and the ghost. Drawn only where the part is, since every pixel takes many taps.
#import bevy_ui::ui_vertex_output::UiVertexOutput

struct Highlight {
    // The guide color, linear.
    color: vec4<f32>,
    // Place of this rectangle in the mask: offset and size, in mask texture coordinates.
    window: vec4<f32>,
    // Size of a mask pixel in texture coordinates; then opacity; then 1 when the pose is stale.
    texel_opacity_stale: vec4<f32>,
}

@group(1) @binding(0) var<uniform> highlight: Highlight;
@group(1) @binding(1) var mask: texture_2d<f32>;
@group(1) @binding(2) var mask_sampler: sampler;

fn tap(uv: vec2<f32>) -> vec4<f32> {
    return textureSampleLevel(mask, mask_sampler, uv, 0.0);
}

// The color `top` of weight `a` laid over what is there; straight alpha.
fn over(below: vec4<f32>, top: vec3<f32>, a: f32) -> vec4<f32> {
    let alpha = a + below.a * (1.0 - a);
    if alpha <= 0.0001 {
        return vec4<f32>(0.0);
    }
    return vec4<f32>((top * a + below.rgb * below.a * (1.0 - a)) / alpha, alpha);
}

@fragment
fn fragment(in: UiVertexOutput) -> @location(0) vec4<f32> {
    let texel = highlight.texel_opacity_stale.xy;
    let opacity = highlight.texel_opacity_stale.z;
    let stale = highlight.texel_opacity_stale.w;
    let uv = highlight.window.xy + in.uv * highlight.window.zw;
    let here = tap(uv);

    var most = here;
    var least = here;
    var arrow_near = here.b;
    var glow = 0.0;
    var glow_soft = 0.0;
    for (var i = 0; i < 12; i = i + 1) {
        let angle = f32(i) * 0.5235988;
        let direction = vec2<f32>(cos(angle), sin(angle));
        let near = tap(uv + direction * texel * 1.6);
        most = max(most, near);
        least = min(least, near);
        arrow_near = max(arrow_near, tap(uv + direction * texel * 2.6).b);
        glow = glow + tap(uv + direction * texel * 5.0).r;
        glow_soft = glow_soft + tap(uv + direction * texel * 10.0).r;
    }
    let edge = clamp(most.r - least.r, 0.0, 1.0);
    let edge_mentioned = clamp(most.g - least.g, 0.0, 1.0) * (1.0 - most.r);
    let halo = (glow / 12.0 * 0.55 + glow_soft / 12.0 * 0.45) * (1.0 - here.r);

    // A stale pose is drawn grey and dashed: it claims less.
    // Mixed, not branched: see field.wgsl.
    let guide = mix(highlight.color.rgb, vec3<f32>(0.55, 0.58, 0.6), stale);
    let dash = mix(1.0, step(0.5, fract((in.position.x + in.position.y) / 14.0)), stale);

    var color = vec4<f32>(0.0);
    color = over(color, guide, halo * 0.55 * dash);
    color = over(color, guide, here.r * 0.17 * dash);
    color = over(color, guide, here.g * 0.05 * dash);
    color = over(color, guide, clamp(here.a, 0.0, 1.0) * 0.6 * dash);
    color = over(color, guide, edge_mentioned * 0.5 * dash);
    color = over(color, guide, edge * dash);
    color = over(color, mix(guide, vec3<f32>(1.0), 0.65), smoothstep(0.55, 1.0, edge) * 0.6 * dash);
    color = over(color, vec3<f32>(0.004, 0.006, 0.008), clamp(arrow_near - here.b, 0.0, 1.0) * 0.9);
    color = over(color, vec3<f32>(0.96), here.b);
    color.a = color.a * opacity;
    return color;
}
