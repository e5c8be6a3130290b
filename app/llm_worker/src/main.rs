//! `fieldwright-llm`: answers model tasks over stdin and stdout with one model. It chooses and words; what it says is
//! verified elsewhere. Must not know manuals, users or the state of a repair.

use std::{
    io::{stdin, stdout},
    path::PathBuf,
    process::ExitCode,
};

use fieldwright_workers::message::{self, Answer, Request};

mod engine;
mod measure;
mod tasks;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [model, name] => serve(&PathBuf::from(model), name),
        [model, name, flag, file] if flag == "--measure" => {
            measure::run(&PathBuf::from(model), name, &PathBuf::from(file))
        }
        _ => Err(anyhow::anyhow!("usage: fieldwright-llm MODEL.gguf NAME [--measure QUESTIONS.jsonl]")),
    }
    .map_or_else(
        |error| {
            report(&format!("{error:#}"));
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

/// Answers requests until the client closes the pipe.
fn serve(model: &std::path::Path, name: &str) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    let backend = engine::backend()?;
    let loaded = match engine::Engine::load(&backend, model) {
        Ok(loaded) => loaded,
        Err(error) => {
            // A restart would read the same file again.
            message::write(&mut out, &Answer::Useless { message: format!("{error:#}") })?;
            return Ok(());
        }
    };
    let mut engine = loaded;
    message::write(&mut out, &Answer::Ready { model: name.to_owned() })?;
    let mut input = stdin().lock();
    while let Some(request) = message::read::<Request>(&mut input)? {
        let done = match tasks::perform(&mut engine, &request.task, request.deadline_ms) {
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

#[expect(clippy::print_stderr, reason = "standard error is this worker's log")]
fn report(line: &str) {
    eprintln!("{line}");
}
