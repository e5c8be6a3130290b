//! What is under the pointer: a ray against the real equipment's own triangles. A click does to that part what the step says;
//! a click on a fiducial while C is held lays a cloth over it, or takes it away. Must not know steps.

use bevy::{
    camera::primitives::Aabb, ecs::system::SystemParam, mesh::VertexAttributeValues, prelude::*, ui::UiGlobalTransform,
};
use fieldwright_guide::{event::Event, overlay::HighlightRole};

use crate::{
    live::Live,
    overlay::panels::Plate,
    shared::{CurrentScene, KnownNodes, PartNodes, ViewCamera},
    stage::Covered,
};

/// Everything that tells what is under the pointer.
#[derive(SystemParam)]
pub(super) struct Pointer<'w, 's> {
    windows: Query<'w, 's, &'static Window>,
    view: Query<'w, 's, (&'static Camera, &'static GlobalTransform), With<ViewCamera>>,
    plates: Query<'w, 's, (&'static ComputedNode, &'static UiGlobalTransform), Or<(With<Plate>, With<Button>)>>,
    parts: Res<'w, PartNodes>,
    known: Res<'w, KnownNodes>,
    children: Query<'w, 's, &'static Children>,
    names: Query<'w, 's, &'static Name>,
    bodies: Query<'w, 's, (&'static Mesh3d, &'static GlobalTransform, &'static Aabb)>,
    meshes: Res<'w, Assets<Mesh>>,
}

impl Pointer<'_, '_> {
    /// Where it is in the window, logical pixels; `None` outside and over a plate or a button.
    pub(super) fn in_view(&self) -> Option<Vec2> {
        let cursor = self.windows.single().ok()?.cursor_position()?;
        let on_plate = self.plates.iter().any(|(node, transform)| {
            let factor = node.inverse_scale_factor();
            Rect::from_center_size(transform.translation * factor, node.size() * factor).contains(cursor)
        });
        (!on_plate).then_some(cursor)
    }

    /// The nearest part or fiducial along the ray through this place: its node's name.
    pub(super) fn node_at(&self, cursor: Vec2) -> Option<&str> {
        let (camera, camera_transform) = self.view.single().ok()?;
        let ray = camera.viewport_to_world(camera_transform, cursor).ok()?;
        let mut nearest: Option<(f32, &str)> = None;
        for (name, node) in &self.parts.nodes {
            let mut pending = vec![*node];
            while let Some(entity) = pending.pop() {
                if let Ok((mesh, transform, aabb)) = self.bodies.get(entity)
                    && let Some(mesh) = self.meshes.get(&mesh.0)
                    && let Some(distance) = hit(ray, mesh, transform, aabb)
                    && nearest.is_none_or(|(best, _)| distance < best)
                {
                    nearest = Some((distance, name));
                }
                // A part under this one is a part of its own.
                pending.extend(self.children.get(entity).into_iter().flatten().copied().filter(|child| {
                    !self
                        .names
                        .get(*child)
                        .is_ok_and(|child| self.known.0.contains(child.as_str()) && child.as_str() != name)
                }));
            }
        }
        nearest.map(|(_, name)| name)
    }
}

/// The fiducial that a node is.
pub(super) fn tag_of(node: &str) -> Option<u32> {
    node.strip_prefix("tag_").and_then(|id| id.parse().ok())
}

/// Where else a click is looked at for the lit part, logical pixels from the pointer.
const NEAR: [Vec2; 9] = [
    Vec2::ZERO,
    Vec2::new(10.0, 0.0),
    Vec2::new(-10.0, 0.0),
    Vec2::new(0.0, 10.0),
    Vec2::new(0.0, -10.0),
    Vec2::new(7.0, 7.0),
    Vec2::new(-7.0, 7.0),
    Vec2::new(7.0, -7.0),
    Vec2::new(-7.0, -7.0),
];

pub(super) fn click(
    mut live: NonSendMut<'_, Live>,
    time: Res<'_, Time>,
    keys: Res<'_, ButtonInput<KeyCode>>,
    buttons: Res<'_, ButtonInput<MouseButton>>,
    pointer: Pointer<'_, '_>,
    scene: Res<'_, CurrentScene>,
    mut covered: ResMut<'_, Covered>,
) {
    if !buttons.just_pressed(MouseButton::Left) {
        return;
    }
    let Some(cursor) = pointer.in_view() else { return };
    let lit = scene.0.highlights.iter().find(|lit| lit.role == HighlightRole::Focus).map(|lit| lit.node.as_str());
    // A small part that is lit may be missed by a little.
    let wanted = lit.is_some() && !keys.pressed(KeyCode::KeyC);
    let near = NEAR.iter().any(|offset| wanted && pointer.node_at(cursor + *offset) == lit);
    let Some(node) = lit.filter(|_| near).or_else(|| pointer.node_at(cursor)) else { return };
    if let Some(id) = tag_of(node) {
        if keys.pressed(KeyCode::KeyC) {
            if covered.0.contains(&id) { covered.0.retain(|c| *c != id) } else { covered.0.push(id) }
        }
        return;
    }
    let item = live.equipment.parts.iter().find(|(_, part)| part.node == node).map(|(item, _)| item.clone());
    if let Some(item) = item {
        live.happen(&time, Event::PartActed { item });
    }
}

/// Distance along the ray to the nearest triangle, metres.
fn hit(ray: Ray3d, mesh: &Mesh, transform: &GlobalTransform, aabb: &Aabb) -> Option<f32> {
    let local_from_world = transform.affine().inverse();
    let origin = local_from_world.transform_point3(ray.origin);
    let direction = local_from_world.transform_vector3(*ray.direction);
    if !meets_box(origin, direction, aabb) {
        return None;
    }
    let Some(VertexAttributeValues::Float32x3(positions)) = mesh.attribute(Mesh::ATTRIBUTE_POSITION) else {
        return None;
    };
    let indices: Vec<usize> = mesh.indices()?.iter().collect();
    let nearest = indices
        .chunks_exact(3)
        .filter_map(|corners| {
            let [a, b, c] = [corners[0], corners[1], corners[2]].map(|i| positions.get(i).map(|p| Vec3::from(*p)));
            meets_triangle(origin, direction, a?, b?, c?)
        })
        .min_by(f32::total_cmp)?;
    // The direction keeps its length through an affine map, so that the parameter is a distance in the world.
    Some(nearest)
}

/// Slab test.
fn meets_box(origin: Vec3, direction: Vec3, aabb: &Aabb) -> bool {
    let (center, half) = (Vec3::from(aabb.center), Vec3::from(aabb.half_extents) + Vec3::splat(1e-4));
    let (a, b) = ((center - half - origin) / direction, (center + half - origin) / direction);
    let (enter, leave) = (a.min(b).max_element(), a.max(b).min_element());
    leave >= enter.max(0.0)
}

/// Moeller and Trumbore, 1997: distance along the ray, in units of its direction.
fn meets_triangle(origin: Vec3, direction: Vec3, a: Vec3, b: Vec3, c: Vec3) -> Option<f32> {
    let (ab, ac) = (b - a, c - a);
    let across = direction.cross(ac);
    let determinant = ab.dot(across);
    if determinant.abs() < 1e-12 {
        return None;
    }
    let from_a = origin - a;
    let u = from_a.dot(across) / determinant;
    let along = from_a.cross(ab);
    let v = direction.dot(along) / determinant;
    let t = ac.dot(along) / determinant;
    (u >= 0.0 && v >= 0.0 && u + v <= 1.0 && t > 0.0).then_some(t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ray_meets_what_it_points_at() {
        let (a, b, c) = (Vec3::new(-1.0, -1.0, -2.0), Vec3::new(1.0, -1.0, -2.0), Vec3::new(0.0, 1.0, -2.0));
        assert_eq!(meets_triangle(Vec3::ZERO, Vec3::NEG_Z, a, b, c), Some(2.0));
        assert_eq!(meets_triangle(Vec3::ZERO, Vec3::Z, a, b, c), None, "behind");
        assert_eq!(meets_triangle(Vec3::X * 3.0, Vec3::NEG_Z, a, b, c), None, "beside");
        let aabb = Aabb::from_min_max(Vec3::splat(-1.0), Vec3::splat(1.0));
        assert!(meets_box(Vec3::Z * 5.0, Vec3::NEG_Z, &aabb));
        assert!(!meets_box(Vec3::new(3.0, 0.0, 5.0), Vec3::NEG_Z, &aabb));
    }
}
