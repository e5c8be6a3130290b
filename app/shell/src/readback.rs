//! A rendered texture as bytes, at once. For drivers that step the renderer themselves; a window must not wait like this.
//! Must not know what is in the picture.

use anyhow::{Context as _, bail};
use bevy::{
    prelude::*,
    render::{
        RenderApp,
        render_asset::RenderAssets,
        render_resource::{
            BufferDescriptor, BufferUsages, CommandEncoderDescriptor, Extent3d, MapMode, PollType, TexelCopyBufferInfo,
            TexelCopyBufferLayout, TextureFormat, TextureUsages,
        },
        renderer::{RenderDevice, RenderQueue},
        texture::GpuImage,
    },
};

/// A picture that a camera can draw into and that can be read back: eight-bit sRGB with alpha.
pub(crate) fn target(size: UVec2) -> Image {
    let mut image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
    image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
    image
}

/// Bytes of an eight-bit RGBA texture, row by row without padding.
///
/// # Errors
/// When the texture does not exist on the device yet or the device is lost.
pub(crate) fn rgba(app: &mut App, image: &Handle<Image>, size: UVec2) -> anyhow::Result<Vec<u8>> {
    let device = app.world().resource::<RenderDevice>().clone();
    let queue = app.world().resource::<RenderQueue>().clone();
    let render = app.sub_app(RenderApp).world();
    let images = render.resource::<RenderAssets<GpuImage>>();
    let gpu = images.get(image).context("the picture is not on the device yet")?;
    let row = (size.x as usize * 4).next_multiple_of(256);
    let buffer = device.create_buffer(&BufferDescriptor {
        label: Some("readback"),
        size: (row * size.y as usize) as u64,
        usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor { label: Some("readback") });
    encoder.copy_texture_to_buffer(
        gpu.texture.as_image_copy(),
        TexelCopyBufferInfo {
            buffer: &buffer,
            layout: TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(u32::try_from(row)?), rows_per_image: None },
        },
        Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 },
    );
    queue.submit([encoder.finish()]);
    let slice = buffer.slice(..);
    let (sender, receiver) = crossbeam_channel::bounded(1);
    slice.map_async(MapMode::Read, move |result| {
        // The receiver waits below; if it is gone nobody wants the picture.
        drop(sender.send(result));
    });
    device
        .wgpu_device()
        .poll(PollType::Wait { submission_index: None, timeout: None })
        .context("the device is lost")?;
    if receiver.recv().context("the device gave no answer")?.is_err() {
        bail!("the picture cannot be read from the device");
    }
    let mapped = slice.get_mapped_range();
    let mut bytes = Vec::with_capacity((size.x * size.y * 4) as usize);
    for line in mapped.chunks(row) {
        bytes.extend_from_slice(&line[..size.x as usize * 4]);
    }
    drop(mapped);
    buffer.unmap();
    // At once, not when the device next looks: a run makes thousands of them.
    buffer.destroy();
    Ok(bytes)
}
