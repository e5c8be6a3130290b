//! The pose of one square tag from its four corners: both solutions that a plane allows, in closed form, each refined.
//! Knows neither pixels nor detectors.
//!
//! The closed form is IPPE (Collins and Bartoli, "Infinitesimal Plane-Based Pose Estimation", IJCV 2014): the homography's
//! first derivative at the tag's centre fixes the pose up to a reflection of the normal about the line of sight.

use fieldwright_guide::frames::{CameraCv, Pose, Tag};
use glam::{Quat, Vec3};
use nalgebra::{
    Isometry3, Matrix2, Matrix3, Rotation3, SMatrix, SVector, Translation3, UnitQuaternion, Vector2, Vector3,
};

use crate::{
    camera::CameraModel,
    solve::{self, Loss, Sight},
};

/// One pose that explains a tag's corners.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TagPose {
    /// Maps the tag's frame into the camera's (OpenCV axes), metres, double precision.
    pub camera_from_tag: Isometry3<f64>,
    /// Root mean square distance between seen and reprojected corners, pixels.
    pub reprojection_px: f64,
}

impl TagPose {
    /// The pose in the product's own type.
    pub fn pose(&self) -> Pose<CameraCv, Tag> {
        to_pose(&self.camera_from_tag)
    }
}

/// The poses of one tag: the better one, and the other while the picture cannot tell them apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TagSolution {
    /// The pose with the smaller reprojection error.
    pub best: TagPose,
    /// The other minimum, where there is one.
    pub other: Option<TagPose>,
    /// True if `other` differs visibly from `best` and explains the corners nearly as well.
    pub ambiguous: bool,
}

/// Ratio of reprojection errors above which the two solutions count as equally good.
const AMBIGUOUS_RATIO: f64 = 0.6;
/// No corner is located better than this, pixels, whatever its stated uncertainty.
pub(crate) const CORNER_FLOOR_PX: f64 = 0.04;
/// Two minima nearer than this are one, radians.
const DISTINCT_RAD: f64 = 0.03;

/// Solves for a tag of side `tag_size_m` whose corners (top-left, top-right, bottom-right, bottom-left of the print) are seen at
/// `corners_px` with a standard deviation of `corner_sigma_px`. `None` if the corners are no image of the printed face of a square, or lie beyond the lens model.
pub fn solve_tag(
    camera: &CameraModel,
    corners_px: &[[f64; 2]; 4],
    tag_size_m: f64,
    corner_sigma_px: f64,
) -> Option<TagSolution> {
    if !is_printed_quad(corners_px) {
        return None;
    }
    let sights = tag_sights(camera, corners_px, tag_size_m)?;
    let rays = sights.map(|sight| sight.ray);
    let focal_px = camera.focal_px();
    let mut poses: Vec<TagPose> = ippe_square(&rays, tag_size_m)?
        .into_iter()
        .filter_map(|start| solve::refine(&sights, focal_px, &start, Loss::SQUARES))
        .map(|fit| TagPose {
            camera_from_tag: fit.camera_from_object,
            reprojection_px: solve::rms_px(&sights, focal_px, &fit.camera_from_object),
        })
        .filter(|pose| faces_camera(&pose.camera_from_tag) && pose.reprojection_px.is_finite())
        .collect();
    poses.sort_by(|a, b| a.reprojection_px.total_cmp(&b.reprojection_px));
    let best = *poses.first()?;
    let other = poses
        .get(1)
        .copied()
        .filter(|other| best.camera_from_tag.rotation.angle_to(&other.camera_from_tag.rotation) > DISTINCT_RAD);
    let ambiguous = other.is_some_and(|other| {
        // Four corners; a likelihood ratio below three sigma is no evidence, whatever the ratio of two tiny errors says.
        let evidence = 4.0 * (other.reprojection_px.powi(2) - best.reprojection_px.powi(2))
            / (CORNER_FLOOR_PX.powi(2) + corner_sigma_px.powi(2));
        best.reprojection_px > AMBIGUOUS_RATIO * other.reprojection_px || evidence < 9.0
    });
    Some(TagSolution { best, other, ambiguous })
}

/// The tag's corners in its own frame (metres): top-left, top-right, bottom-right, bottom-left of the print.
pub fn tag_corners(tag_size_m: f64) -> [Vector3<f64>; 4] {
    let half = tag_size_m / 2.0;
    [
        Vector3::new(-half, half, 0.0),
        Vector3::new(half, half, 0.0),
        Vector3::new(half, -half, 0.0),
        Vector3::new(-half, -half, 0.0),
    ]
}

/// True if the corners turn one way round, the way of a print seen from its face, and span an area.
fn is_printed_quad(corners_px: &[[f64; 2]; 4]) -> bool {
    (0..4).all(|index| {
        let [before, here, after] = [0, 1, 2].map(|step| Vector2::from(corners_px[(index + step) % 4]));
        (here - before).perp(&(after - here)) > 1.0
    })
}

/// Pairs a tag's corners with the rays of their pixels.
pub(crate) fn tag_sights(camera: &CameraModel, corners_px: &[[f64; 2]; 4], tag_size_m: f64) -> Option<[Sight; 4]> {
    let points = tag_corners(tag_size_m);
    let mut sights = [Sight { point: Vector3::zeros(), ray: Vector2::zeros(), weight: 1.0 }; 4];
    for ((sight, point), corner) in sights.iter_mut().zip(points).zip(corners_px) {
        sight.point = point;
        sight.ray = Vector2::from(camera.undistort(*corner)?);
    }
    Some(sights)
}

/// A double-precision transform in the product's own type.
pub(crate) fn to_pose<To, From>(to_from_from: &Isometry3<f64>) -> Pose<To, From> {
    let t = to_from_from.translation.vector;
    let q = to_from_from.rotation;
    Pose::new(
        Vec3::new(t.x as f32, t.y as f32, t.z as f32),
        Quat::from_xyzw(q.i as f32, q.j as f32, q.k as f32, q.w as f32).normalize(),
    )
}

/// The product's pose as a double-precision transform.
pub(crate) fn from_pose<To, From>(to_from_from: &Pose<To, From>) -> Isometry3<f64> {
    let (t, q) = (to_from_from.translation.as_dvec3(), to_from_from.rotation.as_dquat());
    Isometry3::from_parts(
        Translation3::new(t.x, t.y, t.z),
        UnitQuaternion::from_quaternion(nalgebra::Quaternion::new(q.w, q.x, q.y, q.z)),
    )
}

/// True if the printed face is turned towards the camera and lies in front of it.
fn faces_camera(camera_from_tag: &Isometry3<f64>) -> bool {
    let centre = camera_from_tag.translation.vector;
    centre.z > 0.0 && (camera_from_tag.rotation * Vector3::z()).dot(&centre) < 0.0
}

/// Both closed-form poses of a square whose corners are seen along `rays`.
fn ippe_square(rays: &[Vector2<f64>; 4], tag_size_m: f64) -> Option<[Isometry3<f64>; 2]> {
    let points = tag_corners(tag_size_m);
    let homography = square_homography(&points, rays)?;
    let centre = Vector2::new(homography[(0, 2)], homography[(1, 2)]);
    let jacobian = Matrix2::from_fn(|row, column| homography[(row, column)] - homography[(2, column)] * centre[row]);

    // Turn the optical axis onto the line of sight of the tag's centre.
    let sight = Vector3::new(centre.x, centre.y, 1.0);
    let turn = UnitQuaternion::rotation_between(&Vector3::z(), &sight)?.to_rotation_matrix();
    let foreshortening = Matrix2::from_fn(|row, column| turn[(row, column)] - centre[row] * turn[(2, column)]);
    let affine = foreshortening.try_inverse()? * jacobian;
    let scale = affine.svd(false, false).singular_values.max();
    if !(scale.is_finite() && scale > 0.0) {
        return None;
    }
    let upper = affine / scale;
    let rest = Matrix2::identity() - upper.transpose() * upper;
    let tilt = Vector2::new(
        rest[(0, 0)].max(0.0).sqrt(),
        rest[(1, 1)].max(0.0).sqrt() * if rest[(0, 1)] < 0.0 { -1.0 } else { 1.0 },
    );
    let pose = |sign: f64| {
        let first = Vector3::new(upper[(0, 0)], upper[(1, 0)], sign * tilt.x);
        let second = Vector3::new(upper[(0, 1)], upper[(1, 1)], sign * tilt.y);
        let columns = Matrix3::from_columns(&[first, second, first.cross(&second)]);
        let rotation = UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_eps(
            &(turn * columns),
            1e-12,
            50,
            Rotation3::identity(),
        ));
        let translation = best_translation(&points, rays, &rotation)?;
        Some(Isometry3::from_parts(translation, rotation))
    };
    Some([pose(1.0)?, pose(-1.0)?])
}

/// The homography from the tag's plane to normalized image points, with its last element one.
pub(crate) fn square_homography(points: &[Vector3<f64>; 4], rays: &[Vector2<f64>; 4]) -> Option<Matrix3<f64>> {
    // The tag's own size as the unit keeps the system well conditioned.
    let unit = points[1].x;
    let mut system = SMatrix::<f64, 8, 8>::zeros();
    let mut right = SVector::<f64, 8>::zeros();
    for (index, (point, ray)) in points.iter().zip(rays).enumerate() {
        let (x, y) = (point.x / unit, point.y / unit);
        let rows =
            [[x, y, 1.0, 0.0, 0.0, 0.0, -ray.x * x, -ray.x * y], [0.0, 0.0, 0.0, x, y, 1.0, -ray.y * x, -ray.y * y]];
        for (offset, row) in rows.iter().enumerate() {
            for (column, value) in row.iter().enumerate() {
                system[(2 * index + offset, column)] = *value;
            }
            right[2 * index + offset] = ray[offset];
        }
    }
    let h = system.lu().solve(&right)?;
    if h.iter().any(|value| !value.is_finite()) {
        return None;
    }
    Some(Matrix3::new(h[0] / unit, h[1] / unit, h[2], h[3] / unit, h[4] / unit, h[5], h[6] / unit, h[7] / unit, 1.0))
}

/// The translation that best puts the turned points on their rays, by linear least squares.
fn best_translation(
    points: &[Vector3<f64>; 4],
    rays: &[Vector2<f64>; 4],
    rotation: &UnitQuaternion<f64>,
) -> Option<Translation3<f64>> {
    let mut normal = Matrix3::zeros();
    let mut right = Vector3::zeros();
    for (point, ray) in points.iter().zip(rays) {
        let turned = rotation * point;
        for (row, value) in [
            (Vector3::new(1.0, 0.0, -ray.x), ray.x * turned.z - turned.x),
            (Vector3::new(0.0, 1.0, -ray.y), ray.y * turned.z - turned.y),
        ] {
            normal += row * row.transpose();
            right += row * value;
        }
    }
    Some(Translation3::from(normal.cholesky()?.solve(&right)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn camera() -> CameraModel {
        CameraModel::new([1280, 720], [900.0, 890.0], [641.0, 358.0], [-0.1, 0.02, 0.0005, -0.0005, 0.0], 0.1)
            .expect("a valid camera")
    }

    fn seen(camera: &CameraModel, pose: &Isometry3<f64>, tag_size_m: f64) -> Option<[[f64; 2]; 4]> {
        let mut corners = [[0.0; 2]; 4];
        for (corner, point) in corners.iter_mut().zip(tag_corners(tag_size_m)) {
            *corner = camera.project(&(pose * nalgebra::Point3::from(point)).coords)?;
        }
        Some(corners)
    }

    /// A tag whose print faces the camera, tilted by `tilt` about an axis in its plane.
    fn facing(at: Vector3<f64>, tilt: f64, axis: f64, roll: f64) -> Isometry3<f64> {
        let towards = UnitQuaternion::rotation_between(&Vector3::z(), &at).expect("in front of the camera");
        let turned = UnitQuaternion::from_scaled_axis(Vector3::x() * std::f64::consts::PI);
        let tilted = UnitQuaternion::from_scaled_axis(Vector3::new(axis.cos(), axis.sin(), 0.0) * tilt);
        let rolled = UnitQuaternion::from_scaled_axis(Vector3::z() * roll);
        Isometry3::from_parts(Translation3::from(at), towards * turned * tilted * rolled)
    }

    #[test]
    fn both_solutions_come_back_for_a_small_tilted_tag() {
        let camera = camera();
        let truth = facing(Vector3::new(0.1, 0.05, 4.0), 0.35, 0.7, 0.0);
        let corners = seen(&camera, &truth, 0.1).unwrap();
        let solution = solve_tag(&camera, &corners, 0.1, 0.05).unwrap();
        assert!(solution.best.camera_from_tag.rotation.angle_to(&truth.rotation) < 1e-4);
        assert!(solution.best.reprojection_px < 1e-4);
        // The other one leans the other way: twice the tilt away, and explains 22 pixels to a fraction of one.
        let other = solution.other.unwrap();
        let apart = other.camera_from_tag.rotation.angle_to(&truth.rotation);
        assert!((0.5..0.9).contains(&apart), "{apart}");
        assert!(other.reprojection_px < 0.3, "{}", other.reprojection_px);
    }

    #[test]
    fn a_large_tilted_tag_is_not_ambiguous_and_a_far_frontal_one_is() {
        let camera = camera();
        let near = seen(&camera, &facing(Vector3::new(0.0, 0.0, 0.5), 0.7, 0.3, 0.1), 0.1).unwrap();
        assert!(!solve_tag(&camera, &near, 0.1, 0.05).unwrap().ambiguous);
        let far = seen(&camera, &facing(Vector3::new(0.0, 0.0, 4.0), 0.2, 0.3, 0.1), 0.1).unwrap();
        assert!(solve_tag(&camera, &far, 0.1, 0.05).unwrap().ambiguous);
    }

    #[test]
    fn corners_of_no_printed_square_have_no_pose() {
        let camera = camera();
        let square = seen(&camera, &facing(Vector3::new(0.0, 0.0, 0.8), 0.3, 0.0, 0.0), 0.1).unwrap();
        // Listed the other way round it is the back of a sheet.
        let mirrored = [square[1], square[0], square[3], square[2]];
        assert_eq!(solve_tag(&camera, &mirrored, 0.1, 0.05), None);
        assert_eq!(solve_tag(&camera, &[[100.0, 100.0]; 4], 0.1, 0.05), None);
        assert_eq!(solve_tag(&camera, &[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]], 0.1, 0.05), None);
        assert_eq!(solve_tag(&camera, &[[f64::NAN; 2]; 4], 0.1, 0.05), None);
    }

    proptest! {
        #[test]
        fn exact_corners_give_the_exact_pose(
            x in -0.5f64..0.5, y in -0.3f64..0.3, z in 0.25f64..3.0,
            tilt in 0.0f64..1.3, axis in -3.1f64..3.1, roll in -3.1f64..3.1, size in 0.05f64..0.2,
        ) {
            let camera = camera();
            let truth = facing(Vector3::new(x * z, y * z, z), tilt, axis, roll);
            let Some(corners) = seen(&camera, &truth, size) else { return Err(TestCaseError::reject("out of view")) };
            let solution = solve_tag(&camera, &corners, size, 0.05).unwrap();
            let away = |pose: &TagPose| {
                (pose.camera_from_tag.translation.vector - truth.translation.vector).norm() / z + pose.camera_from_tag.rotation.angle_to(&truth.rotation)
            };
            // At a tilt near nothing both minima are one flat valley.
            prop_assert!(solution.best.reprojection_px < 1e-3, "{solution:?}");
            prop_assert!(away(&solution.best) < if tilt > 0.1 { 2e-3 } else { 0.05 }, "{} {solution:?}", away(&solution.best));
        }

        #[test]
        fn noise_of_a_tenth_of_a_pixel_moves_one_of_the_two_solutions_little(
            x in -0.4f64..0.4, y in -0.25f64..0.25, z in 0.4f64..1.5,
            tilt in 0.3f64..1.1, axis in -3.1f64..3.1, roll in -3.1f64..3.1,
            noise in prop::array::uniform8(-0.1f64..0.1),
        ) {
            let camera = camera();
            let truth = facing(Vector3::new(x * z, y * z, z), tilt, axis, roll);
            let Some(mut corners) = seen(&camera, &truth, 0.1) else { return Err(TestCaseError::reject("out of view")) };
            for (value, noise) in corners.iter_mut().flatten().zip(noise) {
                *value += noise;
            }
            let solution = solve_tag(&camera, &corners, 0.1, 0.05).unwrap();
            let near = [Some(solution.best), solution.other].into_iter().flatten().any(|pose| {
                pose.camera_from_tag.rotation.angle_to(&truth.rotation) < 0.02 + 0.05 * z
                    && (pose.camera_from_tag.translation.vector - truth.translation.vector).norm() < 0.012 * z * z + 0.001
            });
            prop_assert!(near, "{solution:?} is not near {truth:?}");
        }

        #[test]
        fn arbitrary_corners_never_panic(corners in prop::array::uniform4(prop::array::uniform2(-2000.0f64..3000.0))) {
            if let Some(solution) = solve_tag(&camera(), &corners, 0.1, 0.05) {
                prop_assert!(solution.best.camera_from_tag.translation.vector.iter().all(|value| value.is_finite()));
            }
        }
    }
}
