//! One running Monado: software compositor, the driver whose head, controllers and fingers are set over TCP, and a network
//! namespace of its own, since that driver listens on every address. Must not know the product's code.

use std::{
    ffi::OsString,
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::{shell::succeeds, xr::Tree};

/// Where the driver that is set from outside listens, in the runtime's own network namespace.
pub const REMOTE_PORT: u16 = 4242;

/// How long the service may take until it says that it has started. It compiles shaders on the processor.
const START_DEADLINE: Duration = Duration::from_mins(2);

/// What the service prints when clients can come.
const STARTED: &str = "The Monado service has started";

/// The variable that names the service to a program run in it, so that it can reach the remote driver.
pub const PID_VARIABLE: &str = "FIELDWRIGHT_XR_PID";

/// A running service. It ends when this is dropped, and when the thread that started it ends.
#[derive(Debug)]
pub struct Runtime {
    tree: Tree,
    folder: PathBuf,
    service: Child,
    drained: Option<std::thread::JoinHandle<()>>,
}

impl Runtime {
    /// Starts the service and waits until it has said that it listens.
    ///
    /// # Errors
    /// When its network cannot be contained, or it does not come up; the end of its log is in the error.
    pub fn start(tree: &Tree) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // Short: the path of a Unix socket has 108 bytes at most.
        let folder = std::env::temp_dir().join(format!("fieldwright-xr-{}-{count}", std::process::id()));
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        private(&folder)?;
        let (service, drained) = serve(tree, &folder)?;
        Ok(Self { tree: tree.clone(), folder, service, drained: Some(drained) })
    }

    /// The service's process.
    pub fn pid(&self) -> u32 {
        self.service.id()
    }

    /// Its private folder: `XDG_RUNTIME_DIR` of every program that shall find it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// What a program must have in its environment to find this runtime.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let mut environment = self.tree.environment();
        environment.push(("XDG_RUNTIME_DIR", self.folder.clone().into()));
        environment.push((PID_VARIABLE, self.pid().to_string().into()));
        environment
    }

    /// The program, to be run in this runtime. It stays in this machine's network; only the service is apart.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = self.tree.command(program);
        command.envs(self.environment());
        command
    }

    /// Ends the service as a crash would: no warning to its clients.
    ///
    /// # Errors
    /// When the process cannot be ended.
    pub fn kill(&mut self) -> Result<()> {
        self.service.kill().context("cannot end the service")?;
        self.service.wait().context("cannot wait for the service")?;
        if let Some(drained) = self.drained.take()
            && drained.join().is_err()
        {
            bail!("the reader of the service's log failed");
        }
        Ok(())
    }

    /// Starts it again in the same folder, so that the environment of running programs still names it (all but
    /// [`PID_VARIABLE`]).
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn restart(&mut self) -> Result<()> {
        if self.drained.is_some() {
            self.kill()?;
        }
        // What a dead service leaves behind makes the next one believe that it still runs.
        for stale in ["monado.pid", "monado_comp_ipc"] {
            let stale = self.folder.join(stale);
            if stale.exists() {
                fs::remove_file(&stale).with_context(|| format!("cannot remove {}", stale.display()))?;
            }
        }
        let (service, drained) = serve(&self.tree, &self.folder)?;
        self.service = service;
        self.drained = Some(drained);
        Ok(())
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if self.drained.is_some() && self.kill().is_err() {
            // Nothing is left to do about a process that cannot be ended; its own death signal ends it with ours.
            return;
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// A program that carries bytes from its input to the remote driver of the service with this process number, and what the driver
/// says first to its output: the driver is reached from nowhere else.
pub fn remote_command(service_pid: u32) -> Command {
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{REMOTE_PORT} && head -c 376 <&3 && exec cat >&3");
    let mut command = Command::new("nsenter");
    command.args(["--target", &service_pid.to_string(), "--user", "--net", "--preserve-credentials"]);
    command.args(["--", "bash", "-c", &script]);
    command
}

fn serve(tree: &Tree, folder: &Path) -> Result<(Child, std::thread::JoinHandle<()>)> {
    if !succeeds(Command::new("unshare").args(["--map-root-user", "--net", "true"])) {
        bail!(
            "this machine does not let a process have a network of its own, and Monado's remote driver would listen on every \
             address\nhint: allow user namespaces (sysctl kernel.unprivileged_userns_clone=1; in a container, \
             --security-opt seccomp=unconfined)"
        );
    }
    // Brings up loopback, then becomes the service: one process number from first to last. The death signal is set inside
    // the namespace, because entering one clears it.
    let script = "\"$@\" \"$IP_PROGRAM\" link set lo up && exec \"$@\" \"$SERVICE_PROGRAM\"";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "setpriv", "--pdeathsig", "KILL", "sh", "-c", script, "sh"]);
    command.args(tree.prefix());
    command.env("IP_PROGRAM", tree.program("ip")).env("SERVICE_PROGRAM", tree.program("monado-service"));
    command.envs(tree.environment());
    command
        .env("XDG_RUNTIME_DIR", folder)
        .env("XRT_NO_STDIN", "1")
        .env("XRT_COMPOSITOR_NULL", "1")
        .env("P_OVERRIDE_ACTIVE_CONFIG", "remote");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut service = command.spawn().context("cannot start `unshare`\nhint: apt-get install util-linux")?;
    let errors = service.stderr.take().context("invariant: the service's errors are piped")?;
    let log = folder.join("log");
    let file = fs::OpenOptions::new().create(true).append(true).open(&log);
    let file = file.with_context(|| format!("cannot write {}", log.display()))?;
    let (said, heard) = mpsc::sync_channel(1);
    let drained = std::thread::spawn(move || drain(errors, file, &said));
    if heard.recv_timeout(START_DEADLINE).is_err() {
        drop(service.kill());
        drop(service.wait());
        let text = fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(8)..].join("\n  ");
        bail!("Monado did not start; the end of its log:\n  {end}");
    }
    Ok((service, drained))
}

/// Writes the log, says once that the service has started, and goes on so that the service never waits for a full pipe. The
/// channel closes when the service ends.
fn drain(errors: std::process::ChildStderr, mut log: fs::File, said: &mpsc::SyncSender<()>) {
    let mut reader = BufReader::new(errors);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line without an end must not fill the memory.
        match reader.by_ref().take(1 << 16).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                drop(std::io::Write::write_all(&mut log, &line));
                // Nobody waits for a second one.
                if String::from_utf8_lossy(&line).contains(STARTED) && said.try_send(()).is_err() {
                    line.clear();
                }
            }
        }
    }
}

fn private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .with_context(|| format!("cannot make {} private", folder.display()))
}
