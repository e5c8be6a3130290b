// A light material for machines that draw without a graphics card: one sun, a sky above and the ground below, and a reflection
// of that same sky where a surface is metal or smooth. It costs a small part of the physically based one, pixel for pixel.
// Contact shade under and inside the equipment is worked out from its box, so that it stands on the ground without a shadow map.
// No branch may hang on a uniform alone: the software driver then keeps a copy of the shader for every draw call, for good.
#import bevy_pbr::{forward_io::VertexOutput, mesh_view_bindings::view}

struct Field {
    base: vec4<f32>,
    emissive: vec4<f32>,
    // Roughness, metallic, alpha cutoff (negative: none), 1 when there is a texture.
    surface: vec4<f32>,
    // The equipment's place: x, z, cosine and sine of its turn.
    stands: vec4<f32>,
    // Half sizes of its box in x and z, its height, and the weight of the shade (0: no equipment near).
    box_size: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> field: Field;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var base_texture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var base_sampler: sampler;

const SUN: vec3<f32> = vec3<f32>(0.40, 0.78, 0.48);
const SUN_LIGHT: vec3<f32> = vec3<f32>(1.42, 1.34, 1.2);
const SKY: vec3<f32> = vec3<f32>(0.46, 0.53, 0.62);
const HORIZON: vec3<f32> = vec3<f32>(0.62, 0.66, 0.68);
const GROUND: vec3<f32> = vec3<f32>(0.2, 0.19, 0.175);

fn environment(up: f32) -> vec3<f32> {
    let sky = mix(HORIZON, SKY, smoothstep(0.0, 0.7, up));
    return mix(GROUND, sky, smoothstep(-0.25, 0.12, up));
}

// How open a place is: 1 in the open, less under and inside the equipment.
fn openness(world: vec3<f32>) -> f32 {
    let d = world.xz - field.stands.xy;
    let local = vec2<f32>(d.x * field.stands.z - d.y * field.stands.w, d.x * field.stands.w + d.y * field.stands.z);
    let q = abs(local) - field.box_size.xy;
    let outside = length(max(q, vec2<f32>(0.0)));
    let inside = -min(max(q.x, q.y), 0.0);
    let height = clamp(world.y / max(field.box_size.z, 0.001), 0.0, 1.0);
    // The ground around it: darker close by, darkest under it.
    let contact = (1.0 - smoothstep(0.0, 0.34, outside)) * (1.0 - smoothstep(0.0, 0.10, height));
    // Inside the frame: light comes in from the sides and dies with depth, the more so low down.
    let depth = smoothstep(0.02, 0.34, inside) * (1.0 - 0.35 * height);
    return 1.0 - field.box_size.w * max(contact * 0.62, depth * 0.58);
}

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    var base = field.base;
#ifdef VERTEX_UVS_A
    base = base * mix(vec4<f32>(1.0), textureSampleLevel(base_texture, base_sampler, in.uv, 0.0), field.surface.w);
    if base.a < field.surface.z {
        discard;
    }
#endif
    let to_eye = normalize(view.world_position.xyz - in.world_position.xyz);
    var n = normalize(in.world_normal);
    if dot(n, to_eye) < 0.0 {
        n = -n;
    }
    // The equipment brings its own occlusion in its vertex colors; everything else asks the box.
#ifdef VERTEX_COLORS
    let open = in.color.r;
#else
    let open = openness(in.world_position.xyz);
#endif
    let metallic = field.surface.y;
    let gloss = 1.0 - field.surface.x;
    let facing = max(dot(n, to_eye), 0.0);

    let sun = max(dot(n, SUN), 0.0) * SUN_LIGHT * open * open;
    let sky = environment(n.y * 0.6 + 0.15) * open;
    var light = base.rgb * (1.0 - metallic) * (sun + sky);

    // Reflections: the environment blurred by roughness, and the sun's highlight.
    let r = reflect(-to_eye, n);
    let reflected = mix(environment(n.y * 0.5 + 0.2), environment(r.y), gloss);
    let fresnel = 0.04 + 0.3 * gloss * pow(1.0 - facing, 5.0);
    let tint = mix(vec3<f32>(fresnel), base.rgb, metallic);
    let half_way = normalize(SUN + to_eye);
    let power = exp2(2.0 + 7.0 * gloss);
    let spark = pow(max(dot(n, half_way), 0.0), power) * (0.15 + gloss) * open;
    light = light + tint * (reflected * open + SUN_LIGHT * spark * (1.0 + 2.0 * metallic));
    light = light + field.emissive.rgb;

    // A gentle shoulder keeps highlights from clipping to flat white.
    let mapped = light / (1.0 + 0.22 * light);
    return vec4<f32>(mapped, base.a);
}
