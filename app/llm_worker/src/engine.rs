//! llama.cpp behind a small face: load, and complete a prompt under a grammar. Must not know tasks.
//!
//! Everything that would make the native code abort is checked before: the file's header, the prompt's length, the batch's size.

use std::{
    num::NonZeroU32,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use fieldwright_guide::gguf;
use llama_cpp_2::{
    LogOptions,
    context::{LlamaContext, params::LlamaContextParams},
    llama_backend::LlamaBackend,
    llama_batch::LlamaBatch,
    model::{LlamaModel, params::LlamaModelParams},
    sampling::LlamaSampler,
    send_logs_to_tracing,
    token::LlamaToken,
};

/// Tokens that prompt and answer may take together.
const CONTEXT: u32 = 2048;
/// Tokens that are evaluated at a time.
const BATCH: usize = 512;
/// Drawing keeps the other core.
const THREADS: i32 = 2;

/// The native library, once a process.
///
/// # Errors
/// When it cannot be set up.
pub(crate) fn backend() -> anyhow::Result<LlamaBackend> {
    send_logs_to_tracing(LogOptions::default().with_logs_enabled(false));
    LlamaBackend::init().context("llama.cpp cannot be set up")
}

/// A loaded model.
pub(crate) struct Engine<'a> {
    backend: &'a LlamaBackend,
    model: LlamaModel,
}

impl<'a> Engine<'a> {
    /// Loads a model file, after its header has been read in safe code.
    ///
    /// # Errors
    /// When the file is missing, damaged or of another architecture.
    pub(crate) fn load(backend: &'a LlamaBackend, path: &Path) -> anyhow::Result<Self> {
        gguf::check_file(path)?;
        let model = LlamaModel::load_from_file(backend, path, &LlamaModelParams::default().with_n_gpu_layers(0))
            .with_context(|| {
                format!(
                    "cannot load model `{}`: llama.cpp refuses it\nhint: fieldwright models add smollm2-135m",
                    path.display()
                )
            })?;
        Ok(Self { backend, model })
    }

    /// Completes `prompt` greedily under a GBNF grammar, for at most `limit` tokens.
    ///
    /// # Errors
    /// When the prompt is too long, the grammar is wrong, or `until` has passed.
    pub(crate) fn complete(
        &mut self,
        prompt: &str,
        grammar: &str,
        limit: usize,
        until: Instant,
    ) -> anyhow::Result<String> {
        let vocab = self.model.vocab();
        let tokens = vocab.tokenize(prompt.as_bytes(), true, true);
        if tokens.is_empty() || tokens.len() + limit >= CONTEXT as usize {
            bail!("prompt of {} tokens, at most {}", tokens.len(), CONTEXT as usize - limit - 1);
        }
        let mut context = self.context()?;
        let mut last = prefill(&mut context, &tokens, until)?;
        let mut sampler = LlamaSampler::chain_simple([
            LlamaSampler::grammar(&self.model, grammar, "root").context("grammar")?,
            LlamaSampler::greedy(),
        ]);
        let mut bytes = Vec::new();
        let mut batch = LlamaBatch::new(1, 1);
        for (position, _) in (tokens.len()..).zip(0..limit) {
            let token = sampler.sample(&context, last);
            if self.model.vocab().is_eog(token) {
                break;
            }
            bytes.extend(self.model.vocab().token_to_piece(token, false, None));
            if Instant::now() > until {
                bail!("out of time after {} tokens", bytes.len());
            }
            batch.clear();
            batch.add(token, i32::try_from(position)?, &[0], true).context("batch")?;
            context.decode(&mut batch).context("decode")?;
            last = 0;
        }
        String::from_utf8(bytes).context("the answer is no text")
    }

    fn context(&self) -> anyhow::Result<LlamaContext<'_>> {
        let parameters = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(CONTEXT))
            .with_n_batch(BATCH as u32)
            .with_n_ubatch(BATCH as u32)
            .with_n_threads(THREADS)
            .with_n_threads_batch(THREADS);
        self.model.new_context(self.backend, parameters).context("no memory for the model's context")
    }
}

/// Evaluates a prompt; gives the index of the last logits.
fn prefill(context: &mut LlamaContext<'_>, tokens: &[LlamaToken], until: Instant) -> anyhow::Result<i32> {
    let mut last = 0;
    let mut position = 0;
    for chunk in tokens.chunks(BATCH) {
        let mut batch = LlamaBatch::new(BATCH, 1);
        for (index, token) in chunk.iter().enumerate() {
            let end = position + 1 == tokens.len();
            batch.add(*token, i32::try_from(position)?, &[0], end).context("batch")?;
            position += 1;
            last = i32::try_from(index)?;
        }
        context.decode(&mut batch).context("decode")?;
        if Instant::now() > until {
            bail!("out of time after {position} of {} prompt tokens", tokens.len());
        }
    }
    Ok(last)
}

/// The moment so many milliseconds from now.
pub(crate) fn deadline(milliseconds: u64) -> Instant {
    // An answer that comes a little early is worth more than a worker that is killed for being late.
    Instant::now() + Duration::from_millis(milliseconds.saturating_mul(9) / 10)
}
