//! A worker that follows a script instead of a model, to test those who supervise one. How it starts is its first argument;
//! how it works is the first word of each request. Must not know any engine.

use std::{
    io::{Result, stdin, stdout},
    path::Path,
};

use fieldwright_guide::model::{Intent, ModelReply, ModelTask};
use fieldwright_workers::message::{Answer, Request, read, write};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let manner = arguments.first().map_or("", String::as_str);
    let mut out = stdout().lock();
    let name = match manner {
        "useless" => return write(&mut out, &Answer::Useless { message: "no such model".to_owned() }),
        "ends" => return Ok(()),
        "dies" => die(),
        "dies-once" => {
            die_once(&arguments)?;
            "reborn".to_owned()
        }
        "hangs" => hang(),
        "bounds" => bounds(),
        _ => "scripted".to_owned(),
    };
    write(&mut out, &Answer::Ready { model: name })?;
    let mut input = stdin().lock();
    while let Some(Request { id, task, .. }) = read::<Request>(&mut input)? {
        let words = match &task {
            ModelTask::Understand { request } => request.as_str(),
            ModelTask::Select { .. } | ModelTask::MapReply { .. } | ModelTask::Word { .. } => "",
        };
        let done = |reply| Answer::Done { id, reply, trouble: None };
        let answer = match words {
            "die" => die(),
            "die-once" => {
                die_once(&arguments)?;
                done(Some(ModelReply::Intent(Intent::AskFact)))
            }
            "hang" => hang(),
            "garbage" => raw(&mut out, b"\x04\0\0\0oops")?,
            "flood" => raw(&mut out, &[0xff; 64])?,
            "print" => raw(&mut out, b"loading the model, please wait\n")?,
            "half" => raw(&mut out, b"\x40\0\0\0{")?,
            "other-id" => Answer::Done { id: id + 1, reply: None, trouble: None },
            "ready-again" => Answer::Ready { model: "again".to_owned() },
            "late" => Answer::Done { id, reply: None, trouble: Some("out of time".to_owned()) },
            "other-shape" => done(Some(ModelReply::Mapped(Some(7)))),
            // The allocator's refusal aborts, as an engine's does.
            "memory" => done(Some(ModelReply::Selected(vec![vec![1_u8; 64 << 30].len()]))),
            _ => done(Some(ModelReply::Intent(Intent::AskFact))),
        };
        write(&mut out, &answer)?;
    }
    Ok(())
}

/// Says something that is no message, and then nothing.
fn raw(out: &mut impl std::io::Write, bytes: &[u8]) -> Result<Answer> {
    out.write_all(bytes)?;
    out.flush()?;
    hang()
}

/// Waits to be killed: without reading what it is sent, and without ending when its input does.
fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

/// The first process with this marker dies.
fn die_once(arguments: &[String]) -> Result<()> {
    let marker = arguments.get(1).map(Path::new).ok_or_else(|| std::io::Error::other("no marker"))?;
    if !marker.exists() {
        std::fs::write(marker, "died")?;
        die();
    }
    Ok(())
}

fn die() -> ! {
    std::process::abort()
}

/// What the supervisor set around this process.
fn bounds() -> String {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let memory = limits.lines().find(|line| line.starts_with("Max address space")).unwrap_or("unlimited");
    let variables = ["OMP_WAIT_POLICY", "GGML_NO_BACKTRACE"].map(|name| std::env::var(name).unwrap_or_default());
    format!("{} {memory}", variables.join(" "))
}
