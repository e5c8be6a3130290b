use bevy as _;
fn main() {}
