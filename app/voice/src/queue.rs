//! What is to be said, in which order. Pure. Must not know how it is said.

use std::collections::VecDeque;

/// How urgent a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Steps, answers, the product's own words.
    Plain,
    /// A warning or a caution: before everything else, with a tone before it.
    Alert,
}

/// A line to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// As written in the manual; it is put into words when it is spoken.
    pub text: String,
    /// How urgent.
    pub urgency: Urgency,
}

/// Lines that wait. Alerts go first, each kind in its order; a line that already waits or is being said is not said again.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    waiting: VecDeque<Line>,
    saying: Option<Line>,
}

/// More lines than this are old news: the oldest plain ones are dropped.
const MOST: usize = 64;

impl Queue {
    /// Puts a line in its place. False where it waits already or is being said.
    pub fn push(&mut self, line: Line) -> bool {
        if line.text.trim().is_empty() || self.saying.as_ref() == Some(&line) || self.waiting.contains(&line) {
            return false;
        }
        let place = self.waiting.iter().position(|other| other.urgency < line.urgency).unwrap_or(self.waiting.len());
        self.waiting.insert(place, line);
        if self.waiting.len() > MOST
            && let Some(plain) = self.waiting.iter().position(|line| line.urgency == Urgency::Plain)
        {
            self.waiting.remove(plain);
        }
        true
    }

    /// The next line, if none is being said.
    pub fn begin(&mut self) -> Option<&Line> {
        if self.saying.is_none() {
            self.saying = self.waiting.pop_front();
            return self.saying.as_ref();
        }
        None
    }

    /// The line that is being said is over, or could not be said.
    pub fn done(&mut self) {
        self.saying = None;
    }

    /// Nothing more is said of all this.
    pub fn hush(&mut self) {
        self.waiting.clear();
        self.saying = None;
    }

    /// What is being said.
    pub fn saying(&self) -> Option<&Line> {
        self.saying.as_ref()
    }

    /// Lines that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(text: &str, urgency: Urgency) -> Line {
        Line { text: text.to_owned(), urgency }
    }

    fn all(queue: &mut Queue) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(line) = queue.begin().cloned() {
            said.push(line.text);
            queue.done();
        }
        said
    }

    #[test]
    fn alerts_go_first_each_kind_in_order() {
        let mut queue = Queue::default();
        for (text, urgency) in
            [("step 1", Urgency::Plain), ("hot", Urgency::Alert), ("step 2", Urgency::Plain), ("sharp", Urgency::Alert)]
        {
            assert!(queue.push(line(text, urgency)));
        }
        assert_eq!(all(&mut queue), ["hot", "sharp", "step 1", "step 2"]);
    }

    #[test]
    fn a_line_is_not_said_twice_unless_it_is_over_and_wanted_again() {
        let mut queue = Queue::default();
        assert!(queue.push(line("step 1", Urgency::Plain)));
        assert!(!queue.push(line("step 1", Urgency::Plain)), "it waits");
        assert!(queue.begin().is_some());
        assert!(!queue.push(line("step 1", Urgency::Plain)), "it is being said");
        queue.done();
        assert!(queue.push(line("step 1", Urgency::Plain)), "repeat");
        assert!(!queue.push(line("  ", Urgency::Plain)));
    }

    #[test]
    fn hushed_is_hushed() {
        let mut queue = Queue::default();
        queue.push(line("step 1", Urgency::Plain));
        queue.push(line("hot", Urgency::Alert));
        queue.begin();
        queue.hush();
        assert!(queue.begin().is_none() && queue.saying().is_none());
        assert!(queue.push(line("hot", Urgency::Alert)));
    }

    proptest! {
        #[test]
        fn no_alert_is_lost_and_none_waits_behind_a_plain_line(lines in proptest::collection::vec((0_u8..200, any::<bool>()), 0..150)) {
            let mut queue = Queue::default();
            let mut alerts = Vec::new();
            for (number, alert) in &lines {
                let urgency = if *alert { Urgency::Alert } else { Urgency::Plain };
                if queue.push(line(&number.to_string(), urgency)) && *alert {
                    alerts.push(number.to_string());
                }
            }
            let said = all(&mut queue);
            prop_assert_eq!(&said[..alerts.len()], &alerts[..]);
        }
    }
}
