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
/// Standard deviation of a well refined corner, pixels; smaller differences of error decide nothing.
const CORNER_SIGMA_PX: f64 = 0.06;
/// Two minima nearer than this are one, radians.
const DISTINCT_RAD: f64 = 0.03;

/// Solves for a tag of side `tag_size_m` whose corners (top-left, top-right, bottom-right, bottom-left of the print) are seen at
/// `corners_px`. `None` if the corners are no image of the printed face of a square, or lie beyond the lens model.
pub fn solve_tag(camera: &CameraModel, corners_px: &[[f64; 2]; 4], tag_size_m: f64) -> Option<TagSolution> {
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
        let evidence = 4.0 * (other.reprojection_px.powi(2) - best.reprojection_px.powi(2)) / CORNER_SIGMA_PX.powi(2);
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
fn square_homography(points: &[Vector3<f64>; 4], rays: &[Vector2<f64>; 4]) -> Option<Matrix3<f64>> {
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
