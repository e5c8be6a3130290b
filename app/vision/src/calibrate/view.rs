//! A picture of the board: which corners are seen where. Knows a guess of the camera only.

use nalgebra::Vector3;

use super::board::Board;
use crate::{
    camera::CameraModel,
    detector::TagDetector,
    frame::{FrameError, GrayFrame},
    track::track_with_sizes,
};

/// A corner of the board in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeenCorner {
    /// In the board's frame, metres.
    pub on_board: Vector3<f64>,
    /// In the picture, pixels.
    pub px: [f64; 2],
    /// Standard deviation of a coordinate, pixels.
    pub sigma_px: f64,
}

/// What one picture shows of the board.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardView {
    /// The picture's name.
    pub name: String,
    /// Tags seen.
    pub tags: usize,
    /// Their corners.
    pub corners: Vec<SeenCorner>,
}

/// Finds the board in a picture. `guess` need only be near: it bends the print as the lens does, over the side of one tag.
///
/// # Errors
/// When the picture is not of the guess's size.
pub fn see_board(
    detector: &mut TagDetector,
    frame: &GrayFrame,
    guess: &CameraModel,
    board: &Board,
    name: &str,
) -> Result<BoardView, FrameError> {
    let size_of = |id| board.ids().contains(&id).then(|| board.tag_size_m());
    let found = track_with_sizes(detector, frame, guess, size_of)?;
    let corners = found
        .iter()
        .filter_map(|tag| Some((tag, board.corners(tag.id)?)))
        .flat_map(|(tag, on_board)| {
            (0..4).map(move |index| SeenCorner {
                on_board: on_board[index],
                px: tag.corners_px[index],
                sigma_px: tag.corner_sigma_px,
            })
        })
        .collect();
    Ok(BoardView { name: name.to_owned(), tags: found.len(), corners })
}
