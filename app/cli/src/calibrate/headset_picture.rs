//! The picture of a headset calibration: the camera's way about the board from above, and what remains between head and camera over
//! time. Draws what it is given; judges nothing.

use fieldwright_vision::calibrate::{Board, MountingFit};
use nalgebra::{Point3, Vector3};

use super::chart::{ACCENT, Axes, Canvas, FAINT, Face, GOOD, Hold, POOR, WORDS, heat, nice};

const WIDTH: f64 = 1680.0;
const HEIGHT: f64 = 1000.0;
const MARGIN: f64 = 24.0;
const AXES: [(&str, [u8; 4]); 3] =
    [("x", [255, 120, 110, 255]), ("y", [120, 220, 140, 255]), ("z", [110, 170, 255, 255])];

/// Draws it.
pub(super) fn draw(fit: &MountingFit, board: &Board) -> anyhow::Result<Canvas> {
    let mut canvas = Canvas::new(WIDTH as u32, HEIGHT as u32)?;
    canvas.words([MARGIN, 50.0], "Camera on the headset", Face::Bold, 28.0, WORDS, Hold::Left);
    let summary =
        format!("{} pictures; remaining {:.2} mm, {:.3} degrees rms", fit.residuals.len(), fit.rms_mm, fit.rms_deg);
    canvas.words([WIDTH - MARGIN, 48.0], &summary, Face::Regular, 17.0, FAINT, Hold::Right);
    let side = 700.0;
    from_above(&mut canvas, fit, board, [MARGIN, 76.0], [side, HEIGHT - 76.0 - MARGIN]);
    let x = side + 2.0 * MARGIN;
    let width = WIDTH - x - MARGIN;
    let height = 300.0;
    over_time(&mut canvas, fit, [x, 76.0], [width, height], "Camera by the head less camera by the board, mm", |r| {
        r.mm
    });
    over_time(
        &mut canvas,
        fit,
        [x, 76.0 + height + MARGIN],
        [width, height],
        "The same of its rotation, degrees",
        |r| r.deg,
    );
    numbers(
        &mut canvas,
        fit,
        [x, 76.0 + 2.0 * (height + MARGIN)],
        [width, HEIGHT - 76.0 - 2.0 * (height + MARGIN) - MARGIN],
    );
    Ok(canvas)
}

/// The room seen from above: the board, and the camera at each picture with the way it looked.
fn from_above(canvas: &mut Canvas, fit: &MountingFit, board: &Board, at: [f64; 2], size: [f64; 2]) {
    canvas.panel(at, size, "From above");
    let plan = |point: Vector3<f64>| [point.x, point.z];
    let places: Vec<[f64; 2]> =
        fit.residuals.iter().map(|residual| plan(residual.world_from_camera.translation.vector)).collect();
    let corners: Vec<[f64; 2]> = board
        .ids()
        .flat_map(|id| board.corners(id).into_iter().flatten())
        .map(|corner| plan((fit.world_from_board * Point3::from(corner)).coords))
        .collect();
    let all = || places.iter().chain(&corners);
    let span = |axis: usize| {
        all().map(|p| p[axis]).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let (x, z) = (span(0), span(1));
    let room = [size[0] - 60.0, size[1] - 120.0];
    let scale = (room[0] / (x.1 - x.0).max(0.1)).min(room[1] / (z.1 - z.0).max(0.1)) * 0.9;
    let middle = [at[0] + size[0] / 2.0, at[1] + 44.0 + room[1] / 2.0];
    let place = |[px, pz]: [f64; 2]| {
        [middle[0] + (px - f64::midpoint(x.0, x.1)) * scale, middle[1] + (pz - f64::midpoint(z.0, z.1)) * scale]
    };
    let hot = 2.0 * fit.rms_mm.max(0.1);
    let way: Vec<[f64; 2]> = places.iter().map(|p| place(*p)).collect();
    canvas.line(&way, 1.0, [255, 255, 255, 40]);
    for residual in &fit.residuals {
        let camera = &residual.world_from_camera;
        let size_mm = Vector3::from(residual.mm).norm();
        let ink = heat(size_mm / hot, 210);
        let looks = camera.rotation * Vector3::z() * (26.0 / scale);
        let from = place(plan(camera.translation.vector));
        canvas.line(&[from, place(plan(camera.translation.vector + looks))], 1.2, [ink[0], ink[1], ink[2], 110]);
        canvas.dot(from, 3.0, ink);
    }
    let edge = |towards: f64| {
        let [columns, _] = board.columns_rows();
        let reach = f64::from(columns) * board.tag_size_m() * 1.28 / 2.0 * towards;
        place(plan((fit.world_from_board * Point3::new(reach, 0.0, 0.0)).coords))
    };
    canvas.line(&[edge(-1.0), edge(1.0)], 5.0, ACCENT);
    let label = place(plan(fit.world_from_board.translation.vector));
    canvas.words([label[0], label[1] - 14.0], "board", Face::Regular, 14.0, ACCENT, Hold::Middle);
    let metre = nice(0.2 * room[0] / scale * 0.5);
    let foot = [at[0] + 24.0, at[1] + size[1] - 22.0];
    canvas.line(&[foot, [foot[0] + metre * scale, foot[1]]], 2.0, FAINT);
    let words = format!("{:.0} mm", metre * 1e3);
    canvas.words([foot[0] + metre * scale + 10.0, foot[1] + 5.0], &words, Face::Regular, 13.0, FAINT, Hold::Left);
    let [bar, y] = [at[0] + size[0] - 230.0, at[1] + size[1] - 28.0];
    for step in 0..120 {
        canvas.rect([bar + f64::from(step), y], [1.5, 10.0], heat(f64::from(step) / 120.0, 255));
    }
    canvas.words([bar - 8.0, y + 10.0], "0", Face::Regular, 12.0, FAINT, Hold::Right);
    canvas.words([bar + 128.0, y + 10.0], &format!("{hot:.1} mm"), Face::Regular, 12.0, FAINT, Hold::Left);
}

fn over_time(
    canvas: &mut Canvas,
    fit: &MountingFit,
    at: [f64; 2],
    size: [f64; 2],
    title: &str,
    part: fn(&fieldwright_vision::calibrate::MountingResidual) -> [f64; 3],
) {
    canvas.panel(at, size, title);
    let most = fit.residuals.iter().flat_map(part).map(f64::abs).fold(0.0, f64::max);
    let reach = nice(most.max(1e-3));
    let first = fit.residuals.first().map_or(0.0, |residual| residual.captured.0);
    let last = fit.residuals.last().map_or(1.0, |residual| residual.captured.0);
    let axes = Axes {
        at: [at[0] + 70.0, at[1] + 52.0],
        size: [size[0] - 70.0 - 24.0, size[1] - 52.0 - 36.0],
        across: [0.0, (last - first).max(0.1)],
        up: [-reach, reach],
    };
    axes.rows(canvas, "");
    for (axis, (name, ink)) in AXES.into_iter().enumerate() {
        let points: Vec<[f64; 2]> = fit
            .residuals
            .iter()
            .map(|residual| axes.place(residual.captured.0 - first, part(residual)[axis]))
            .collect();
        canvas.line(&points, 1.4, [ink[0], ink[1], ink[2], 200]);
        let x = at[0] + size[0] - 110.0 + 32.0 * axis as f64;
        canvas.dot([x, at[1] + 23.0], 4.0, ink);
        canvas.words([x + 9.0, at[1] + 28.0], name, Face::Regular, 14.0, FAINT, Hold::Left);
    }
    let y = at[1] + size[1] - 12.0;
    canvas.words([axes.at[0], y], "0 s", Face::Regular, 12.0, FAINT, Hold::Left);
    canvas.words(
        [axes.at[0] + axes.size[0], y],
        &format!("{:.0} s", last - first),
        Face::Regular,
        12.0,
        FAINT,
        Hold::Right,
    );
}

fn numbers(canvas: &mut Canvas, fit: &MountingFit, at: [f64; 2], size: [f64; 2]) {
    canvas.panel(at, size, "Result");
    let t = fit.head_from_camera.translation.vector * 1e3;
    // Turned half about X, a camera that looks where the head looks has no rotation left.
    let ahead = nalgebra::UnitQuaternion::from_axis_angle(&Vector3::x_axis(), std::f64::consts::PI);
    let (pitch, yaw, roll) = (fit.head_from_camera.rotation * ahead.inverse()).euler_angles();
    let [pitch, yaw, roll] = [pitch, yaw, roll].map(f64::to_degrees);
    let rows = [
        ("place on the head", format!("{:+.2} right,  {:+.2} up,  {:+.2} forward, mm", t.x, t.y, -t.z)),
        ("looks", format!("{yaw:+.2} left,  {pitch:+.2} up,  {roll:+.2} rolled, degrees")),
        ("one sigma", format!("{:.2} mm,  {:.3} degrees, if errors were independent", fit.sigma_mm, fit.sigma_deg)),
    ];
    for (index, (name, value)) in rows.into_iter().enumerate() {
        let y = at[1] + 66.0 + 30.0 * index as f64;
        canvas.words([at[0] + 18.0, y], name, Face::Regular, 15.0, FAINT, Hold::Left);
        canvas.words([at[0] + 190.0, y], &value, Face::Regular, 15.0, WORDS, Hold::Left);
    }
    let y = at[1] + 66.0 + 90.0;
    canvas.words([at[0] + 18.0, y], "clock", Face::Regular, 15.0, FAINT, Hold::Left);
    let (words, ink) = match &fit.clock {
        Ok(clock) => (
            format!(
                "{:+.2} ± {:.2} ms, spread {:.2} ms, alike to {:.3}",
                fit.clock_offset_s * 1e3,
                clock.sigma_s * 1e3,
                clock.spread_s * 1e3,
                clock.correlation
            ),
            GOOD,
        ),
        Err(_) => (format!("not measured, {:+.1} ms kept", fit.clock_offset_s * 1e3), POOR),
    };
    canvas.dot([at[0] + 178.0, y - 5.0], 4.5, ink);
    canvas.words([at[0] + 190.0, y], &words, Face::Regular, 15.0, WORDS, Hold::Left);
}
