//! Calibration: the printed board, a camera's intrinsics from pictures of it, where the camera sits on the head, and the file that
//! keeps all of this. Draws nothing and opens nothing; the command line does.

mod board;
mod coverage;
mod file;
mod intrinsics;
mod mounting;
mod pictures;
mod start;
mod view;

pub use board::{Board, BoardError, Paper, TagOutline};
pub use coverage::{Coverage, GRID};
pub use file::{CalibrationRecord, CameraFile, CameraFileError, Mounting};
pub use intrinsics::{Calibration, CalibrationError, CornerResidual, ViewResult, calibrate, locate};
pub use mounting::{BoardSighting, MountingError, MountingFit, MountingResidual, find_mounting};
pub use pictures::{PicturesError, calibrate_pictures, which_board};
pub use view::{BoardView, SeenCorner, see_board};
