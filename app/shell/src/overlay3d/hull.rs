//! Shapes that can be grown without tearing: a mesh whose corners are welded, each with one normal. Must not know materials.

use std::collections::HashMap;

use bevy::{
    asset::RenderAssetUsages,
    mesh::{Indices, PrimitiveTopology, VertexAttributeValues},
    prelude::*,
};

/// Corners nearer than this are one, metres.
const WELD_M: f32 = 2e-5;

/// The mesh with welded corners; normals are weighted by the angle that each face has at a corner, so that they do not depend
/// on how faces are cut into triangles. `None` for a mesh without triangles.
pub(crate) fn welded(mesh: &Mesh) -> Option<Mesh> {
    let VertexAttributeValues::Float32x3(positions) = mesh.attribute(Mesh::ATTRIBUTE_POSITION)? else { return None };
    if mesh.primitive_topology() != PrimitiveTopology::TriangleList {
        return None;
    }
    let mut welded: Vec<Vec3> = Vec::new();
    let mut known: HashMap<[i32; 3], u32> = HashMap::new();
    let own: Vec<u32> = positions
        .iter()
        .map(|position| {
            let cell = position.map(|x| (x / WELD_M).round() as i32);
            *known.entry(cell).or_insert_with(|| {
                welded.push(Vec3::from(*position));
                welded.len() as u32 - 1
            })
        })
        .collect();
    let corners: Vec<u32> = match mesh.indices() {
        Some(indices) => indices.iter().filter_map(|index| own.get(index).copied()).collect(),
        None => own,
    };
    let mut normals = vec![Vec3::ZERO; welded.len()];
    let mut kept = Vec::with_capacity(corners.len());
    for triangle in corners.chunks_exact(3) {
        let [a, b, c] = [triangle[0], triangle[1], triangle[2]];
        if a == b || b == c || a == c {
            continue;
        }
        kept.extend([a, b, c]);
        let at = |index: u32| welded[index as usize];
        let face = (at(b) - at(a)).cross(at(c) - at(a)).normalize_or_zero();
        for (corner, next, last) in [(a, b, c), (b, c, a), (c, a, b)] {
            let angle = (at(next) - at(corner)).angle_between(at(last) - at(corner));
            if angle.is_finite() {
                normals[corner as usize] += face * angle;
            }
        }
    }
    if kept.is_empty() {
        return None;
    }
    let normals: Vec<[f32; 3]> = normals.iter().map(|n| n.normalize_or(Vec3::Y).to_array()).collect();
    let positions: Vec<[f32; 3]> = welded.iter().map(Vec3::to_array).collect();
    Some(
        Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default())
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
            .with_inserted_indices(Indices::U32(kept)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cube_has_eight_corners_that_point_outward() {
        let cube = welded(&Cuboid::new(0.1, 0.2, 0.3).mesh().build()).expect("a cube has triangles");
        let (Some(VertexAttributeValues::Float32x3(at)), Some(VertexAttributeValues::Float32x3(normals))) =
            (cube.attribute(Mesh::ATTRIBUTE_POSITION), cube.attribute(Mesh::ATTRIBUTE_NORMAL))
        else {
            panic!("positions and normals")
        };
        assert_eq!(at.len(), 8);
        for (at, normal) in at.iter().zip(normals) {
            let diagonal = Vec3::from(*at).signum().normalize();
            assert!(Vec3::from(*normal).dot(diagonal) > 0.999, "{at:?} {normal:?}");
        }
    }
}
