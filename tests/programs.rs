//! The programs as a user meets them.
