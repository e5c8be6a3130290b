//! A likelier text than the one that was found by always taking the likeliest token. Must not know what texts mean.
//!
//! Wherever another token was nearly as likely, the text is written on from there, the least loss first, and dropped as soon as
//! it is less likely than the best whole one. The engine's own beam search draws lots: the same sound gave other words each time.

use std::time::{Duration, Instant};

use crate::decoder::likelihood;

/// A token is followed beside another where it is less likely by no more than this, natural logarithm.
const FAR: f32 = 4.0;
/// Tokens that a model no larger than the smallest of whisper's own looks at beside those heard.
pub(crate) const PLACES: usize = 64;
/// It takes no longer on a machine that is busy with other work.
const LIMIT: Duration = Duration::from_millis(400);
/// So many tokens more than were heard it may have.
const MORE: usize = 8;

/// A text, or the beginning of one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    /// Its tokens, without the end.
    pub(crate) tokens: Vec<i32>,
    /// Of each token, and of the end where it is whole: natural logarithms of how likely it was there.
    pub(crate) logs: Vec<f32>,
    /// How much less likely its forks made it than the likeliest tokens were.
    loss: f32,
}

impl Text {
    /// How likely all of it is, natural logarithm.
    pub(crate) fn log(&self) -> f32 {
        self.logs.iter().sum()
    }

    fn with(&self, token: i32, log: f32, loss: f32) -> Self {
        let mut longer = self.clone();
        longer.tokens.push(token);
        longer.logs.push(log);
        longer.loss += loss;
        longer
    }
}

/// The likeliest text that is found near the one that was heard, by looking at so many places more; `writable` says which tokens,
/// the end among them, may stand where it has another.
///
/// # Errors
/// When the engine cannot evaluate it, or the call has ended.
pub(crate) fn likeliest(
    after: &mut dyn FnMut(&[i32]) -> anyhow::Result<Vec<f32>>,
    end: i32,
    heard: &Text,
    most_places: usize,
    writable: &dyn Fn(i32) -> bool,
) -> anyhow::Result<Text> {
    let mut search = Search { after, end, writable, most: heard.tokens.len() + MORE, best: None, forks: Vec::new() };
    search.walk(Text::default(), Some(&heard.tokens))?;
    let since = Instant::now();
    let mut places = 0;
    while places < most_places && since.elapsed() < LIMIT {
        let bound = search.bound();
        search.forks.retain(|fork| fork.log() > bound);
        let least = search.forks.iter().enumerate().min_by(|a, b| a.1.loss.total_cmp(&b.1.loss));
        let Some((index, _)) = least else { break };
        let fork = search.forks.swap_remove(index);
        places += search.walk(fork, None)?;
    }
    Ok(search.best.unwrap_or_else(|| heard.clone()))
}

struct Search<'a> {
    /// The natural logarithms of how likely each token is after some.
    after: &'a mut dyn FnMut(&[i32]) -> anyhow::Result<Vec<f32>>,
    /// The token that ends a text.
    end: i32,
    writable: &'a dyn Fn(i32) -> bool,
    /// Tokens of a text at most.
    most: usize,
    best: Option<Text>,
    forks: Vec<Text>,
}

impl Search<'_> {
    /// Writes a text on to its end, along these tokens where they are given, and notes its forks; gives how many places it
    /// looked at.
    fn walk(&mut self, mut text: Text, along: Option<&[i32]>) -> anyhow::Result<usize> {
        let mut places = 0;
        while text.tokens.len() <= self.most {
            let next = (self.after)(&text.tokens)?;
            places += 1;
            let end = self.end;
            let top = next.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut near: Vec<i32> = (0..=end).filter(|token| likelihood(&next, *token) > top - FAR).collect();
            near.retain(|token| (self.writable)(*token));
            let likeliest = near.iter().copied().max_by(|a, b| likelihood(&next, *a).total_cmp(&likelihood(&next, *b)));
            let given = along.map(|tokens| tokens.get(text.tokens.len()).copied().unwrap_or(end));
            let Some(token) = given.or(likeliest) else { break };
            let log = likelihood(&next, token);
            for other in near.into_iter().filter(|other| *other != token) {
                let own = likelihood(&next, other);
                if other == end {
                    self.ended(&text, own);
                } else {
                    self.forks.push(text.with(other, own, (log - own).max(0.0)));
                }
            }
            if token == end {
                self.ended(&text, log);
                break;
            }
            text = text.with(token, log, 0.0);
            if text.log() <= self.bound() {
                break;
            }
        }
        Ok(places)
    }

    /// Takes a whole text that is better than the best.
    fn ended(&mut self, text: &Text, log: f32) {
        let mut whole = text.clone();
        whole.logs.push(log);
        if !whole.tokens.is_empty() && whole.log() > self.bound() {
            self.best = Some(whole);
        }
    }

    /// What a text must exceed.
    fn bound(&self) -> f32 {
        self.best.as_ref().map_or(f32::NEG_INFINITY, Text::log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: i32 = 4;

    /// After nothing 0 is a little likelier than 1; but after 0 anything may come, and after 1 the end is nearly sure.
    fn after(tokens: &[i32]) -> anyhow::Result<Vec<f32>> {
        let shares: [f32; 5] = match tokens {
            [] => [0.5, 0.4, 0.02, 0.0, 0.08],
            [0] => [0.2; 5],
            [1] => [0.01, 0.01, 0.04, 0.04, 0.9],
            _ => [0.0, 0.0, 0.0, 0.0, 1.0],
        };
        Ok(shares.map(f32::ln).to_vec())
    }

    fn found(heard: &[i32], writable: &dyn Fn(i32) -> bool) -> Text {
        let heard = Text { tokens: heard.to_vec(), ..Text::default() };
        likeliest(&mut |tokens| after(tokens), END, &heard, PLACES, writable).unwrap()
    }

    #[test]
    fn a_likelier_text_is_found_beside_the_one_that_was_heard() {
        let text = found(&[0, 2], &|_| true);
        assert_eq!(text.tokens, [1]);
        assert!((text.log() - 0.36_f32.ln()).abs() < 1e-5, "{text:?}");
        // The likeliest stays what it was.
        assert_eq!(found(&[1], &|_| true).tokens, [1]);
    }

    #[test]
    fn what_may_not_be_written_is_not_and_no_text_is_empty() {
        assert_eq!(found(&[0, 2], &|token| token != 1).tokens, [0], "its end is as likely as anything");
        let text = found(&[0, 2], &|_| false);
        assert_eq!((text.tokens, text.logs.len()), (vec![0, 2], 3), "as it was heard, each token judged");
    }

    #[test]
    fn a_text_that_is_told_to_be_impossible_stays_as_it_was_heard() {
        assert_eq!(found(&[3, 3], &|_| false).tokens, [3, 3]);
    }
}
