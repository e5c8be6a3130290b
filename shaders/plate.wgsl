// A plate in the room: its picture, premultiplied, averaged over what a pixel covers, since it has no smaller copies of itself.
#import bevy_pbr::forward_io::VertexOutput

struct Plate {
    // The part of the picture that is used: size in texture coordinates; opacity; unused.
    used: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> plate: Plate;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var picture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var picture_sampler: sampler;

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let uv = in.uv * plate.used.xy;
    let dx = dpdx(uv);
    let dy = dpdy(uv);
    var sum = vec4<f32>(0.0);
    for (var i = 0; i < 3; i = i + 1) {
        for (var j = 0; j < 3; j = j + 1) {
            let at = uv + dx * (f32(i) - 1.0) * 0.3333 + dy * (f32(j) - 1.0) * 0.3333;
            sum = sum + textureSampleLevel(picture, picture_sampler, at, 0.0);
        }
    }
    return sum / 9.0 * plate.used.z;
}
