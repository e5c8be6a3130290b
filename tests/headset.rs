//! The headset's inputs in a true OpenXR session: Monado runs without a headset, its remote driver moves head, controllers and
//! fingers. Where the runtime is not prepared (`cargo xtask xr-setup`), the tests say so and pass, except in `cargo xtask test`.

use std::{net::TcpStream, process::Stdio};

use fieldwright_scenarios::xr;
use fieldwright_xtask::xr_runtime::{REMOTE_PORT, Runtime, remote_command};

/// The driver that is moved from outside listens on every address; nothing outside the service's own network may reach it.
#[test]
fn the_remote_driver_is_reached_from_its_own_network_only() {
    let Some(tree) = xr::tree() else { return };
    let taken_already = TcpStream::connect(("127.0.0.1", REMOTE_PORT)).is_ok();
    let runtime = Runtime::start(&tree).unwrap();
    let from_here = TcpStream::connect(("127.0.0.1", REMOTE_PORT)).is_ok();
    assert!(taken_already || !from_here, "the driver listens to this machine's network");
    let greeting = remote_command(runtime.pid()).stdin(Stdio::null()).output().unwrap();
    assert_eq!(greeting.stdout.len(), 376, "{}", String::from_utf8_lossy(&greeting.stderr));
}

/// A killed service is gone without a word, and one started again in its place is found at the same address.
#[test]
fn the_service_is_killed_and_comes_back() {
    let Some(tree) = xr::tree() else { return };
    let mut runtime = Runtime::start(&tree).unwrap();
    let (folder, first) = (runtime.folder().to_owned(), runtime.pid());
    runtime.kill().unwrap();
    assert!(std::os::unix::net::UnixStream::connect(folder.join("monado_comp_ipc")).is_err());
    runtime.restart().unwrap();
    assert_ne!(runtime.pid(), first);
    assert!(std::os::unix::net::UnixStream::connect(folder.join("monado_comp_ipc")).is_ok());
    drop(runtime);
    assert!(!folder.exists(), "the service's folder is left behind");
}
