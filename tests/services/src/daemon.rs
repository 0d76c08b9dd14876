//! A server process that does not outlive us.
//!
//! A small shell stands between: it starts the server and waits for its standard input to end. That happens when we
//! drop the [`Daemon`], and also when we crash or are killed, because the kernel closes our end of the pipe.

use std::{
    fs, io,
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const KEEPER: &str = r#"signal=$1; dir=$2; shift 2
"$@" & server=$!
cat > /dev/null
kill -"$signal" "$server" 2> /dev/null
wait "$server"
rm -rf "$dir""#;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(60);

/// A running server and its directory.
pub(crate) struct Daemon {
    keeper: Child,
}

/// A user to run as: its ids.
#[derive(Clone, Copy)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Daemon {
    /// Starts `program` with `args` and waits until `is_ready`. `dir` is removed when it ends by `signal`.
    pub(crate) fn start(
        program: &Path,
        args: &[String],
        dir: &Path,
        signal: &str,
        user: Option<User>,
        is_ready: impl Fn() -> bool,
    ) -> io::Result<Self> {
        let log = fs::File::create(dir.join("server.log"))?;
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper", signal]).arg(dir).arg(program).args(args);
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).process_group(0).current_dir(dir);
        if let Some(user) = user {
            command.uid(user.uid).gid(user.gid);
        }
        let mut daemon = Self { keeper: command.spawn()? };
        let begin = Instant::now();
        while !is_ready() {
            if begin.elapsed() > START || daemon.keeper.try_wait()?.is_some() {
                let log = fs::read_to_string(dir.join("server.log")).unwrap_or_default();
                return Err(io::Error::other(format!("{} did not start:\n{log}", program.display())));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(daemon)
    }

    /// The shell's process id; the server is its child.
    pub(crate) fn pid(&self) -> u32 {
        self.keeper.id()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Finds an installed program, also where Debian keeps PostgreSQL's.
pub(crate) fn find(name: &str, package: &str) -> io::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<_> = std::env::split_paths(&path).collect();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<_> = versions.flatten().map(|entry| entry.path().join("bin")).collect();
        versions.sort();
        places.extend(versions.into_iter().rev());
    }
    places.into_iter().map(|place| place.join(name)).find(|file| file.is_file()).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!("`{name}` is not installed: `apt-get install {package}`"),
        )
    })
}
