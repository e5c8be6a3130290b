//! From pictures of the board to the camera: corners by a straight guess, a camera from them, corners again through that camera's
//! lens, and the camera again. Decodes nothing.

use thiserror::Error;

use super::{
    board::Board,
    intrinsics::{Calibration, CalibrationError, calibrate},
    view::{BoardView, see_board},
};
use crate::{
    camera::{CameraError, CameraModel},
    detector::TagDetector,
    frame::{FrameError, GrayFrame},
};

/// Why pictures give no camera.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PicturesError {
    /// The pictures are of several sizes.
    #[error(
        "calibration: `{name}` is {size:?} pixels, the pictures before are {expected:?}\nhint: use pictures of one camera at one setting"
    )]
    Sizes {
        /// The odd one.
        name: String,
        /// Its size.
        size: [u32; 2],
        /// The others' size.
        expected: [u32; 2],
    },
    /// A picture cannot be used at all.
    #[error("calibration: cannot use `{name}`: {source}")]
    Frame {
        /// The picture.
        name: String,
        /// Why.
        source: FrameError,
    },
    /// The pictures are of no possible size.
    #[error(transparent)]
    Guess(#[from] CameraError),
    /// They do not tell the camera.
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
}

/// The board that a picture shows, by the ids of its tags; `None` where there are not enough.
pub fn which_board(detector: &mut TagDetector, frame: &GrayFrame) -> Option<Board> {
    let ids: Vec<u32> = detector.detect(frame).iter().map(|tag| tag.id).collect();
    let boards = ids.iter().filter_map(|id| Board::with_id(*id));
    let papers: Vec<_> = boards.map(|board| board.paper()).collect();
    let most = papers.iter().max_by_key(|paper| papers.iter().filter(|other| other == paper).count())?;
    (papers.iter().filter(|paper| *paper == most).count() >= 4).then(|| Board::new(*most))
}

/// Calibrates a camera from named pictures of `board`, for use with tags of `tag_size_m`.
///
/// # Errors
/// When the pictures differ in size, or do not tell the camera.
pub fn calibrate_pictures(
    detector: &mut TagDetector,
    pictures: &[(String, GrayFrame)],
    board: &Board,
    tag_size_m: f64,
) -> Result<Calibration, PicturesError> {
    let size = |frame: &GrayFrame| [frame.width(), frame.height()];
    let size_px = pictures.first().map_or([640, 480], |(_, frame)| size(frame));
    if let Some((name, odd)) = pictures.iter().find(|(_, frame)| size(frame) != size_px) {
        return Err(PicturesError::Sizes { name: name.clone(), size: size(odd), expected: size_px });
    }
    // A field of view of 64 degrees: over one tag, a wrong guess bends next to nothing.
    let focal = 0.8 * f64::from(size_px[0]);
    let middle = size_px.map(|side| (f64::from(side) - 1.0) / 2.0);
    let guess = CameraModel::new(size_px, [focal; 2], middle, [0.0; 5], tag_size_m)?;
    let first = calibrate(&look(detector, pictures, board, &guess)?, size_px, tag_size_m)?;
    Ok(calibrate(&look(detector, pictures, board, &first.camera)?, size_px, tag_size_m)?)
}

fn look(
    detector: &mut TagDetector,
    pictures: &[(String, GrayFrame)],
    board: &Board,
    camera: &CameraModel,
) -> Result<Vec<BoardView>, PicturesError> {
    pictures
        .iter()
        .map(|(name, frame)| {
            see_board(detector, frame, camera, board, name)
                .map_err(|source| PicturesError::Frame { name: name.clone(), source })
        })
        .collect()
}
