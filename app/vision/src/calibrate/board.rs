//! The printed calibration board: a grid of tags whose ids no equipment uses, at true size. Knows no camera.

use nalgebra::Vector3;
use thiserror::Error;

use crate::{
    detector::{FAMILY_SIZE, tag_cells},
    pnp::tag_corners,
};

/// A sheet of paper that a board is printed on. Each has ids of its own, so that a picture tells which board it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Paper {
    /// 297 x 210 mm, 35 tags.
    A4,
    /// 11 x 8.5 inches, 35 tags.
    Letter,
    /// 420 x 297 mm, 54 tags.
    A3,
}

impl Paper {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::A4, Self::Letter, Self::A3];

    /// Width and height in millimetres, the longer side across.
    pub fn size_mm(self) -> [f64; 2] {
        match self {
            Self::A4 => [297.0, 210.0],
            Self::Letter => [279.4, 215.9],
            Self::A3 => [420.0, 297.0],
        }
    }

    /// As it is named on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::Letter => "letter",
            Self::A3 => "a3",
        }
    }
}

/// A grid of tags. Its frame is that of a tag: origin at the centre of the grid, +X right, +Y up, +Z out of the print, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Board {
    paper: Paper,
    scale: f64,
}

/// The print came out so wrong that it is no board of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum BoardError {
    /// The measured line is not near its nominal length.
    #[error(
        "the printed line measures {measured_mm} mm, expected near 100 mm\nhint: measure the line marked `100 mm` on the board itself, in millimetres; print at 100 % without fitting to the page"
    )]
    BadScale {
        /// What was measured.
        measured_mm: f64,
    },
}

/// Columns, rows, side of a tag, pitch (millimetres), id of the first tag.
struct Grid {
    columns: u32,
    rows: u32,
    tag_mm: f64,
    pitch_mm: f64,
    first_id: u32,
}

impl Board {
    /// The board on this paper, printed true to size.
    pub fn new(paper: Paper) -> Self {
        Self { paper, scale: 1.0 }
    }

    /// The same board when its 100 mm line measures `measured_mm` on the print.
    ///
    /// # Errors
    /// When that is no usable length.
    pub fn measured(self, measured_mm: f64) -> Result<Self, BoardError> {
        if !(50.0..=200.0).contains(&measured_mm) {
            return Err(BoardError::BadScale { measured_mm });
        }
        Ok(Self { scale: measured_mm / 100.0, ..self })
    }

    /// The board to which a tag of this id belongs.
    pub fn with_id(id: u32) -> Option<Self> {
        Paper::ALL.map(Self::new).into_iter().find(|board| board.ids().contains(&id))
    }

    /// Its paper.
    pub fn paper(&self) -> Paper {
        self.paper
    }

    /// Its ids: the last of the family, which equipment leaves alone.
    pub fn ids(&self) -> std::ops::Range<u32> {
        let grid = self.grid();
        grid.first_id..grid.first_id + grid.columns * grid.rows
    }

    /// Columns and rows.
    pub fn columns_rows(&self) -> [u32; 2] {
        [self.grid().columns, self.grid().rows]
    }

    /// Side of a tag's black border, metres.
    pub fn tag_size_m(&self) -> f64 {
        self.grid().tag_mm * self.scale / 1000.0
    }

    /// Centre of a tag in the board's frame, metres.
    pub fn center(&self, id: u32) -> Option<Vector3<f64>> {
        let grid = self.grid();
        let index = id.checked_sub(grid.first_id).filter(|index| *index < grid.columns * grid.rows)?;
        let along = |at: u32, count: u32| (f64::from(at) - f64::from(count - 1) / 2.0) * grid.pitch_mm;
        let (column, row) = (index % grid.columns, index / grid.columns);
        Some(Vector3::new(along(column, grid.columns), -along(row, grid.rows), 0.0) * (self.scale / 1000.0))
    }

    /// Top-left, top-right, bottom-right, bottom-left of a tag's black border in the board's frame, metres.
    pub fn corners(&self, id: u32) -> Option<[Vector3<f64>; 4]> {
        let center = self.center(id)?;
        Some(tag_corners(self.tag_size_m()).map(|corner| corner + center))
    }

    /// The ink: closed outlines in millimetres from the paper's top-left corner, to be filled by the even-odd rule.
    pub fn outlines(&self) -> Vec<TagOutline> {
        let grid = self.grid();
        let [width, height] = self.paper.size_mm();
        // Seven tenths of a cell more paper below, where the words and the line stand.
        let middle = [width / 2.0, (height - FOOT_MM) / 2.0];
        self.ids()
            .filter_map(|id| {
                let center = Self::new(self.paper).center(id)? * 1000.0;
                let cell = grid.tag_mm / 8.0;
                let corner = [middle[0] + center.x - 5.0 * cell, middle[1] - center.y - 5.0 * cell];
                let loops = trace(&tag_cells(id)?);
                let place =
                    |(column, row): (usize, usize)| [corner[0] + cell * column as f64, corner[1] + cell * row as f64];
                let loops = loops.into_iter().map(|points| points.into_iter().map(place).collect()).collect();
                Some(TagOutline { id, loops })
            })
            .collect()
    }

    fn grid(&self) -> Grid {
        let [a4, letter, a3] = [35, 35, 54];
        match self.paper {
            Paper::A4 => Grid { columns: 7, rows: 5, tag_mm: 28.0, pitch_mm: 36.0, first_id: FAMILY_SIZE - a4 },
            Paper::Letter => {
                Grid { columns: 7, rows: 5, tag_mm: 28.0, pitch_mm: 36.0, first_id: FAMILY_SIZE - a4 - letter }
            }
            Paper::A3 => {
                Grid { columns: 9, rows: 6, tag_mm: 32.0, pitch_mm: 42.0, first_id: FAMILY_SIZE - a4 - letter - a3 }
            }
        }
    }
}

/// Height of the strip at the bottom with the line to measure and the words, millimetres.
pub(crate) const FOOT_MM: f64 = 12.0;

/// One tag's ink.
#[derive(Clone, Debug, PartialEq)]
pub struct TagOutline {
    /// Its id.
    pub id: u32,
    /// Closed outlines, millimetres right and down from the paper's top-left corner.
    pub loops: Vec<Vec<[f64; 2]>>,
}

/// Outlines of the black cells, as corners of the grid: filled by the even-odd rule they leave no seam between cells.
fn trace(cells: &[[bool; 10]; 10]) -> Vec<Vec<(usize, usize)>> {
    let black = |column: isize, row: isize| {
        usize::try_from(row)
            .ok()
            .and_then(|row| cells.get(row))
            .and_then(|line| usize::try_from(column).ok().and_then(|column| line.get(column)))
            .is_some_and(|white| !white)
    };
    // Edges with the ink on their right, by where they begin.
    let mut edges: Vec<((usize, usize), (usize, usize))> = Vec::new();
    for row in 0..10usize {
        for column in 0..10usize {
            let (c, r) = (column.cast_signed(), row.cast_signed());
            if !black(c, r) {
                continue;
            }
            let corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)];
            for (side, (dc, dr)) in [(0, -1), (1, 0), (0, 1), (-1, 0)].into_iter().enumerate() {
                if !black(c + dc, r + dr) {
                    edges.push((corners[side], corners[(side + 1) % 4]));
                }
            }
        }
    }
    let mut loops = Vec::new();
    while let Some((start, mut at)) = edges.pop() {
        let mut points = vec![start];
        while at != start {
            let Some(next) = edges.iter().position(|(from, _)| *from == at) else { break };
            points.push(at);
            at = edges.swap_remove(next).1;
        }
        loops.push(straighten(&points));
    }
    loops
}

/// Leaves out corners on a straight line.
fn straighten(points: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let count = points.len();
    (0..count)
        .filter(|index| {
            let (before, at, after) =
                (points[(index + count - 1) % count], points[*index], points[(index + 1) % count]);
            !((before.0 == at.0 && at.0 == after.0) || (before.1 == at.1 && at.1 == after.1))
        })
        .map(|index| points[index])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_share_no_id_and_stay_in_the_family() {
        let mut ids: Vec<u32> = Paper::ALL.iter().flat_map(|paper| Board::new(*paper).ids()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(ids.iter().all(|id| *id >= 400 && *id < FAMILY_SIZE), "equipment has the low ids");
        assert_eq!(Board::with_id(586).map(|board| board.paper()), Some(Paper::A4));
        assert!(Board::with_id(3).is_none());
    }

    #[test]
    fn the_print_fits_its_paper_with_a_quiet_zone_everywhere() {
        for paper in Paper::ALL {
            let board = Board::new(paper);
            let [width, height] = paper.size_mm();
            let outlines = board.outlines();
            assert_eq!(outlines.len() as u32, board.columns_rows().iter().product::<u32>());
            for point in outlines.iter().flat_map(|tag| tag.loops.iter().flatten()) {
                // Printers leave 5 mm or so blank.
                assert!(point[0] > 8.0 && point[0] < width - 8.0, "{paper:?} {point:?}");
                assert!(point[1] > 8.0 && point[1] < height - FOOT_MM - 3.0, "{paper:?} {point:?}");
            }
            let grid = board.grid();
            assert!(grid.pitch_mm - grid.tag_mm >= 2.0 * grid.tag_mm / 8.0, "a cell of white on either side");
        }
    }

    /// The outlines, filled, are the cells.
    #[test]
    fn outlines_fill_to_the_tag() {
        let board = Board::new(Paper::A4);
        for tag in board.outlines().iter().step_by(7) {
            let cells = tag_cells(tag.id).unwrap();
            let corner = board.center(tag.id).unwrap() * 1000.0;
            let cell = board.tag_size_m() * 1000.0 / 8.0;
            let middle = [297.0 / 2.0 + corner.x, (210.0 - FOOT_MM) / 2.0 - corner.y];
            for (row, line) in cells.iter().enumerate() {
                for (column, white) in line.iter().enumerate() {
                    let at = [column, row].map(|index| (index as f64 + 0.5 - 5.0) * cell);
                    let point = [middle[0] + at[0], middle[1] + at[1]];
                    let crossings: usize = tag
                        .loops
                        .iter()
                        .map(|points| {
                            (0..points.len())
                                .filter(|index| {
                                    let (a, b) = (points[*index], points[(index + 1) % points.len()]);
                                    (a[1] > point[1]) != (b[1] > point[1]) && a[0] > point[0]
                                })
                                .count()
                        })
                        .sum();
                    assert_eq!(crossings.is_multiple_of(2), *white, "tag {} cell {column}, {row}", tag.id);
                }
            }
        }
    }

    #[test]
    fn a_print_out_of_scale_is_measured() {
        let board = Board::new(Paper::A4).measured(97.0).unwrap();
        assert!((board.tag_size_m() - 0.028 * 0.97).abs() < 1e-12);
        let [a, b] = [552, 553].map(|id| board.center(id).unwrap());
        assert!(((b - a).norm() - 0.036 * 0.97).abs() < 1e-12 && b.x > a.x);
        assert!(board.center(559).unwrap().y < a.y, "rows go down");
        for bad in [0.0, 1000.0, f64::NAN] {
            assert!(Board::new(Paper::A4).measured(bad).unwrap_err().to_string().contains("hint:"));
        }
    }
}
