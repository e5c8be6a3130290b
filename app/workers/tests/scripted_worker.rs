//! A worker that does what its first argument says, good or bad, for the tests of the client. Must not know any engine.

use std::io::{Write as _, stdin, stdout};

use fieldwright_guide::model::{ModelReply, ModelTask};
use fieldwright_workers::message::{Answer, Request, read, write};

fn main() -> std::io::Result<()> {
    let manner = std::env::args().nth(1).unwrap_or_default();
    let mut out = stdout().lock();
    let mut input = stdin().lock();
    match manner.as_str() {
        "useless" => return write(&mut out, &Answer::Useless { message: "no such model".to_owned() }),
        "nonsense" => return out.write_all(b"Hello, I am not a frame").and_then(|()| out.flush()),
        "dies" => return Ok(()),
        _ => write(&mut out, &Answer::Ready { model: "scripted".to_owned() })?,
    }
    while let Some(request) = read::<Request>(&mut input)? {
        match manner.as_str() {
            // Reads on without ever answering.
            "hangs" => {}
            "crashes" => std::process::abort(),
            "floods" => {
                out.write_all(&u32::MAX.to_le_bytes())?;
                out.flush()?;
            }
            _ => {
                let reply = match request.task {
                    ModelTask::MapReply { .. } => ModelReply::Mapped(Some(1)),
                    ModelTask::Select { passages, .. } => ModelReply::Selected((0..passages.len()).collect()),
                    _ => ModelReply::Worded(Vec::new()),
                };
                write(&mut out, &Answer::Done { id: request.id, reply: Some(reply), trouble: None })?;
            }
        }
    }
    Ok(())
}
