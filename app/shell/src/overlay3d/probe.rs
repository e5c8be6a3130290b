//! Measuring the overlay from outside: where in each eye's picture a part should be, and where it is drawn. In the probe's look the
//! focused part is one flat color and nothing else is drawn, so that its pixels can be told from a picture. Must not know what is
//! done with it.

use bevy::{mesh::VertexAttributeValues, prelude::*};
use fieldwright_guide::frames::{Equipment, Pose, World as WorldFrame};

use super::{
    eye::OverlayEye,
    parts::{Shape, ShapeNodes},
};
use crate::shared::CurrentScene;

/// True: the probe's look.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Resource)]
pub(crate) struct Probe(pub(crate) bool);

/// The probe's color: nothing in the world has it.
pub(crate) const COLOR: [u8; 3] = [255, 0, 255];

/// Pixels of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Region {
    /// Their middle of mass, pixels from the left upper corner.
    pub(crate) middle: Vec2,
    /// Their bounds.
    pub(crate) bounds: Rect,
    /// How many, parts of pixels counted.
    pub(crate) pixels: f32,
}

/// Where one eye sees the focused part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct InEye {
    /// The eye.
    pub(crate) eye: Entity,
    /// Where its silhouette is in the picture.
    pub(crate) silhouette: Region,
    /// From the eye to the part's middle, metres.
    pub(crate) distance: f32,
    /// Pixels of one radian in the middle of the picture.
    pub(crate) pixels_per_rad: f32,
}

impl Region {
    /// The probe's pixels in a picture, each weighed by how much of it has the color: half covered pixels at an edge count half.
    pub(crate) fn drawn(picture: &image::RgbImage) -> Option<Self> {
        let mut sum = Sum::default();
        for (x, y, pixel) in picture.enumerate_pixels() {
            let [red, green, blue] = pixel.0.map(|byte| f32::from(byte) / 255.0);
            sum.add(x, y, (red.min(blue) - green).clamp(0.0, 1.0));
        }
        sum.region()
    }

    fn of_triangles(triangles: &[[Vec2; 3]], size: UVec2) -> Option<Self> {
        let mut covered = vec![false; (size.x * size.y) as usize];
        for triangle in triangles {
            let min = triangle.iter().fold(Vec2::MAX, |a, b| a.min(*b)).max(Vec2::ZERO);
            let max = triangle.iter().fold(Vec2::MIN, |a, b| a.max(*b)).min(size.as_vec2() - 1.0);
            let [a, b, c] = *triangle;
            let area = (b - a).perp_dot(c - a);
            if area == 0.0 {
                continue;
            }
            for y in min.y.floor() as u32..=max.y.ceil().max(0.0) as u32 {
                for x in min.x.floor() as u32..=max.x.ceil().max(0.0) as u32 {
                    let p = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
                    let inside =
                        [(a, b), (b, c), (c, a)].iter().all(|(p0, p1)| (*p1 - *p0).perp_dot(p - *p0) * area >= 0.0);
                    if inside && x < size.x && y < size.y {
                        covered[(y * size.x + x) as usize] = true;
                    }
                }
            }
        }
        let mut sum = Sum::default();
        for (index, _) in covered.iter().enumerate().filter(|(_, covered)| **covered) {
            sum.add(index as u32 % size.x, index as u32 / size.x, 1.0);
        }
        sum.region()
    }
}

/// Where each eye would see the focused part if the equipment stood at this pose: at the estimate, where it is drawn; at the truth,
/// where it should be. Eyes that do not see all of it are left out.
pub(crate) fn focus(world: &mut World, world_from_equipment: &Pose<WorldFrame, Equipment>) -> Vec<InEye> {
    let Some(node) = world.resource::<CurrentScene>().0.highlights.first().map(|focus| focus.node.clone()) else {
        return Vec::new();
    };
    let corners = part(world, &node);
    if corners.is_empty() {
        return Vec::new();
    }
    let place = world_from_equipment.to_mat4();
    let middle = place.transform_point3(corners.iter().sum::<Vec3>() / corners.len() as f32);
    let mut eyes = world.query_filtered::<(Entity, &Camera, &GlobalTransform), With<OverlayEye>>();
    eyes.iter(world)
        .filter_map(|(eye, camera, transform)| {
            let size = camera.physical_target_size()?;
            let clip_from_equipment = camera.clip_from_view() * transform.affine().inverse() * place;
            let pixels: Option<Vec<Vec2>> = corners
                .iter()
                .map(|corner| {
                    let clip = clip_from_equipment * corner.extend(1.0);
                    let at = clip.truncate().truncate() / clip.w;
                    let seen = clip.w > 0.0 && at.abs().max_element() <= 1.0;
                    seen.then(|| (at * Vec2::new(0.5, -0.5) + 0.5) * size.as_vec2())
                })
                .collect();
            let pixels = pixels?;
            let triangles: Vec<[Vec2; 3]> = pixels.as_chunks::<3>().0.to_vec();
            Some(InEye {
                eye,
                silhouette: Region::of_triangles(&triangles, size)?,
                distance: transform.translation().distance(middle),
                pixels_per_rad: camera.clip_from_view().y_axis.y * size.y as f32 * 0.5,
            })
        })
        .collect()
}

/// A part's triangles in the equipment's frame, three corners each.
fn part(world: &mut World, node: &str) -> Vec<Vec3> {
    let mut roots = world.query_filtered::<&GlobalTransform, With<Shape>>();
    let Ok(root) = roots.single(world) else { return Vec::new() };
    let equipment_from_world = root.affine().inverse();
    let meshes = world.resource::<Assets<Mesh>>();
    let entities = world.resource::<ShapeNodes>().meshes.get(node);
    let mut corners = Vec::new();
    for entity in entities.into_iter().flatten() {
        let (Some(mesh), Some(global)) = (world.get::<Mesh3d>(*entity), world.get::<GlobalTransform>(*entity)) else {
            continue;
        };
        let Some(mesh) = meshes.get(&mesh.0) else { continue };
        let Some(VertexAttributeValues::Float32x3(positions)) = mesh.attribute(Mesh::ATTRIBUTE_POSITION) else {
            continue;
        };
        let equipment_from_mesh = equipment_from_world * global.affine();
        let at = |index: usize| equipment_from_mesh.transform_point3(Vec3::from(positions[index]));
        match mesh.indices() {
            Some(indices) => corners.extend(indices.iter().map(at)),
            None => corners.extend((0..positions.len()).map(at)),
        }
    }
    corners
}

#[derive(Default)]
struct Sum {
    weight: f32,
    moment: bevy::math::DVec2,
    bounds: Option<Rect>,
}

impl Sum {
    fn add(&mut self, x: u32, y: u32, weight: f32) {
        if weight < 0.05 {
            return;
        }
        let at = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
        self.weight += weight;
        self.moment += at.as_dvec2() * f64::from(weight);
        let bounds = self.bounds.get_or_insert(Rect { min: at, max: at });
        *bounds = Rect { min: bounds.min.min(at), max: bounds.max.max(at) };
    }

    fn region(self) -> Option<Region> {
        let bounds = self.bounds?;
        Some(Region { middle: (self.moment / f64::from(self.weight)).as_vec2(), bounds, pixels: self.weight })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_of_two_triangles_is_found_where_it_is_drawn() {
        let (a, b, c, d) = (Vec2::new(10.0, 20.0), Vec2::new(30.0, 20.0), Vec2::new(30.0, 50.0), Vec2::new(10.0, 50.0));
        let size = UVec2::new(64, 64);
        let region = Region::of_triangles(&[[a, b, c], [a, c, d]], size).expect("a square");
        assert!(region.middle.distance(Vec2::new(20.0, 35.0)) < 0.05 && (region.pixels - 600.0).abs() < 1.0);
        let mut picture = image::RgbImage::from_pixel(64, 64, image::Rgb([90, 120, 90]));
        for y in 20..50 {
            for x in 10..30 {
                picture.put_pixel(x, y, image::Rgb(COLOR));
            }
        }
        let drawn = Region::drawn(&picture).expect("a square");
        assert!(drawn.middle.distance(region.middle) < 0.05, "{drawn:?} {region:?}");
    }
}
