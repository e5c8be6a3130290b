//! How likely the phrases of a graph are, beside the words that were heard freely, in the sound that the engine looked at last.
//! Must not know what phrases mean.
//!
//! The decoder is asked along the paths of the graph, the likeliest first; what falls far behind is not followed. The crate's own
//! grammar would bend the words themselves, and crashes.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use fieldwright_guide::command::graph::WordGraph;
use fieldwright_workers::speech::LikelyPhrase;
use whisper_rs::WhisperContext;

use crate::decoder::{Decoder, likelihood};

/// A path is followed while it is no less likely than the free words by this, and than the best phrase by that (natural
/// logarithms). What is further behind changes no decision of `fieldwright_guide::command::heard`.
const BEHIND_WORDS: f32 = 7.0;
const BEHIND_BEST: f32 = 6.0;
/// So many phrases are told at most.
const TOLD: usize = 16;
/// Places that a model no larger than the smallest of whisper's own looks at.
pub(crate) const PLACES: usize = 120;
/// It takes no longer on a machine that is busy with other work.
const LIMIT: Duration = Duration::from_millis(800);

/// The likeliest phrases of the graph, natural logarithms, beside words that are as likely as `words`, of so many places.
///
/// # Errors
/// When the engine cannot evaluate it, or the call has ended.
pub(crate) fn likely(
    decoder: &mut Decoder<'_>,
    context: &WhisperContext,
    spelled: &mut Spelled,
    graph: &WordGraph,
    words: f32,
    most_places: usize,
) -> anyhow::Result<Vec<LikelyPhrase>> {
    let mut search = Search {
        decoder,
        spelled,
        context,
        graph,
        words,
        best: f32::NEG_INFINITY,
        places_left: most_places,
        since: Instant::now(),
        found: Vec::new(),
    };
    search.from(&mut Path { state: 0, tokens: Vec::new(), words: Vec::new(), log: 0.0 })?;
    let mut found = search.found;
    found.sort_by(|a, b| b.log.total_cmp(&a.log));
    found.truncate(TOLD);
    Ok(found)
}

/// The beginning of a phrase.
struct Path<'a> {
    state: u32,
    tokens: Vec<i32>,
    words: Vec<&'a str>,
    log: f32,
}

/// The tokens of words. Those that were looked for are kept: the engine takes half a millisecond to find those of one.
pub(crate) struct Spelled {
    kept: HashMap<String, Arc<[i32]>>,
    /// Words with an apostrophe that are one token: the engine splits them before it looks for it.
    whole: HashMap<String, i32>,
}

impl Spelled {
    /// For a model with this context.
    pub(crate) fn new(context: &WhisperContext) -> Self {
        let word = |token: i32| {
            let text = context.token_to_str(token).ok()?.strip_prefix(' ')?;
            text.contains('\'').then(|| (text.to_owned(), token))
        };
        Self { kept: HashMap::new(), whole: (0..context.token_eot()).filter_map(word).collect() }
    }

    fn tokens(&mut self, context: &WhisperContext, word: &str) -> Arc<[i32]> {
        if let Some(tokens) = self.kept.get(word) {
            return Arc::clone(tokens);
        }
        let tokens = match self.whole.get(word) {
            Some(token) => vec![*token],
            None => context.tokenize(&format!(" {word}"), word.len() + 4).unwrap_or_default(),
        };
        Arc::clone(self.kept.entry(word.to_owned()).or_insert(tokens.into()))
    }
}

struct Search<'a, 'b> {
    decoder: &'a mut Decoder<'b>,
    spelled: &'a mut Spelled,
    context: &'a WhisperContext,
    graph: &'a WordGraph,
    words: f32,
    best: f32,
    places_left: usize,
    since: Instant,
    found: Vec<LikelyPhrase>,
}

impl<'a> Search<'a, '_> {
    /// Follows what may come after a path.
    fn from(&mut self, path: &mut Path<'a>) -> anyhow::Result<()> {
        let Some(next) = self.look(path)? else { return Ok(()) };
        if self.graph.ends.get(path.state as usize).copied().unwrap_or(false) {
            let log = path.log + likelihood(&next, self.decoder.end);
            if log > self.bound() {
                self.best = self.best.max(log);
                self.found.push(LikelyPhrase { text: path.words.join(" "), log });
            }
        }
        let graph: &'a WordGraph = self.graph;
        let mut ways: Vec<(f32, &'a str, u32, Arc<[i32]>)> = Vec::new();
        for (word, to) in graph.next.get(path.state as usize).into_iter().flatten() {
            let tokens = self.spelled.tokens(self.context, word);
            if let Some(first) = tokens.first() {
                ways.push((path.log + likelihood(&next, *first), word, *to, tokens));
            }
        }
        ways.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (log, word, to, tokens) in ways {
            if log <= self.bound() {
                break;
            }
            let before = (path.state, path.tokens.len(), path.log);
            path.log = log;
            path.tokens.push(tokens[0]);
            if self.through(path, &tokens[1..])? {
                path.state = to;
                path.words.push(word);
                self.from(path)?;
                path.words.pop();
            }
            path.state = before.0;
            path.tokens.truncate(before.1);
            path.log = before.2;
        }
        Ok(())
    }

    /// Goes on through the rest of a word; false where it is not worth it.
    fn through(&mut self, path: &mut Path<'a>, rest: &[i32]) -> anyhow::Result<bool> {
        for token in rest {
            let Some(next) = self.look(path)? else { return Ok(false) };
            path.log += likelihood(&next, *token);
            path.tokens.push(*token);
            if path.log <= self.bound() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What is likely after a path; `None` when enough has been looked at.
    fn look(&mut self, path: &Path<'_>) -> anyhow::Result<Option<Vec<f32>>> {
        if self.places_left == 0 || self.since.elapsed() > LIMIT {
            return Ok(None);
        }
        self.places_left -= 1;
        self.decoder.after(&path.tokens).map(Some)
    }

    fn bound(&self) -> f32 {
        (self.words - BEHIND_WORDS).max(self.best - BEHIND_BEST)
    }
}
