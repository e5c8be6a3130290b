//! Pictures of both eyes as they are handed to the runtime. Must not know what is in them.

use std::path::PathBuf;

use bevy::{
    camera::ManualTextureViewHandle,
    prelude::*,
    render::view::screenshot::{Screenshot, ScreenshotCaptured},
};
use bevy_mod_openxr::render::XR_TEXTURE_INDEX;

/// Pictures wanted and under way.
#[derive(Default, Resource)]
pub(super) struct Eyes {
    under_way: Option<Wanted>,
    halves: [Option<image::RgbImage>; 2],
    /// Trouble with a picture that could not be written.
    pub(super) trouble: Option<String>,
}

/// One picture: where it goes.
pub(super) struct Wanted {
    /// File of the two eyes side by side; each eye alone stands beside it as `STEM.left.png` and `STEM.right.png`.
    pub(super) file: PathBuf,
}

impl Eyes {
    /// True while a picture is under way.
    pub(super) fn busy(&self) -> bool {
        self.under_way.is_some()
    }
}

/// Asks for a picture of both eyes; one at a time.
pub(super) fn ask(world: &mut World, wanted: Wanted) {
    let mut eyes = world.resource_mut::<Eyes>();
    eyes.under_way = Some(wanted);
    eyes.halves = [None, None];
    grab(world, |world, eye, picture| world.resource_mut::<Eyes>().take(eye, picture));
}

/// Takes this frame's picture of both eyes, left (0) and right (1), when they are drawn.
pub(super) fn grab(world: &mut World, taken: fn(&mut World, usize, Option<image::RgbImage>)) {
    for eye in 0..2_u32 {
        world.spawn(Screenshot::texture_view(ManualTextureViewHandle(XR_TEXTURE_INDEX + eye))).observe(
            move |shot: On<'_, '_, ScreenshotCaptured>, mut commands: Commands<'_, '_>| {
                let picture = shot.image.clone().try_into_dynamic().map(|picture| picture.to_rgb8()).ok();
                commands.queue(move |world: &mut World| taken(world, eye as usize, picture));
            },
        );
    }
}

impl Eyes {
    fn take(&mut self, eye: usize, picture: Option<image::RgbImage>) {
        self.halves[eye] = picture;
        let [Some(left), Some(right)] = &self.halves else { return };
        let Some(wanted) = self.under_way.take() else { return };
        let mut both = image::RgbImage::new(left.width() + right.width(), left.height().max(right.height()));
        image::imageops::replace(&mut both, left, 0, 0);
        image::imageops::replace(&mut both, right, i64::from(left.width()), 0);
        let alone = |side: &str| wanted.file.with_extension(format!("{side}.png"));
        for (picture, file) in [(&both, wanted.file.clone()), (left, alone("left")), (right, alone("right"))] {
            if let Err(error) = crate::offscreen::save(picture, &file) {
                self.trouble = Some(format!("{error:#}"));
            }
        }
    }
}
