//! `fieldwright-speech`: the worker process around whisper.cpp. It turns sound into words; what they mean is not its affair.
//! Must not know manuals, commands or microphones.

use std::{
    io::{self, stdin, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::bail;
use crossbeam_channel::{Receiver, bounded};
use fieldwright_workers::{
    message::{self, Incoming, Request, Said},
    speech::{SpeechReply, SpeechTask},
};

mod call;
mod decoder;
mod engine;
mod forks;
mod phrases;
mod words;

use call::Calls;

/// Requests that may wait inside this process; the client sends one at a time.
const WAITING: usize = 4;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [model, name] => serve(&PathBuf::from(model), name),
        _ => Err(anyhow::anyhow!("usage: fieldwright-speech MODEL.bin NAME")),
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
    let mut engine = match engine::Engine::load(path, threads()) {
        Ok(engine) => engine,
        Err(error) => {
            // A restart would read the same file again.
            let message = format!("{error:#}");
            message::write(&mut out, &Said::<SpeechReply>::Useless { message: message.clone() })?;
            bail!("{message}");
        }
    };
    let calls = Arc::new(Calls::default());
    let requests = listen(&calls)?;
    message::write(&mut out, &Said::<SpeechReply>::Ready { model: name.to_owned() })?;
    for request in requests {
        let Request { id, deadline_ms, task } = request?;
        let done = match engine.transcribe(&task, &calls.begin(id, deadline_ms)) {
            Ok(reply) => Said::Done { id, reply: Some(reply), trouble: None },
            Err(error) => Said::Done { id, reply: None, trouble: Some(format!("{error:#}")) },
        };
        message::write(&mut out, &done)?;
    }
    Ok(())
}

/// Reads on a thread of its own, so that a request can be called off while it is being worked on.
fn listen(calls: &Arc<Calls>) -> io::Result<Receiver<io::Result<Request<SpeechTask>>>> {
    let (sender, requests) = bounded(WAITING);
    let calls = Arc::clone(calls);
    std::thread::Builder::new().name("listen".to_owned()).spawn(move || {
        let mut input = stdin().lock();
        loop {
            match message::read::<Incoming<SpeechTask>>(&mut input) {
                Ok(Some(Incoming::Ask(request))) => {
                    if sender.send(Ok(request)).is_err() {
                        return;
                    }
                }
                Ok(Some(Incoming::Cancel { cancel })) => calls.cancel(cancel),
                Ok(None) => return calls.close(),
                Err(error) => {
                    calls.close();
                    // Nobody is left to tell where the other end is gone.
                    drop(sender.send(Err(error)));
                    return;
                }
            }
        }
    })?;
    Ok(requests)
}

/// All cores but the one that draws, two where there are no more: an utterance is short and somebody waits for it.
fn threads() -> i32 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    i32::try_from(cores.saturating_sub(1).clamp(1, 4)).unwrap_or(1)
}

#[expect(clippy::print_stderr, reason = "standard error is this worker's log")]
fn report(line: &str) {
    eprintln!("{line}");
}
