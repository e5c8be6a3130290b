//! Processor time that the main loop spends on the assistant: what a frame costs outside rendering. Waiting does not count,
//! work does. Must not know what the work is.

use fieldwright_session::registration::quantile;

/// Per-frame processor time of the calling thread.
#[derive(Debug, Default)]
pub(crate) struct ThreadCpu {
    started_ms: f64,
    all_ms: Vec<f32>,
    busy_ms: Vec<f32>,
}

impl ThreadCpu {
    /// The frame's work begins.
    pub(crate) fn begin(&mut self) {
        self.started_ms = thread_ms();
    }

    /// The frame's work is done; `busy` while the model works on something.
    pub(crate) fn end(&mut self, busy: bool) {
        let spent = (thread_ms() - self.started_ms) as f32;
        self.all_ms.push(spent);
        if busy {
            self.busy_ms.push(spent);
        }
    }

    /// Frames measured.
    pub(crate) fn frames(&self) -> usize {
        self.all_ms.len()
    }

    /// Quantile over all frames, milliseconds.
    pub(crate) fn quantile(&self, q: f64) -> Option<f32> {
        quantile(&self.all_ms, q)
    }

    /// Quantile over the frames in which the model was busy, milliseconds.
    pub(crate) fn busy_quantile(&self, q: f64) -> Option<f32> {
        quantile(&self.busy_ms, q)
    }
}

/// Processor time of this thread, milliseconds.
#[expect(unsafe_code, reason = "the standard library has no clock of a thread's processor time")]
fn thread_ms() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec that lives for the call, and the clock id is a constant of the platform.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    if result == 0 { time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6 } else { 0.0 }
}
