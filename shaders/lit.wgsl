// Parts in the room, lit along their own shape, for any number of eyes: everything is geometry, so that each eye sees it from
// where it is. One vertex shader grows a shape by an angle as the eye sees it (outlines and glow), one fragment shader fills.
// No branch may hang on a uniform alone: see field.wgsl.
#import bevy_pbr::{
    forward_io::Vertex,
    mesh_functions,
    mesh_view_bindings::view,
    view_transformations::position_world_to_clip,
}

struct Lit {
    // Linear color and opacity.
    color: vec4<f32>,
    // How far the shape is grown, radians as the eye sees it; at least so many pixels; how much closer it is taken to be, as a
    // share of its distance; 1 to put it at the nearest depth there is, which masks whatever is drawn after it.
    grow: vec4<f32>,
    // Opacity everywhere; opacity added where the surface turns away; 1 to fade where it turns away; 1 for dashes.
    shade: vec4<f32>,
    // Period of the dashes, metres; share of light and shade on the shape's own form; weight of the dashes across Y; unused.
    detail: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> lit: Lit;

struct Grown {
    @builtin(position) position: vec4<f32>,
    @location(0) world: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) local: vec3<f32>,
}

@vertex
fn vertex(in: Vertex) -> Grown {
    var out: Grown;
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    let world = mesh_functions::mesh_position_local_to_world(world_from_local, vec4<f32>(in.position, 1.0));
    var clip = position_world_to_clip(world.xyz);
    out.world = world.xyz;
    out.local = in.position;
#ifdef VERTEX_NORMALS
    out.normal = mesh_functions::mesh_normal_local_to_world(in.normal, in.instance_index);
#else
    out.normal = vec3<f32>(0.0, 1.0, 0.0);
#endif
    // Where a step along the normal goes in the picture, against a step of the same length across the line of sight.
    let half_size = view.viewport.zw * 0.5;
    let along = view.clip_from_world * vec4<f32>(out.normal, 0.0);
    let across = view.clip_from_view[1][1] * half_size.y;
    let step = (along.xy - clip.xy / clip.w * along.w) * half_size / across;
    let pixels = max(lit.grow.x * across, lit.grow.y);
    let push = step / max(length(step), 0.35) * pixels;
    clip = vec4<f32>(clip.xy + push / half_size * clip.w, clip.z * (1.0 + lit.grow.z), clip.w);
    clip.z = mix(clip.z, clip.w * 0.99999, lit.grow.w);
    out.position = clip;
    return out;
}

@fragment
fn fragment(in: Grown) -> @location(0) vec4<f32> {
    let to_eye = normalize(view.world_position.xyz - in.world);
    let facing = abs(dot(normalize(in.normal), to_eye));
    let rim = pow(1.0 - facing, 2.5);
    let fade = mix(1.0, smoothstep(0.0, 0.75, facing), lit.shade.z);
    let dash = mix(1.0, step(0.5, fract(((in.local.x + in.local.z) * lit.detail.z + in.local.y) / lit.detail.x)), lit.shade.w);
    let alpha = clamp(lit.color.a * (lit.shade.x + lit.shade.y * rim) * fade * dash, 0.0, 1.0);
    let form = mix(1.0, 0.55 + 0.45 * facing, lit.detail.y);
    return vec4<f32>(lit.color.rgb * form, alpha);
}
