//! Messages between client and worker: a length (u32, little-endian) and so many bytes of JSON, over stdin and stdout.
//! Must not know what is asked or answered.

use std::io::{self, Read, Write};

use fieldwright_guide::{
    event::RequestId,
    model::{ModelReply, ModelTask},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What a kind of worker is asked, and what it answers.
pub trait Task: Clone + std::fmt::Debug + Serialize + Send + 'static {
    /// What it answers.
    type Reply: DeserializeOwned + std::fmt::Debug + Send + 'static;
    /// What the worker is called in messages to people.
    const WORKER: &'static str;
    /// True where the worker listens while it works, so that what it does can be called off with [`Incoming::Cancel`].
    const LISTENS: bool;
}

impl Task for ModelTask {
    type Reply = ModelReply;
    const WORKER: &'static str = "language model";
    const LISTENS: bool = false;
}

/// No message is longer: a worker that says so has lost its mind.
pub const MAX_BYTES: usize = 4 << 20;

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request<T = ModelTask> {
    /// Ties the reply.
    pub id: RequestId,
    /// Milliseconds after which nobody waits any more.
    pub deadline_ms: u64,
    /// What to do.
    pub task: T,
}

/// What a listening worker hears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Incoming<T> {
    /// Do this.
    Ask(Request<T>),
    /// Nobody wants the answer any more: end it soon, and answer with nothing.
    Cancel {
        /// Which.
        cancel: RequestId,
    },
}

/// What the language model's worker says.
pub type Answer = Said<ModelReply>;

/// What a worker says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said<R> {
    /// The model is loaded.
    Ready {
        /// Its name.
        model: String,
    },
    /// A request is done.
    Done {
        /// Which.
        id: RequestId,
        /// The reply; `None` when the worker could not do it.
        reply: Option<R>,
        /// Why not.
        trouble: Option<String>,
    },
    /// The worker cannot work at all, and a restart would not help: a bad model file.
    Useless {
        /// Why, with what to do.
        message: String,
    },
}

/// Writes one message.
///
/// # Errors
/// When the pipe is closed or the message is too long.
pub fn write(out: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    out.write_all(&frame(message)?)?;
    out.flush()
}

/// One message with its length.
///
/// # Errors
/// When the message is too long.
pub fn frame(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(message).map_err(io::Error::other)?;
    if body.len() > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("message of {} bytes, at most {MAX_BYTES}", body.len()),
        ));
    }
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(body);
    Ok(bytes)
}

/// Reads one message; `None` at the end of the stream.
///
/// # Errors
/// When the stream breaks inside a message, or the message is too long or not understood.
pub fn read<M: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<M>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    let mut body = vec![0; checked_length(length)?];
    input.read_exact(&mut body)?;
    parse(&body).map(Some)
}

/// The length of a message, if it may be so long.
///
/// # Errors
/// When it may not.
pub fn checked_length(bytes: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_le_bytes(bytes) as usize;
    if length > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("message of {length} bytes, at most {MAX_BYTES}"),
        ));
    }
    Ok(length)
}

/// The message in a body.
///
/// # Errors
/// When it is not one.
pub fn parse<M: DeserializeOwned>(body: &[u8]) -> io::Result<M> {
    serde_json::from_slice(body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_round_trip() {
        let request = Request { id: 7, deadline_ms: 100, task: ModelTask::Understand { request: "µ".into() } };
        let bytes = frame(&request).unwrap();
        let mut stream = bytes.as_slice();
        assert_eq!(read::<Request>(&mut stream).unwrap(), Some(request));
        assert_eq!(read::<Request>(&mut stream).unwrap(), None);
    }

    #[test]
    fn bad_streams_are_errors() {
        assert!(read::<Request>(&mut [255, 255, 255, 255, 0].as_slice()).is_err(), "too long");
        assert!(read::<Request>(&mut [9, 0, 0, 0, b'{'].as_slice()).is_err(), "cut off");
        assert!(read::<Request>(&mut [2, 0, 0, 0, b'{', b'}'].as_slice()).is_err(), "not a request");
    }
}
