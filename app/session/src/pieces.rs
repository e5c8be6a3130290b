//! Which utterances are pieces of speech that goes on: a sentence falls apart where its speaker breathes, or where noise covers a
//! word. Must not know sound, nor what a command does.

use fieldwright_guide::command::{
    Command,
    heard::{Heard, HeardWord, Meaning, reply, understand},
    parse,
};

/// Speech that begins sooner after other speech than this belongs to it, seconds.
pub const AFTER_S: f64 = 0.8;
/// Speech that is followed sooner than this by other speech is not over, seconds. Shorter: what was said waits for it.
pub const BEFORE_S: f64 = 0.45;

/// No order has so many words: of what was said before, no more is kept.
const MOST_WORDS: usize = 20;

/// Utterances one after the other.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    last: Option<Last>,
}

/// Speech so far: utterances without a pause between them, none of which was an order.
#[derive(Clone, Debug)]
struct Last {
    /// When its voice was last heard.
    end_s: f64,
    words: Vec<HeardWord>,
    /// The last of them, where it would have been an order if no voice had followed it.
    order: Option<Heard>,
}

impl Pieces {
    /// Marks the next utterance where it stands amid other speech. Its voice was heard from `voice_s.0` until `voice_s.1`, and
    /// there was another voice from `next_s` on, where there was one so far. A piece that makes an order of all that was said
    /// before it becomes that order. A reply that is awaited is one, too.
    pub fn mark(&mut self, heard: &mut Heard, voice_s: (f64, f64), next_s: Option<f64>, replies: &[String]) {
        let text = heard.text();
        if text.is_empty() {
            return;
        }
        let mut follows = false;
        let mut words = heard.words.clone();
        if let Some(last) = self.last.take_if(|last| voice_s.0 - last.end_s < AFTER_S) {
            words.splice(..0, last.words);
            words.drain(..words.len().saturating_sub(MOST_WORDS));
            let whole = Heard { words: words.clone(), above_noise_db: heard.above_noise_db, ..Heard::default() };
            match (parse(&text), parse(&whole.text())) {
                // "Okay", a breath, "next step".
                (Some(alone), Some(order)) if alone == order => {}
                // "Next", a breath, "step": the same order still, or one only now.
                (None, Some(order)) => {
                    *heard = last.order.filter(|one| parse(&one.text()) == Some(order)).unwrap_or(whole);
                }
                _ => follows = true,
            }
        }
        heard.amid = follows;
        let order = obeyed(heard, replies).then(|| heard.clone());
        heard.amid |= next_s.is_some_and(|next_s| next_s - voice_s.1 < BEFORE_S);
        // What follows an order is no more of the same sentence.
        self.last = (!obeyed(heard, replies)).then_some(Last { end_s: voice_s.1, words, order });
    }
}

/// True for what must wait for [`BEFORE_S`] until it is known that nothing follows: every order but that to stop.
pub fn waits(heard: &Heard, replies: &[String]) -> bool {
    obeyed(heard, replies) && !stops(heard)
}

/// True for an order to stop.
pub fn stops(heard: &Heard) -> bool {
    matches!(understand(heard), Meaning::Certain { command: Command::Stop, .. })
}

fn obeyed(heard: &Heard, replies: &[String]) -> bool {
    matches!(understand(heard), Meaning::Certain { .. }) || (!heard.amid && reply(heard, replies).is_some())
}

#[cfg(test)]
mod tests {
    use fieldwright_guide::command::heard::HeardPhrase;

    use super::*;

    /// Whether each of these is acted on, by its words and when its voice is heard; each knows of the next.
    fn acted_on(said: &[(&str, f64, f64)]) -> Vec<bool> {
        let mut pieces = Pieces::default();
        let mark = |(n, (text, from_s, to_s)): (usize, &(&str, f64, f64))| {
            let mut heard = Heard::evenly(text, 0.95);
            pieces.mark(&mut heard, (*from_s, *to_s), said.get(n + 1).map(|next| next.1), &[]);
            matches!(understand(&heard), Meaning::Certain { .. })
        };
        said.iter().enumerate().map(mark).collect()
    }

    #[test]
    fn an_order_stands_alone() {
        assert_eq!(acted_on(&[("next", 0.0, 0.5)]), [true]);
        assert_eq!(acted_on(&[("we leave", 0.0, 1.0), ("next", 2.0, 2.5), ("week", 3.5, 4.0)]), [false, true, false]);
        assert_eq!(acted_on(&[("we leave", 0.0, 1.0), ("next", 1.4, 1.9)]), [false, false], "amid a sentence");
        assert_eq!(acted_on(&[("next", 0.0, 0.5), ("week we go home", 0.8, 2.0)]), [false, false], "it goes on");
    }

    #[test]
    fn a_breath_within_an_order_and_orders_in_a_row_are_no_doubt() {
        assert!(acted_on(&[("okay", 0.0, 0.4), ("next step", 0.9, 1.5)])[1]);
        assert_eq!(acted_on(&[("go back", 0.0, 0.5), ("next", 1.2, 1.6)]), [true, true]);
        assert_eq!(acted_on(&[("to the pump", 0.0, 0.5), ("stop", 0.8, 1.2), ("stop", 1.5, 1.9)]), [false, true, true]);
    }

    #[test]
    fn pieces_of_one_order_are_that_order() {
        assert_eq!(acted_on(&[("next", 0.0, 0.4), ("step", 0.7, 1.1)]), [false, true]);
        assert_eq!(acted_on(&[("go", 0.0, 0.4), ("to step", 0.7, 1.1), ("four", 1.4, 1.8)]), [false, false, true]);
        assert_eq!(acted_on(&[("we are at the", 0.0, 0.9), ("next", 1.2, 1.6), ("step", 1.9, 2.3)]), [false; 3]);
        assert_eq!(acted_on(&[("next", 0.0, 0.4), ("step", 2.0, 2.4)]), [true, false], "a pause parts them");
    }

    #[test]
    fn an_order_that_is_only_said_at_greater_length_needs_no_more_certainty() {
        let mut pieces = Pieces::default();
        let (mut first, mut second) = (Heard::evenly("next", 0.95), Heard::evenly("step", 0.3));
        pieces.mark(&mut first, (0.0, 0.4), Some(0.7), &[]);
        pieces.mark(&mut second, (0.7, 1.1), None, &[]);
        assert!(matches!(understand(&first), Meaning::Uncertain { .. }));
        assert!(matches!(understand(&second), Meaning::Certain { command: Command::Next, .. }), "{second:?}");
        let (mut first, mut second) = (Heard::evenly("go to", 0.95), Heard::evenly("step four", 0.3));
        pieces.mark(&mut first, (10.0, 10.4), Some(10.7), &[]);
        pieces.mark(&mut second, (10.7, 11.1), None, &[]);
        assert!(!matches!(understand(&second), Meaning::Certain { .. }), "this one was not heard");
    }

    #[test]
    fn a_reply_that_is_awaited_is_an_order_too() {
        let replies = ["Mark 1".to_owned(), "Mark 2".to_owned()];
        let said = || {
            let phrase = HeardPhrase { text: replies[1].clone(), log: -0.2 };
            Heard { log: -0.3, phrases: vec![phrase], ..Heard::evenly("mark two", 0.9) }
        };
        assert!(waits(&said(), &replies) && !waits(&said(), &[]));
        let mut pieces = Pieces::default();
        let (mut first, mut second, mut third) = (said(), Heard::evenly("next", 0.95), said());
        pieces.mark(&mut first, (0.0, 0.6), None, &replies);
        pieces.mark(&mut second, (1.0, 1.4), None, &replies);
        pieces.mark(&mut third, (5.0, 5.6), Some(5.8), &replies);
        assert_eq!([first.amid, second.amid, third.amid], [false, false, true]);
    }

    #[test]
    fn noise_between_is_nobody() {
        assert_eq!(acted_on(&[("we leave", 0.0, 1.0), ("", 1.3, 1.4), ("next", 1.6, 2.0)]), [false, false, false]);
        assert_eq!(acted_on(&[("", 0.0, 1.0), ("next", 1.3, 1.8)]), [false, true]);
    }
}
