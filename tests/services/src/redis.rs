//! A private Redis server.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

use crate::daemon::{Daemon, find, free_port};

/// A Redis server of our own. It keeps nothing when it ends.
pub struct Redis {
    port: u16,
    _daemon: Daemon,
}

impl Redis {
    /// Starts a server on a free port.
    pub fn start() -> io::Result<Self> {
        Self::start_on(free_port()?)
    }

    /// Starts a server on the port that another one has left.
    pub fn start_on(port: u16) -> io::Result<Self> {
        let server = find("redis-server", "redis-server")?;
        let dir = tempfile::Builder::new().prefix("bodega-redis-").tempdir()?.keep();
        let args = ["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"];
        let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let daemon = Daemon::start(&server, &args, &dir, "TERM", None, || answers(port).unwrap_or(false))?;
        Ok(Self { port, _daemon: daemon })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

fn answers(port: u16) -> io::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer)?;
    Ok(&answer == b"+PONG")
}
