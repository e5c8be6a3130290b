//! whisper.cpp behind a small face: load a model, turn one utterance into words. Must not know messages.
//!
//! Everything that would make the native code abort is checked before it is called: the file from its first byte to its
//! last, the length of the sound, that its samples are numbers, the context's size. Of the crate's calls, the grammar
//! (crashes) and the safe abort callback (unsound) are never used.

use std::{ffi::c_void, path::Path, sync::Arc, time::Instant};

use anyhow::{Context as _, bail, ensure};
use fieldwright_guide::ggml::{self, Header};
use fieldwright_workers::speech::{LONGEST_S, RATE_HZ, SpeechReply, SpeechTask};
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState, install_logging_hooks,
};

use crate::{
    call::{Call, Calls},
    decoder::Decoder,
    forks::{self, Text},
    phrases::{self, Spelled},
    words::{self, Piece},
};

/// Samples to a position of sound.
const SAMPLES_A_POSITION: usize = 320;
/// Silence after the utterance that the model sees, positions: words that end with the sound are else cut.
const AFTER: usize = 24;
/// The context comes in such steps. For a network as wide as whisper's own, whose smallest has this width, it is never smaller
/// than that: they know none so short. A narrower one was trained for short sounds, as the embedded one.
const CONTEXT_STEP: usize = 64;
const WHISPERS_OWN: u32 = 384;
const LEAST_OF_WHISPERS_OWN: usize = 256;
/// Multiplications for a token in the smallest of whisper's own models, and the places that any model looks at.
const COST_OF_TINY: u64 = 384 * (51_864 + 16 * 4 * 384);
const LEAST_PLACES: usize = 8;
/// Tokens of the prompt at most, well below half of the text context.
const PROMPT_TOKENS: usize = 96;
/// Tokens a second of speech at most, and a few more: a model that goes on is in a loop.
const TOKENS_A_SECOND: f64 = 12.0;
/// Nothing was said where the model holds silence for more likely than this; already from the lower where it is not sure of
/// its words.
const NO_SPEECH: f32 = 0.85;
const NO_SPEECH_UNSURE: f32 = 0.6;
const UNSURE_LOG: f64 = -1.0;
/// Phrases are short: longer utterances are not looked at for them, seconds.
const LONGEST_PHRASE_S: f64 = 8.0;
/// The loudest sample of what counts as silence, of 32,768: below the noise of any microphone.
const SILENT: u16 = 16;

/// A loaded model.
pub(crate) struct Engine {
    context: WhisperContext,
    state: WhisperState,
    spelled: Spelled,
    header: Header,
    threads: i32,
}

impl Engine {
    /// Loads a model file, after it has been read in safe code, and tries it once: what it would die of, it dies of now.
    ///
    /// # Errors
    /// When the file is missing, damaged or cannot be evaluated.
    pub(crate) fn load(path: &Path, threads: i32) -> anyhow::Result<Self> {
        install_logging_hooks();
        let header = ggml::check_file(path)?;
        let mut parameters = WhisperContextParameters::default();
        parameters.use_gpu(false);
        let refused = || {
            format!(
                "cannot load speech model `{}`: whisper.cpp refuses it\nhint: fieldwright models add PATH, with another whisper.cpp model",
                path.display()
            )
        };
        let context = WhisperContext::new_with_params(path, parameters).with_context(refused)?;
        let state = context.create_state().context("no memory for the speech model's state")?;
        let spelled = Spelled::new(&context);
        let mut engine = Self { context, state, spelled, header, threads };
        let second = vec![0.0; RATE_HZ as usize];
        let soon = Arc::new(Calls::default()).begin(0, 60_000);
        engine.run(&second, fitted(second.len(), &engine.header), &[], 4, &soon).with_context(refused)?;
        Ok(engine)
    }

    /// The words of an utterance.
    ///
    /// # Errors
    /// When it is too long, or the call has ended.
    pub(crate) fn transcribe(&mut self, task: &SpeechTask, call: &Call) -> anyhow::Result<SpeechReply> {
        let started = Instant::now();
        let seconds = task.sound.seconds();
        ensure!(seconds <= LONGEST_S, "an utterance of {seconds:.1} s, at most {LONGEST_S} s");
        if task.sound.0.iter().all(|sample| sample.unsigned_abs() <= SILENT) {
            return Ok(SpeechReply { no_speech: 1.0, ..SpeechReply::default() });
        }
        let mut samples = task.sound.to_f32();
        // The engine passes over what is shorter than a tenth of a second.
        let shortest = RATE_HZ as usize / 2;
        samples.resize(samples.len().max(shortest), 0.0);
        let context =
            if task.whole_window { self.header.n_audio_ctx as usize } else { fitted(samples.len(), &self.header) };
        let prompt = self.prompt(&task.prompt);
        let most = (seconds * TOKENS_A_SECOND) as i32 + 12;
        self.run(&samples, context, &prompt, most, call)?;
        let (heard, no_speech) = self.read();
        let mut reply = SpeechReply { no_speech, ..SpeechReply::default() };
        let mut pieces = self.pieces(&heard, no_speech);
        if !task.interim && !pieces.is_empty() && seconds <= LONGEST_PHRASE_S {
            let (state, context) = (&mut self.state, &self.context);
            let mut decoder = Decoder::new(state, context, self.threads, call);
            // With words of the work before it a text is judged otherwise than without them here.
            let alone = prompt.is_empty();
            let end = decoder.end;
            let writable = |token| alone && (token == end || context.token_to_bytes(token).is_ok_and(words::writable));
            let beside = places(forks::PLACES, &self.header);
            let text = forks::likeliest(&mut |tokens| decoder.after(tokens), end, &heard, beside, &writable)?;
            if !task.phrases.0.is_empty() {
                reply.log = text.log();
                let (graph, most) = (&task.phrases.0, places(phrases::PLACES, &self.header));
                reply.phrases = phrases::likely(&mut decoder, context, &mut self.spelled, graph, reply.log, most)?;
            }
            if alone {
                pieces = self.pieces(&text, no_speech);
            }
        }
        words::place(&mut pieces, words::voiced(&samples));
        let words = words::join(&pieces, seconds);
        reply.text = words.iter().map(|word| word.word.as_str()).collect::<Vec<_>>().join(" ");
        reply.words = if task.interim { Vec::new() } else { words };
        reply.ms = started.elapsed().as_secs_f64() * 1e3;
        Ok(reply)
    }

    /// One pass of encoder and decoder over the sound.
    fn run(
        &mut self,
        samples: &[f32],
        context: usize,
        prompt: &[i32],
        most_tokens: i32,
        call: &Call,
    ) -> anyhow::Result<()> {
        let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        parameters.set_n_threads(self.threads);
        parameters.set_audio_ctx(i32::try_from(context)?);
        parameters.set_max_tokens(most_tokens);
        parameters.set_language(Some("en"));
        parameters.set_single_segment(true);
        parameters.set_no_timestamps(true);
        parameters.set_no_context(true);
        parameters.set_suppress_blank(true);
        parameters.set_suppress_nst(true);
        // One try: a second at another temperature makes up words.
        parameters.set_temperature_inc(0.0);
        parameters.set_print_progress(false);
        parameters.set_print_realtime(false);
        parameters.set_print_special(false);
        parameters.set_print_timestamps(false);
        parameters.set_tokens(prompt);
        watch(&mut parameters, call);
        let ran = self.state.full(parameters, samples);
        if let Some(why) = call.ended() {
            bail!("{why}");
        }
        ran.context("whisper.cpp could not evaluate the sound")
    }

    /// Tokens of the words that are likely, the last ones where there are too many.
    fn prompt(&self, words: &str) -> Vec<i32> {
        let words: String = words.chars().filter(|c| !c.is_control()).collect();
        if words.trim().is_empty() {
            return Vec::new();
        }
        // A token is at least a byte, so that the room is always enough.
        let mut tokens = self.context.tokenize(&format!(" {}", words.trim()), words.len() + 8).unwrap_or_default();
        let kept = PROMPT_TOKENS.min(self.header.n_text_ctx as usize / 4);
        tokens.drain(..tokens.len().saturating_sub(kept));
        tokens
    }

    /// The text that the engine found, empty where nothing was said; and how likely it is that nothing was.
    fn read(&self) -> (Text, f32) {
        let end_of_text = self.context.token_eot();
        let mut text = Text::default();
        let mut no_speech = 0.0_f32;
        for segment in self.state.as_iter() {
            no_speech = no_speech.max(segment.no_speech_probability());
            for index in 0..segment.n_tokens() {
                let Some(token) = segment.get_token(index) else { continue };
                // Marks have no sound; the end counts for how sure the model is.
                if token.token_id() < end_of_text {
                    text.tokens.push(token.token_id());
                    text.logs.push(token.token_data().plog);
                }
            }
        }
        let sure = text.tokens.is_empty() || f64::from(text.log()) / text.tokens.len() as f64 > UNSURE_LOG;
        if no_speech > NO_SPEECH || (no_speech > NO_SPEECH_UNSURE && !sure) {
            text = Text::default();
        }
        (text, no_speech)
    }

    /// Its pieces. The likelihoods of a text are those of words if there are any.
    fn pieces(&self, text: &Text, no_speech: f32) -> Vec<Piece> {
        let any = (1.0 - no_speech).clamp(0.0, 1.0);
        let piece = |(token, log): (&i32, &f32)| {
            let bytes = self.context.token_to_bytes(*token).ok()?.to_vec();
            Some(Piece { bytes, likelihood: log.exp() * any, start_s: 0.0, end_s: 0.0 })
        };
        text.tokens.iter().zip(&text.logs).filter_map(piece).collect()
    }
}

/// Of so many places those that a model looks at: a larger one is slower, and needs them less. By its size and not by the clock, so
/// that the same sound always gives the same words.
fn places(most: usize, model: &Header) -> usize {
    let (width, layers) = (u64::from(model.n_text_state), u64::from(model.n_text_layer));
    // Multiplications for a token: the table of tokens, and sixteen square matrices in a layer.
    let cost = width * (u64::from(model.n_vocab) + 16 * layers * width);
    let share = (COST_OF_TINY as f64 / cost.max(1) as f64).min(1.0);
    ((most as f64 * share) as usize).max(LEAST_PLACES)
}

/// The context that so many samples need, positions.
fn fitted(samples: usize, model: &Header) -> usize {
    let needed = (samples.div_ceil(SAMPLES_A_POSITION) + AFTER).next_multiple_of(CONTEXT_STEP);
    let least = if model.n_audio_state < WHISPERS_OWN { CONTEXT_STEP } else { LEAST_OF_WHISPERS_OWN };
    needed.max(least).min(model.n_audio_ctx as usize)
}

/// Lets the engine ask between its steps whether the call is still wanted.
#[expect(unsafe_code, reason = "the crate's safe form of this callback is unsound")]
fn watch(parameters: &mut FullParams<'_, '_>, call: &Call) {
    unsafe extern "C" fn ended(call: *mut c_void) -> bool {
        // SAFETY: set below to a `Call` that outlives the evaluation; it is only read, and may be from several threads.
        unsafe { &*call.cast::<Call>().cast_const() }.ended().is_some()
    }
    // SAFETY: the function has the signature that is asked for, does not unwind, and gets the pointer set beside it: to a
    // `Call` that the caller borrows until after `full` has returned, which is when the parameters are gone.
    unsafe {
        parameters.set_abort_callback(Some(ended));
        parameters.set_abort_callback_user_data(std::ptr::from_ref(call).cast_mut().cast());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_fits_the_utterance_and_never_the_other_way_round() {
        let seconds = |count: usize| count * RATE_HZ as usize;
        let tiny = Header { n_audio_state: 384, n_audio_ctx: 1500, ..Header::default() };
        for (long, expect) in [(0, 256), (1, 256), (3, 256), (5, 320), (10, 576), (29, 1500), (30, 1500)] {
            assert_eq!(fitted(seconds(long), &tiny), expect, "{long} s");
        }
        let narrow = Header { n_audio_state: 160, ..tiny };
        for (long, expect) in [(0, 64), (1, 128), (3, 192), (5, 320), (30, 1500)] {
            assert_eq!(fitted(seconds(long), &narrow), expect, "{long} s");
        }
        assert_eq!(fitted(seconds(30), &Header { n_audio_ctx: 64, ..narrow }), 64, "a model with a small context");
    }

    #[test]
    fn larger_models_look_at_fewer_places() {
        let model =
            |n_text_state, n_text_layer| Header { n_text_state, n_text_layer, n_vocab: 51_864, ..Header::default() };
        let looked =
            [model(160, 2), model(384, 4), model(512, 6), model(768, 12), model(1280, 32)].map(|of| places(64, &of));
        assert_eq!(looked, [64, 64, 36, 12, 8]);
        assert_eq!(places(64, &Header::default()), 64);
    }
}
