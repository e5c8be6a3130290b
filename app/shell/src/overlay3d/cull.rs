//! Leaves out of the equipment's shape what cannot hide anything lit: it costs as much to draw as the equipment itself, once an eye.
//! Must not know what is lit, only where.

use bevy::{camera::primitives::Aabb, prelude::*};

use super::{eye::Reader, parts::ShapeNodes, place::Standing};

/// Radians around what is lit that count as it: the glow, and an eye beside the middle of the head.
const MARGIN_RAD: f32 = 0.09;

/// Shows the parts of the shape that may stand before the work, and hides the others.
pub(crate) fn cull(
    reader: Res<'_, Reader>,
    standing: Res<'_, Standing>,
    found: Res<'_, ShapeNodes>,
    lit: Query<'_, '_, &ChildOf, With<super::parts::Light>>,
    mut bodies: Query<'_, '_, (&Aabb, &GlobalTransform, &mut Visibility)>,
) {
    let Some(head) = reader.world_from_head else { return };
    let ball = |aabb: &Aabb, global: &GlobalTransform| {
        let middle = global.transform_point(Vec3::from(aabb.center)) - head.translation;
        (middle, global.radius_vec3a(aabb.half_extents))
    };
    // The work with its motion, and everything else that is lit.
    let mut shown: Vec<(Vec3, f32)> = lit
        .iter()
        .filter_map(|child| bodies.get(child.parent()).ok())
        .map(|(aabb, global, _)| ball(aabb, global))
        .collect();
    shown.extend(standing.work.map(|(middle, reach)| (middle - head.translation, reach)));
    for entity in found.meshes.values().flatten() {
        let Ok((aabb, global, mut visibility)) = bodies.get_mut(*entity) else { continue };
        let (middle, radius) = ball(aabb, global);
        let shows = shown.iter().any(|(work, reach)| may_hide(*work, *reach, middle, radius));
        visibility.set_if_neq(if shows { Visibility::Inherited } else { Visibility::Hidden });
    }
}

/// True if a ball may stand before another, seen from the origin. Middles and radii, metres.
fn may_hide(work: Vec3, reach: f32, middle: Vec3, radius: f32) -> bool {
    if middle.length() - radius > work.length() + reach {
        return false;
    }
    // Somebody inside the ball sees it everywhere.
    let half_angle = |radius: f32, distance: f32| (radius / distance.max(1e-6)).min(1.0).asin();
    let apart = middle.angle_between(work);
    apart <= half_angle(radius, middle.length()) + half_angle(reach, work.length()) + MARGIN_RAD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_before_the_work_or_around_it_can_hide_it() {
        let work = Vec3::new(0.0, 0.0, -1.0);
        assert!(may_hide(work, 0.05, Vec3::new(0.0, 0.0, -0.6), 0.02), "before it");
        assert!(may_hide(work, 0.05, Vec3::new(0.3, 0.0, -1.0), 0.4), "around it");
        assert!(!may_hide(work, 0.05, Vec3::new(0.0, 0.0, -1.5), 0.1), "behind it");
        assert!(!may_hide(work, 0.05, Vec3::new(0.6, 0.0, -0.8), 0.1), "beside it");
        assert!(may_hide(work, 0.05, Vec3::new(0.1, 0.0, 0.0), 0.5), "around the head");
    }
}
