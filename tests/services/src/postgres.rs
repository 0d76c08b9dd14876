//! A private PostgreSQL server.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, chown},
    path::Path,
    process::{Command, Stdio},
};

use crate::daemon::{Daemon, User, find, free_port};

/// A PostgreSQL server of our own. It trusts every local user and keeps nothing when the machine loses power.
pub struct Postgres {
    port: u16,
    daemon: Daemon,
}

impl Postgres {
    /// Starts a server on a free port.
    pub fn start() -> io::Result<Self> {
        let (initdb, postgres, pg_isready) = (
            find("initdb", "postgresql")?,
            find("postgres", "postgresql")?,
            find("pg_isready", "postgresql")?,
        );
        let dir = tempfile::Builder::new().prefix("bodega-postgres-").tempdir()?.keep();
        let user = unprivileged_user(&dir)?;
        let data = dir.join("data");
        let mut init = Command::new(initdb);
        init.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync"]);
        init.arg("--pgdata").arg(&data).current_dir(&dir).stdout(Stdio::null());
        if let Some(user) = user {
            std::os::unix::process::CommandExt::uid(&mut init, user.uid);
            std::os::unix::process::CommandExt::gid(&mut init, user.gid);
        }
        if !init.status()?.success() {
            return Err(io::Error::other("initdb failed"));
        }
        let port = free_port()?;
        let settings = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
            "max_connections=300",
        ];
        let mut args = vec!["-D".to_owned(), data.display().to_string(), "-p".to_owned(), port.to_string()];
        args.extend(settings.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
        let is_ready = || {
            let mut probe = Command::new(&pg_isready);
            probe.args(["-q", "-h", "127.0.0.1", "-p"]).arg(port.to_string());
            probe.status().is_ok_and(|status| status.success())
        };
        // SIGQUIT is PostgreSQL's "immediate shutdown".
        let daemon = Daemon::start(&postgres, &args, &dir, "QUIT", user, is_ready)?;
        Ok(Self { port, daemon })
    }

    /// The URL of the database called `name`.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// The process whose descendants the server's processes are.
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }
}

/// PostgreSQL refuses to run as root: then its own user runs it, and owns the directory.
fn unprivileged_user(dir: &Path) -> io::Result<Option<User>> {
    if fs::metadata(dir)?.uid() != 0 {
        return Ok(None);
    }
    let id = |flag| -> io::Result<u32> {
        let output = Command::new("id").args([flag, "postgres"]).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().map_err(|_| io::Error::other("there is no user `postgres` to run PostgreSQL as"))
    };
    let user = User { uid: id("-u")?, gid: id("-g")? };
    chown(dir, Some(user.uid), Some(user.gid))?;
    Ok(Some(user))
}
