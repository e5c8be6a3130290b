//! A first guess of focal lengths and poses from the homographies of a plane, after Zhang, "A flexible new technique for camera
//! calibration" (IEEE PAMI 22, 2000), with the principal point taken to be the picture's middle. Knows no distortion.

use nalgebra::{Isometry3, Matrix2, Matrix3, Rotation3, SMatrix, Translation3, UnitQuaternion, Vector2, Vector3};

use super::view::BoardView;

/// Maps the board's plane (metres) to pixels, by the normalized direct linear transform (Hartley and Zisserman, algorithm 4.2).
/// `None` for fewer than four corners or corners on a line.
pub(super) fn homography(view: &BoardView) -> Option<Matrix3<f64>> {
    if view.corners.len() < 4 {
        return None;
    }
    let (plane, to_plane): (Vec<Vector2<f64>>, _) = normalized(view.corners.iter().map(|c| c.on_board.xy()))?;
    let (pixels, to_pixels): (Vec<Vector2<f64>>, _) = normalized(view.corners.iter().map(|c| Vector2::from(c.px)))?;
    let mut normal = SMatrix::<f64, 9, 9>::zeros();
    for (from, to) in plane.iter().zip(&pixels) {
        let (x, y, u, v) = (from.x, from.y, to.x, to.y);
        for row in [[x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, -u], [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, -v]] {
            let row = SMatrix::<f64, 9, 1>::from(row);
            normal += row * row.transpose();
        }
    }
    let eigen = normal.symmetric_eigen();
    let least = eigen.eigenvalues.imin();
    let h = eigen.eigenvectors.column(least);
    let matrix = Matrix3::new(h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8]);
    let result = to_pixels.try_inverse()? * matrix * to_plane;
    result.iter().all(|value| value.is_finite()).then_some(result)
}

/// Points about their mean at a mean distance of the root of two, and the matrix that brings them there.
fn normalized(points: impl Iterator<Item = Vector2<f64>> + Clone) -> Option<(Vec<Vector2<f64>>, Matrix3<f64>)> {
    let count = points.clone().count() as f64;
    let mean = points.clone().sum::<Vector2<f64>>() / count;
    let spread = points.clone().map(|point| (point - mean).norm()).sum::<f64>() / count;
    if spread.is_nan() || spread < 1e-9 {
        return None;
    }
    let scale = 2f64.sqrt() / spread;
    let matrix = Matrix3::new(scale, 0.0, -scale * mean.x, 0.0, scale, -scale * mean.y, 0.0, 0.0, 1.0);
    Some((points.map(|point| (point - mean) * scale).collect(), matrix))
}

/// Focal lengths in pixels. Each homography says that the board's two axes are at right angles and equally long (Zhang, equations 3 and
/// 4); with the principal point known both are linear in the inverse squares of the focal lengths. `None` where all views are
/// head-on, which tells nothing of them.
pub(super) fn focal_px(homographies: &[Matrix3<f64>], principal_px: [f64; 2]) -> Option<[f64; 2]> {
    let center = Matrix3::new(1.0, 0.0, -principal_px[0], 0.0, 1.0, -principal_px[1], 0.0, 0.0, 1.0);
    let (mut normal, mut right) = (Matrix2::zeros(), Vector2::zeros());
    for homography in homographies {
        let h = center * homography;
        let h = h / h.fixed_view::<2, 2>(0, 0).norm().max(1e-12);
        let (a, b) = (h.column(0), h.column(1));
        for (x, y, z) in [
            (a[0] * b[0], a[1] * b[1], a[2] * b[2]),
            (a[0] * a[0] - b[0] * b[0], a[1] * a[1] - b[1] * b[1], a[2] * a[2] - b[2] * b[2]),
        ] {
            let row = Vector2::new(x, y);
            normal += row * row.transpose();
            right += row * -z;
        }
    }
    let squares = normal.try_inverse()? * right;
    let sound = |value: f64| value.is_finite() && (1e-10..=1e-2).contains(&value);
    if sound(squares.x) && sound(squares.y) {
        return Some([1.0 / squares.x.sqrt(), 1.0 / squares.y.sqrt()]);
    }
    // Views tilted about one axis only leave one of the two open: take them as equal.
    let (sum, constant) = (normal.sum(), right.sum());
    let both = constant / sum;
    sound(both).then(|| [1.0 / both.sqrt(); 2])
}

/// The pose of the board in the camera from its homography (Zhang, section 3.1): the nearest rotation to its columns.
pub(super) fn pose(homography: &Matrix3<f64>, focal_px: [f64; 2], principal_px: [f64; 2]) -> Option<Isometry3<f64>> {
    let rays = Matrix3::new(
        1.0 / focal_px[0],
        0.0,
        -principal_px[0] / focal_px[0],
        0.0,
        1.0 / focal_px[1],
        -principal_px[1] / focal_px[1],
        0.0,
        0.0,
        1.0,
    ) * homography;
    let scale = 2.0 / (rays.column(0).norm() + rays.column(1).norm());
    // Of the two signs, the one that puts the board before the camera.
    let rays = rays * if rays[(2, 2)] < 0.0 { -scale } else { scale };
    let (x, y): (Vector3<f64>, Vector3<f64>) = (rays.column(0).into_owned(), rays.column(1).into_owned());
    let svd = Matrix3::from_columns(&[x, y, x.cross(&y)]).svd(true, true);
    let (u, v_t) = (svd.u?, svd.v_t?);
    let rotation = Rotation3::from_matrix_unchecked(u * v_t);
    let translation = rays.column(2).into_owned();
    let sound = translation.iter().all(|value| value.is_finite()) && rotation.matrix().determinant() > 0.0;
    sound.then(|| {
        Isometry3::from_parts(Translation3::from(translation), UnitQuaternion::from_rotation_matrix(&rotation))
    })
}
