//! `fieldwright-speech`: the worker process around whisper.cpp. It turns sound into words; what they mean is not its affair.

fn main() {}
