//! Whether a window could open: the X display that `DISPLAY` names, and whether anything answers there. The window's own
//! library stops the program when nothing does, so it is asked first. Must not know windows.

use std::{
    net::{SocketAddr, TcpStream, ToSocketAddrs as _},
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr as UnixAddr, UnixStream},
    },
    time::Duration,
};

use anyhow::{Context as _, bail};

/// Port of display 0; display N is N above it.
const FIRST_PORT: u16 = 6000;
/// How long a display on another machine may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The display that a window would open on.
///
/// # Errors
/// When `DISPLAY` is not set, names no display, or nothing answers there.
pub(crate) fn find() -> anyhow::Result<String> {
    let name = std::env::var("DISPLAY").unwrap_or_default();
    if name.is_empty() {
        bail!("no X display: `DISPLAY` is not set");
    }
    let place = place_of(&name).with_context(|| format!("`DISPLAY` is `{name}`, which names no X display"))?;
    if !place.answers() {
        bail!("nothing answers at the X display `{name}`");
    }
    Ok(name)
}

/// Where a display listens.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// On this machine, by number.
    Here(u16),
    /// On a machine of this name.
    There(String, u16),
}

impl Place {
    fn answers(&self) -> bool {
        match self {
            Self::Here(number) => {
                let path = format!("/tmp/.X11-unix/X{number}");
                let hidden = UnixAddr::from_abstract_name(&path).and_then(|address| UnixStream::connect_addr(&address));
                hidden.is_ok() || UnixStream::connect(path).is_ok()
            }
            Self::There(host, number) => {
                let Some(port) = FIRST_PORT.checked_add(*number) else { return false };
                let addresses: Vec<SocketAddr> =
                    (host.as_str(), port).to_socket_addrs().into_iter().flatten().collect();
                addresses.iter().any(|address| TcpStream::connect_timeout(address, PATIENCE).is_ok())
            }
        }
    }
}

/// Reads `[HOST]:NUMBER[.SCREEN]`.
fn place_of(name: &str) -> Option<Place> {
    let (host, rest) = name.rsplit_once(':')?;
    let number = rest.split('.').next()?.parse().ok()?;
    // Some systems write `unix:0` or `host/unix:0` for this machine.
    if host.is_empty() || host == "unix" || host.ends_with("/unix") {
        return Some(Place::Here(number));
    }
    Some(Place::There(host.trim_matches(['[', ']']).to_owned(), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_are_read() {
        assert_eq!(place_of(":0"), Some(Place::Here(0)));
        assert_eq!(place_of("unix:12.1"), Some(Place::Here(12)));
        assert_eq!(place_of("localhost:10.0"), Some(Place::There("localhost".to_owned(), 10)));
        assert_eq!(place_of("[::1]:3"), Some(Place::There("::1".to_owned(), 3)));
        for wrong in ["", "0", ":", ":x", ":-1", ":99999999"] {
            assert_eq!(place_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_display_answers_where_something_listens() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // Ports that the system hands out lie above the displays' own.
        let number = port.checked_sub(FIRST_PORT).unwrap();
        let place = Place::There("127.0.0.1".to_owned(), number);
        assert!(place.answers());
        drop(listener);
        assert!(!place.answers());
        assert!(!Place::There("127.0.0.1".to_owned(), u16::MAX).answers(), "no such port");
        assert!(!Place::Here(64_999).answers());
    }
}
