//! The decoder over the sound that the engine looked at last: what may come after some tokens. Must not know what is asked for.

use anyhow::{Context as _, bail};
use whisper_rs::{WhisperContext, WhisperState};

use crate::call::Call;

/// See the module's words.
pub(crate) struct Decoder<'a> {
    state: &'a mut WhisperState,
    call: &'a Call,
    threads: usize,
    /// What stands before the text.
    start: Vec<i32>,
    /// What it has taken in.
    kept: Vec<i32>,
    /// The token that ends a text.
    pub(crate) end: i32,
}

impl<'a> Decoder<'a> {
    /// For English text without times, with nothing said before it.
    pub(crate) fn new(state: &'a mut WhisperState, context: &WhisperContext, threads: i32, call: &'a Call) -> Self {
        let mut start = vec![context.token_sot()];
        if context.is_multilingual() {
            start.extend([context.token_lang(0), context.token_transcribe()]);
        }
        start.push(context.token_not());
        let threads = usize::try_from(threads).unwrap_or(1).max(1);
        Self { state, call, threads, start, kept: Vec::new(), end: context.token_eot() }
    }

    /// The natural logarithms of how likely each token is after these.
    ///
    /// # Errors
    /// When the engine cannot evaluate it, or the call has ended.
    pub(crate) fn after(&mut self, tokens: &[i32]) -> anyhow::Result<Vec<f32>> {
        if let Some(why) = self.call.ended() {
            bail!("{why}");
        }
        let all: Vec<i32> = self.start.iter().chain(tokens).copied().collect();
        let same = self.kept.iter().zip(&all).take_while(|(a, b)| a == b).count();
        // The last is taken in again in any case: its likelihoods are asked for.
        let first = same.min(all.len() - 1);
        for at in first..all.len() {
            self.state.decode(&all[at..=at], at, self.threads).context("whisper.cpp could not evaluate the words")?;
        }
        self.kept = all;
        let raw = self.state.get_logits().context("whisper.cpp gave no likelihoods")?;
        let top = raw.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        // Most of the tokens are far below, and add nothing.
        let sum: f32 = raw.iter().map(|logit| logit - top).filter(|below| *below > -30.0).map(f32::exp).sum();
        let whole = top + sum.ln();
        Ok(raw.iter().map(|logit| logit - whole).collect())
    }
}

/// Of one token.
pub(crate) fn likelihood(logs: &[f32], token: i32) -> f32 {
    usize::try_from(token).ok().and_then(|token| logs.get(token)).copied().unwrap_or(f32::NEG_INFINITY)
}
