//! A server under test: a child process that tells its address when it listens.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use crate::Fallible;

/// What both servers write before their address.
const ANNOUNCEMENT: &str = "listening on http://";

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Process,
}

/// A child that does not outlive us.
struct Process(Child);

impl Server {
    /// Starts `program` without any variable of ours, and waits until it listens. What it writes afterwards is shown.
    pub(crate) fn start(program: &Path, args: &[&str]) -> Fallible<Self> {
        let mut command = Command::new(program);
        command.args(args).env_clear().stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = Process(command.spawn().map_err(|error| format!("{}: {error}", program.display()))?);
        let mut lines = BufReader::new(child.0.stderr.take().ok_or("no standard error")?).lines();
        let mut before = Vec::new();
        let address = loop {
            let Some(line) = lines.next().transpose()? else {
                return Err(format!("{} did not start:\n{}", program.display(), before.join("\n")).into());
            };
            match line.split_once(ANNOUNCEMENT) {
                Some((_, address)) => break address.trim().parse()?,
                None => before.push(line),
            }
        };
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| eprintln!("{line}")));
        Ok(Self { address, child })
    }

    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.0.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
