//! llama.cpp behind a small face: load, complete a prompt under a grammar, tell how likely words are. Must not know tasks.
//!
//! Everything that would make the native code abort is checked before it is called: the file's header, the prompt's
//! length, the batch's size, and that only positions with logits are read.

use std::{
    num::NonZeroU32,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use fieldwright_guide::gguf;
use llama_cpp_2::{
    LogOptions,
    context::{LlamaContext, params::LlamaContextParams},
    llama_backend::LlamaBackend,
    llama_batch::LlamaBatch,
    model::{LlamaChatMessage, LlamaModel, params::LlamaModelParams},
    sampling::LlamaSampler,
    send_logs_to_tracing,
    token::LlamaToken,
};

/// Tokens that prompt and answer may take together.
const CONTEXT: u32 = 2048;
/// Tokens that are evaluated at a time; between two batches the clock is looked at.
const BATCH: usize = 256;
/// Stand in the chat template for what is filled in. No template and no vocabulary holds such a letter.
const SYSTEM: &str = "\u{e000}";
const USER: &str = "\u{e001}";

/// A prompt, tokenized.
pub(crate) type Tokens = Vec<LlamaToken>;

/// The native library, once a process.
///
/// # Errors
/// When it cannot be set up.
pub(crate) fn backend() -> anyhow::Result<LlamaBackend> {
    send_logs_to_tracing(LogOptions::default().with_logs_enabled(false));
    LlamaBackend::init().context("llama.cpp cannot be set up")
}

/// Loads a model file, after its header has been read in safe code.
///
/// # Errors
/// When the file is missing, damaged or of another architecture.
pub(crate) fn load(backend: &LlamaBackend, path: &Path) -> anyhow::Result<LlamaModel> {
    gguf::check_file(path)?;
    LlamaModel::load_from_file(backend, path, &LlamaModelParams::default().with_n_gpu_layers(0)).with_context(|| {
        format!(
            "cannot load model `{}`: llama.cpp refuses it\nhint: fieldwright models add smollm2-135m",
            path.display()
        )
    })
}

/// A model at work. What it evaluated last is kept: a prompt that begins alike costs only what is new in it.
pub(crate) struct Engine<'a> {
    model: &'a LlamaModel,
    context: LlamaContext<'a>,
    batch: LlamaBatch<'static>,
    /// What the context holds.
    held: Tokens,
    template: Template,
}

/// The model's chat format: the letters around the system's and the user's words.
struct Template {
    before_system: String,
    between: String,
    after_user: String,
}

impl<'a> Engine<'a> {
    /// Makes room for a conversation, and tries the model once: what it would die of, it dies of now.
    ///
    /// # Errors
    /// When there is no memory for it, or the model cannot be evaluated.
    pub(crate) fn new(backend: &LlamaBackend, model: &'a LlamaModel, threads: i32) -> anyhow::Result<Self> {
        let parameters = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(CONTEXT))
            .with_n_batch(BATCH as u32)
            .with_n_ubatch(BATCH as u32)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = model.new_context(backend, parameters).context("no memory for the model's context")?;
        let template = Template::of(model);
        let mut engine = Self { model, context, batch: LlamaBatch::new(BATCH, 1), held: Vec::new(), template };
        let first = engine.prompt("", "", "");
        let soon = Instant::now() + Duration::from_mins(1);
        ensure!(engine.evaluate(&first, first.len() - 1, soon)?[0].is_finite(), "the model computes no numbers");
        Ok(engine)
    }

    /// A prompt in the model's own chat format, with the beginning of the answer already said. Nothing in the texts can
    /// pass for the format's own marks.
    pub(crate) fn prompt(&self, system: &str, user: &str, begun: &str) -> Tokens {
        let Template { before_system, between, after_user } = &self.template;
        let vocab = self.model.vocab();
        let mut tokens = vocab.tokenize(before_system.as_bytes(), vocab.should_add_bos(), true);
        tokens.extend(vocab.tokenize(system.as_bytes(), false, false));
        tokens.extend(vocab.tokenize(between.as_bytes(), false, true));
        tokens.extend(vocab.tokenize(user.as_bytes(), false, false));
        tokens.extend(vocab.tokenize(after_user.as_bytes(), false, true));
        tokens.extend(vocab.tokenize(begun.as_bytes(), false, false));
        if tokens.is_empty() {
            // A model without template and marks still needs something to go on from.
            tokens.push(vocab.eos());
        }
        tokens
    }

    /// Completes `prompt` greedily under a GBNF grammar, for at most `limit` tokens.
    ///
    /// # Errors
    /// When the prompt is too long, the grammar is wrong, or `until` has passed.
    pub(crate) fn complete(
        &mut self,
        prompt: &[LlamaToken],
        grammar: &str,
        limit: usize,
        until: Instant,
    ) -> anyhow::Result<String> {
        let longest = CONTEXT as usize - limit.min(CONTEXT as usize / 2);
        ensure!(prompt.len() < longest, "prompt of {} tokens, at most {longest}", prompt.len());
        let mut sampler = LlamaSampler::chain_simple([
            LlamaSampler::grammar(self.model, grammar, "root").context("grammar")?,
            LlamaSampler::greedy(),
        ]);
        let mut tokens = prompt.to_vec();
        let mut bytes = Vec::new();
        let mut at = self.run(&tokens, tokens.len() - 1, until, |_, _| ())?;
        for _ in 0..limit.min(CONTEXT as usize / 2) {
            let token = sampler.sample(&self.context, at);
            if self.model.vocab().is_eog(token) {
                break;
            }
            bytes.extend(self.model.vocab().token_to_piece(token, false, None));
            tokens.push(token);
            at = self.run(&tokens, tokens.len() - 1, until, |_, _| ())?;
        }
        String::from_utf8(bytes).context("the answer is no text")
    }

    /// The logarithm of the probability that `words` follow `prompt`.
    ///
    /// # Errors
    /// When both are too long together, or `until` has passed.
    pub(crate) fn likelihood(&mut self, prompt: &[LlamaToken], words: &str, until: Instant) -> anyhow::Result<f64> {
        let words = self.model.vocab().tokenize(words.as_bytes(), false, false);
        let tokens: Tokens = prompt.iter().chain(&words).copied().collect();
        ensure!(!words.is_empty(), "no words to weigh");
        let logs = self.evaluate(&tokens, prompt.len() - 1, until)?;
        Ok(logs[..words.len()].iter().sum())
    }

    /// The log probability of each token after position `from`, and of the most likely one after the last.
    fn evaluate(&mut self, tokens: &[LlamaToken], from: usize, until: Instant) -> anyhow::Result<Vec<f64>> {
        let mut logs = Vec::new();
        let next = tokens.to_vec();
        self.run(tokens, from, until, |position, logits| {
            let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f64 = logits.iter().map(|logit| f64::from((logit - most).exp())).sum();
            let chosen = next.get(position + 1).and_then(|token| logits.get(usize::try_from(token.0).ok()?));
            logs.push(f64::from(chosen.copied().unwrap_or(most) - most) - sum.ln());
        })?;
        Ok(logs)
    }

    /// Evaluates what is not held yet, and shows the logits of every position from `from` on. Gives the batch's index of
    /// the last one.
    fn run(
        &mut self,
        tokens: &[LlamaToken],
        from: usize,
        until: Instant,
        mut see: impl FnMut(usize, &[f32]),
    ) -> anyhow::Result<i32> {
        ensure!(tokens.len() < CONTEXT as usize, "prompt of {} tokens, at most {}", tokens.len(), CONTEXT - 1);
        let alike = self.held.iter().zip(tokens).take_while(|(held, token)| held == token).count();
        // Logits are not kept: positions that are asked for are evaluated again.
        let kept = alike.min(from);
        self.held.truncate(kept);
        self.context.kv_cache_seq_rm(0, Some(u32::try_from(kept)?), None).context("cannot shorten the context")?;
        let mut last = 0;
        let mut position = kept;
        for chunk in tokens[kept..].chunks(BATCH) {
            if Instant::now() > until {
                bail!("out of time after {position} of {} tokens", tokens.len());
            }
            self.batch.clear();
            for (offset, token) in chunk.iter().enumerate() {
                let place = position + offset;
                self.batch.add(*token, i32::try_from(place)?, &[0], place >= from).context("batch")?;
            }
            if let Err(error) = self.context.decode(&mut self.batch) {
                self.held.clear();
                self.context.clear_kv_cache();
                return Err(error).context("decode");
            }
            self.held.extend(chunk);
            for offset in 0..chunk.len() {
                if position + offset >= from {
                    last = i32::try_from(offset)?;
                    see(position + offset, self.context.get_logits_ith(last));
                }
            }
            position += chunk.len();
        }
        Ok(last)
    }
}

impl Template {
    fn of(model: &LlamaModel) -> Self {
        let filled = || {
            let message = |role: &str, words: &str| LlamaChatMessage::new(role.to_owned(), words.to_owned()).ok();
            let chat = [message("system", SYSTEM)?, message("user", USER)?];
            model.apply_chat_template(&model.chat_template(None).ok()?, &chat, true).ok()
        };
        filled().and_then(|filled| Self::parse(&filled)).unwrap_or_else(|| Self {
            before_system: String::new(),
            between: "\n".to_owned(),
            after_user: "\n".to_owned(),
        })
    }

    fn parse(filled: &str) -> Option<Self> {
        let (before_system, rest) = filled.split_once(SYSTEM)?;
        let (between, after_user) = rest.split_once(USER)?;
        Some(Self {
            before_system: before_system.to_owned(),
            between: between.to_owned(),
            after_user: after_user.to_owned(),
        })
    }
}

/// The moment so many milliseconds from now.
pub(crate) fn deadline(milliseconds: u64) -> Instant {
    // An answer that comes a little early is worth more than a worker that is killed for being late.
    Instant::now() + Duration::from_millis(milliseconds.saturating_mul(9) / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_parted_around_what_is_filled_in() {
        let filled = format!(
            "<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{USER}<|im_end|>\n<|im_start|>assistant\n"
        );
        let template = Template::parse(&filled).unwrap();
        assert_eq!(template.before_system, "<|im_start|>system\n");
        assert_eq!(template.between, "<|im_end|>\n<|im_start|>user\n");
        assert_eq!(template.after_user, "<|im_end|>\n<|im_start|>assistant\n");
        assert!(Template::parse("no places").is_none());
    }
}
