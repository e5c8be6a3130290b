//! `fieldwright-llm`: answers model tasks over stdin and stdout with one model. It chooses; what it says is verified
//! elsewhere. Must not know manuals, users or the state of a repair.

use std::{
    io::{stdin, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::bail;
use fieldwright_workers::message::{self, Answer, Request};

mod engine;
mod measure;
mod tasks;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [model, name] => serve(&PathBuf::from(model), name),
        [model, name, flag, file] if flag == "--measure" => measure(Path::new(model), name, Path::new(file)),
        _ => Err(anyhow::anyhow!("usage: fieldwright-llm MODEL.gguf NAME [--measure CASES.jsonl]")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Answers requests until the client closes the pipe.
fn serve(path: &Path, name: &str) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    let backend = engine::backend()?;
    let loaded = engine::load(&backend, path);
    let engine = loaded
        .as_ref()
        .map_err(|error| format!("{error:#}"))
        .and_then(|model| engine::Engine::new(&backend, model, threads()).map_err(|error| format!("{error:#}")));
    let mut engine = match engine {
        Ok(engine) => engine,
        Err(message) => {
            // A restart would read the same file again.
            message::write(&mut out, &Answer::Useless { message: message.clone() })?;
            bail!("{message}");
        }
    };
    message::write(&mut out, &Answer::Ready { model: name.to_owned() })?;
    let mut input = stdin().lock();
    while let Some(request) = message::read::<Request>(&mut input)? {
        let done = match tasks::perform(&mut engine, &request.task, engine::deadline(request.deadline_ms)) {
            Ok(reply) => Answer::Done { id: request.id, reply: Some(reply), trouble: None },
            Err(error) => {
                report(&format!("request {}: {error:#}", request.id));
                Answer::Done { id: request.id, reply: None, trouble: Some(format!("{error:#}")) }
            }
        };
        message::write(&mut out, &done)?;
    }
    Ok(())
}

fn measure(path: &Path, name: &str, cases: &Path) -> anyhow::Result<()> {
    let backend = engine::backend()?;
    let model = engine::load(&backend, path)?;
    measure::run(&backend, &model, threads(), name, cases)
}

/// All cores but the one that draws, and no more than help: generation is bound by memory.
fn threads() -> i32 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    i32::try_from(cores.saturating_sub(1).clamp(1, 4)).unwrap_or(1)
}

#[expect(clippy::print_stderr, reason = "standard error is this worker's log")]
fn report(line: &str) {
    eprintln!("{line}");
}
