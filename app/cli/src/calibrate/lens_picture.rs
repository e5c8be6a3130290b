//! The picture of a camera calibration: where the corners were and by how much they miss, each picture's error, and what to do better.
//! Draws what it is given; judges nothing.

use fieldwright_vision::calibrate::{Calibration, GRID as CELLS};

use super::chart::{ACCENT, Axes, Canvas, FAINT, Face, GOOD, GRID, Hold, Ink, POOR, WORDS, heat, nice};

const WIDTH: f64 = 1680.0;
const HEIGHT: f64 = 1080.0;
const MARGIN: f64 = 24.0;
/// Width of the column of numbers at the right.
const COLUMN: f64 = 400.0;

/// Draws it.
pub(super) fn draw(found: &Calibration) -> anyhow::Result<Canvas> {
    let mut canvas = Canvas::new(WIDTH as u32, HEIGHT as u32)?;
    canvas.words([MARGIN, 50.0], "Camera calibration", Face::Bold, 28.0, WORDS, Hold::Left);
    let corners: usize = found.views.iter().map(|view| view.corners.len()).sum();
    let summary = format!(
        "{} pictures, {corners} corners, {} left out; reprojection {:.3} px rms",
        found.views.len(),
        found.dropped,
        found.rms_px
    );
    canvas.words([WIDTH - MARGIN, 48.0], &summary, Face::Regular, 17.0, FAINT, Hold::Right);
    let left = WIDTH - COLUMN - 3.0 * MARGIN;
    frame(&mut canvas, found, [MARGIN, 76.0], [left, 660.0]);
    per_picture(&mut canvas, found, [MARGIN, 76.0 + 660.0 + MARGIN], [left, HEIGHT - 76.0 - 660.0 - 2.0 * MARGIN]);
    let x = left + 2.0 * MARGIN;
    numbers(&mut canvas, found, [x, 76.0], [COLUMN, 330.0]);
    scatter(&mut canvas, found, [x, 76.0 + 330.0 + MARGIN], [COLUMN, 330.0]);
    advice(&mut canvas, found, [x, 76.0 + 2.0 * (330.0 + MARGIN)], [COLUMN, HEIGHT - 76.0 - 2.0 * 354.0 - MARGIN]);
    Ok(canvas)
}

/// An error at which a color is fully hot, pixels.
fn hot_px(found: &Calibration) -> f64 {
    (1.5 * found.p95_px).max(0.02)
}

/// The camera's frame with all corners of all pictures, each with its error enlarged.
fn frame(canvas: &mut Canvas, found: &Calibration, at: [f64; 2], size: [f64; 2]) {
    let times = nice(14.0 / hot_px(found));
    let title = format!("Residuals over the frame, arrows {times:.0} times enlarged");
    canvas.panel(at, size, &title);
    let [width, height] = found.camera.size_px().map(f64::from);
    let room = [size[0] - 36.0, size[1] - 44.0 - 18.0];
    let scale = (room[0] / width).min(room[1] / height);
    let corner = [at[0] + (size[0] - width * scale) / 2.0, at[1] + 44.0 + (room[1] - height * scale) / 2.0];
    let place = |px: [f64; 2]| [corner[0] + (px[0] + 0.5) * scale, corner[1] + (px[1] + 0.5) * scale];
    canvas.rect(corner, [width * scale, height * scale], [9, 13, 18, 255]);
    coverage(canvas, found, corner, [width * scale, height * scale]);
    lens_grid(canvas, found, &place);
    let hot = hot_px(found);
    for residual in found.views.iter().flat_map(|view| &view.corners) {
        let from = place(residual.px);
        let [dx, dy] = residual.error_px.map(|error| error * times * scale);
        let share = residual.error_px[0].hypot(residual.error_px[1]) / hot;
        canvas.arrow(from, [from[0] + dx, from[1] + dy], 1.3, heat(share, 225));
        canvas.dot(from, 1.5, [220, 230, 240, 120]);
    }
    let center = place(found.camera.principal_px());
    canvas.ring(center, 9.0, 2.0, ACCENT);
    canvas.line(&[[center[0] - 15.0, center[1]], [center[0] + 15.0, center[1]]], 1.0, ACCENT);
    canvas.line(&[[center[0], center[1] - 15.0], [center[0], center[1] + 15.0]], 1.0, ACCENT);
    legend(canvas, hot, [at[0] + size[0] - 300.0, at[1] + 18.0]);
}

/// Cells of the frame that no corner was seen in.
fn coverage(canvas: &mut Canvas, found: &Calibration, corner: [f64; 2], size: [f64; 2]) {
    let cell = [size[0] / CELLS[0] as f64, size[1] / CELLS[1] as f64];
    for (row, line) in found.coverage.corners.iter().enumerate() {
        for (column, count) in line.iter().enumerate() {
            if *count == 0 {
                let at = [corner[0] + column as f64 * cell[0], corner[1] + row as f64 * cell[1]];
                canvas.rect(at, cell, [255, 178, 64, 26]);
                let middle = [at[0] + cell[0] / 2.0, at[1] + cell[1] / 2.0 + 4.0];
                canvas.words(middle, "not seen", Face::Regular, 12.0, [255, 178, 64, 170], Hold::Middle);
            }
        }
    }
}

/// Straight lines of the world as the lens bends them.
fn lens_grid(canvas: &mut Canvas, found: &Calibration, place: &impl Fn([f64; 2]) -> [f64; 2]) {
    let camera = &found.camera;
    let [width, height] = camera.size_px().map(f64::from);
    let [fx, fy] = camera.focal_px();
    let reach = [width / fx * 0.55, height / fy * 0.55];
    let along = |index: i32, count: i32, reach: f64| (f64::from(index) / f64::from(count)) * reach;
    let inside = |px: &[f64; 2]| (-0.5..width).contains(&px[0]) && (-0.5..height).contains(&px[1]);
    let mut draw = |points: Vec<[f64; 2]>| {
        for piece in points.split(|px| !inside(px)) {
            let piece: Vec<[f64; 2]> = piece.iter().map(|px| place(*px)).collect();
            canvas.line(&piece, 1.0, GRID);
        }
    };
    for line in -6..=6 {
        let (x, y) = (along(line, 6, reach[0]), along(line, 6, reach[1]));
        draw((-40..=40).map(|step| camera.distort([x, along(step, 40, reach[1])])).collect());
        draw((-40..=40).map(|step| camera.distort([along(step, 40, reach[0]), y])).collect());
    }
}

fn legend(canvas: &mut Canvas, hot: f64, [x, y]: [f64; 2]) {
    for step in 0..120 {
        let share = f64::from(step) / 120.0;
        canvas.rect([x + 70.0 + f64::from(step), y], [1.5, 10.0], heat(share, 255));
    }
    canvas.words([x + 62.0, y + 10.0], "0", Face::Regular, 12.0, FAINT, Hold::Right);
    canvas.words([x + 198.0, y + 10.0], &format!("{hot:.2} px"), Face::Regular, 12.0, FAINT, Hold::Left);
}

fn per_picture(canvas: &mut Canvas, found: &Calibration, at: [f64; 2], size: [f64; 2]) {
    canvas.panel(at, size, "Error of each picture, px rms");
    let most = found.views.iter().map(|view| view.rms_px).fold(found.p95_px, f64::max) * 1.15;
    let count = found.views.len().max(1);
    let axes = Axes {
        at: [at[0] + 64.0, at[1] + 52.0],
        size: [size[0] - 64.0 - 24.0, size[1] - 52.0 - 44.0],
        across: [0.0, count as f64],
        up: [0.0, most.max(0.01)],
    };
    axes.rows(canvas, "");
    let slot = axes.size[0] / count as f64;
    let every = (46.0 / slot).ceil().max(1.0) as usize;
    for (index, view) in found.views.iter().enumerate() {
        let [x, top] = axes.place(index as f64 + 0.5, view.rms_px);
        let [_, foot] = axes.place(0.0, 0.0);
        let wide = (0.62 * slot).min(46.0);
        canvas.rect([x - wide / 2.0, top], [wide, foot - top], heat(view.rms_px / hot_px(found), 230));
        if index % every == 0 {
            let name: String = view.name.chars().rev().take(10).collect::<Vec<_>>().into_iter().rev().collect();
            canvas.words([x, foot + 18.0], &name, Face::Regular, 11.0, FAINT, Hold::Middle);
        }
    }
    let [left, y] = axes.place(0.0, found.rms_px);
    canvas.line(&[[left, y], [left + axes.size[0], y]], 1.5, ACCENT);
    let [x, y] = [at[0] + size[0] - 150.0, at[1] + 23.0];
    canvas.line(&[[x, y], [x + 24.0, y]], 1.5, ACCENT);
    canvas.words([x + 32.0, y + 5.0], &format!("all: {:.3}", found.rms_px), Face::Regular, 14.0, FAINT, Hold::Left);
}

fn numbers(canvas: &mut Canvas, found: &Calibration, at: [f64; 2], size: [f64; 2]) {
    canvas.panel(at, size, "Camera");
    let [fx, fy] = found.camera.focal_px();
    let [cx, cy] = found.camera.principal_px();
    let [k1, k2, p1, p2, k3] = found.camera.distortion();
    let rows = [
        ("fx", fx, 2),
        ("fy", fy, 2),
        ("cx", cx, 2),
        ("cy", cy, 2),
        ("k1", k1, 5),
        ("k2", k2, 5),
        ("p1", p1, 6),
        ("p2", p2, 6),
        ("k3", k3, 5),
    ];
    for (index, ((name, value, places), sigma)) in rows.into_iter().zip(found.sigma).enumerate() {
        let y = at[1] + 66.0 + 27.5 * index as f64;
        canvas.words([at[0] + 18.0, y], name, Face::Regular, 15.0, FAINT, Hold::Left);
        canvas.words([at[0] + 210.0, y], &format!("{value:.places$}"), Face::Regular, 15.0, WORDS, Hold::Right);
        canvas.words([at[0] + 228.0, y], &format!("± {sigma:.places$}"), Face::Regular, 15.0, FAINT, Hold::Left);
    }
    let [width, height] = found.camera.size_px();
    let words = format!("{width} x {height} px, 95 % of corners within {:.3} px", found.p95_px);
    canvas.words([at[0] + 18.0, at[1] + size[1] - 14.0], &words, Face::Regular, 13.0, FAINT, Hold::Left);
}

/// All errors about one point: round and centered is as it should be.
fn scatter(canvas: &mut Canvas, found: &Calibration, at: [f64; 2], size: [f64; 2]) {
    canvas.panel(at, size, "Residuals, px");
    let reach = nice(hot_px(found));
    let side = (size[1] - 44.0 - 48.0).min(size[0] - 60.0);
    let middle = [at[0] + size[0] / 2.0, at[1] + 56.0 + side / 2.0];
    let scale = side / 2.0 / reach;
    for share in [0.5, 1.0] {
        canvas.ring(middle, side / 2.0 * share, 1.0, GRID);
        let label = format!("{:.2}", reach * share);
        canvas.words(
            [middle[0] + 4.0, middle[1] - side / 2.0 * share - 3.0],
            &label,
            Face::Regular,
            11.0,
            FAINT,
            Hold::Left,
        );
    }
    canvas.line(&[[middle[0] - side / 2.0, middle[1]], [middle[0] + side / 2.0, middle[1]]], 1.0, GRID);
    canvas.line(&[[middle[0], middle[1] - side / 2.0], [middle[0], middle[1] + side / 2.0]], 1.0, GRID);
    for residual in found.views.iter().flat_map(|view| &view.corners) {
        let [dx, dy] = residual.error_px.map(|error| error * scale);
        if dx.hypot(dy) <= side / 2.0 {
            let share = residual.error_px[0].hypot(residual.error_px[1]) / hot_px(found);
            canvas.dot([middle[0] + dx, middle[1] + dy], 1.4, heat(share, 140));
        }
    }
}

fn advice(canvas: &mut Canvas, found: &Calibration, at: [f64; 2], size: [f64; 2]) {
    let coverage = &found.coverage;
    canvas.panel(at, size, "Coverage");
    let covered = format!("{:.0} % of the frame, {} pictures tilted", coverage.share() * 100.0, coverage.tilted);
    let mut y = at[1] + 62.0;
    let mut put = |text: &str, ink: Ink| {
        for (index, line) in wrapped(text, 44).into_iter().enumerate() {
            if index == 0 {
                canvas.dot([at[0] + 24.0, y - 5.0], 4.5, ink);
            }
            canvas.words([at[0] + 40.0, y], &line, Face::Regular, 14.0, WORDS, Hold::Left);
            y += 21.0;
        }
        y += 6.0;
    };
    put(&covered, if coverage.advice.is_empty() { GOOD } else { POOR });
    for words in &coverage.advice {
        put(words, POOR);
    }
    if coverage.advice.is_empty() {
        put("nothing is missing", GOOD);
    }
}

/// Breaks words into lines of at most so many letters.
fn wrapped(text: &str, letters: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > letters {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
