//! Whether a piece of work is still wanted: its deadline, a cancellation, a closed pipe. Asked by the engine between its own
//! steps. Must not know the engine.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use fieldwright_guide::event::RequestId;

/// What was called off.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// The last id that was, plus one; 0 for none. One is enough: one request is worked on at a time.
    cancelled: AtomicU64,
    /// True when the client is gone.
    closed: AtomicBool,
}

impl Calls {
    /// This request is no longer wanted.
    pub(crate) fn cancel(&self, id: RequestId) {
        self.cancelled.store(id.wrapping_add(1), Ordering::Relaxed);
    }

    /// Nothing is wanted any more.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// A request begins, to be answered within so many milliseconds.
    pub(crate) fn begin(self: &Arc<Self>, id: RequestId, deadline_ms: u64) -> Call {
        // An answer that comes a little early is worth more than a worker that is killed for being late.
        let patience = Duration::from_millis(deadline_ms.saturating_mul(9) / 10);
        Call { calls: Arc::clone(self), id, until: Instant::now() + patience.min(Duration::from_hours(24)) }
    }
}

/// One request at work.
#[derive(Debug)]
pub(crate) struct Call {
    calls: Arc<Calls>,
    id: RequestId,
    until: Instant,
}

impl Call {
    /// Why it is not wanted any more; `None` while it is.
    pub(crate) fn ended(&self) -> Option<&'static str> {
        if self.calls.closed.load(Ordering::Relaxed) {
            Some("the client is gone")
        } else if self.calls.cancelled.load(Ordering::Relaxed) == self.id.wrapping_add(1) {
            Some("called off")
        } else if Instant::now() > self.until {
            Some("out of time")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_by_its_own_cancellation_by_its_deadline_and_with_the_client() {
        let calls = Arc::new(Calls::default());
        assert_eq!(calls.begin(0, 60_000).ended(), None);
        calls.cancel(7);
        assert_eq!(calls.begin(6, 60_000).ended(), None);
        assert_eq!(calls.begin(7, 60_000).ended(), Some("called off"));
        assert_eq!(calls.begin(8, 0).ended(), Some("out of time"));
        assert_eq!(calls.begin(9, u64::MAX).ended(), None);
        calls.close();
        assert_eq!(calls.begin(10, 60_000).ended(), Some("the client is gone"));
    }
}
