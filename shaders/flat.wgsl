// Writes a role into the overlay's mask: each channel is one thing the overlay can show, so that one picture carries all.
// Red: the focused part. Green: parts also mentioned. Blue: motion arrows. Alpha: the ghost of a moving part.
// The phantom of the equipment writes zero, and so hides what stands behind it.
#import bevy_pbr::{forward_io::VertexOutput, mesh_view_bindings::view}

struct Flat {
    // What to write, one weight a channel.
    role: vec4<f32>,
    // 0: write it everywhere; 1: only where the surface turns away from the eye, which draws a shape by its rim.
    rim: f32,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> flat: Flat;

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let to_eye = normalize(view.world_position.xyz - in.world_position.xyz);
    let facing = abs(dot(normalize(in.world_normal), to_eye));
    let rim = 0.12 + 0.88 * pow(1.0 - facing, 2.0);
    return flat.role * mix(1.0, rim, flat.rim);
}
