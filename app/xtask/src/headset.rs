//! `cargo xtask xr`: a runtime without a headset to try the product in by hand. Must not know the product's code.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use fieldwright_xtask::{shell::say, xr::Tree, xr_runtime::Runtime};

/// Runs the program in a fresh runtime; without one, prints what a program needs and waits for a line or the end of the input.
pub(crate) fn command(words: &[String]) -> Result<()> {
    let tree = Tree::prepare()?;
    let runtime = Runtime::start(&tree)?;
    let Some((program, arguments)) = words.split_first() else {
        return wait(&tree, &runtime);
    };
    let path = Path::new(program);
    if !path.is_file() {
        bail!("no program at `{program}`\nhint: give its path, e.g. target/debug/fieldwright-shell");
    }
    let status = runtime.command(path).args(arguments).status().with_context(|| format!("cannot start `{program}`"))?;
    if !status.success() {
        bail!("`{program}` failed: {status}");
    }
    Ok(())
}

fn wait(tree: &Tree, runtime: &Runtime) -> Result<()> {
    say(&format!("Monado runs as process {}. In another terminal:\n", runtime.pid()));
    for (name, value) in runtime.environment() {
        say(&format!("export {name}={}", value.display()));
    }
    let prefix: Vec<String> = tree.prefix().iter().map(|word| word.display().to_string()).collect();
    say(&format!("{} PROGRAM ARGUMENTS\n\nEnter ends it.", prefix.join(" ")));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("cannot read the terminal")?;
    Ok(())
}
