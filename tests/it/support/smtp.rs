//! A real mail server on a free port of this machine. Its threads live as long as the process.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder, response};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::ReceivedMail;

/// What the server has seen, and how it answers. Clones share it.
#[derive(Clone)]
pub(crate) struct SmtpServer {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
    data: Vec<u8>,
    recipients: Vec<String>,
}

#[derive(Default)]
struct State {
    refusal: Option<(u16, &'static str)>,
    password: Option<&'static str>,
    mails: Vec<(Vec<String>, ReceivedMail)>,
    logins: Vec<String>,
    connections: usize,
}

impl SmtpServer {
    /// Takes all mail, without encryption.
    pub(crate) fn start() -> Self {
        Self::serve(SessionBuilder::new("mail.test"), None)
    }

    /// Takes mail only after `STARTTLS`, with a certificate of [`SmtpServer::authority`], and a login with this password.
    pub(crate) fn with_login(password: &'static str) -> Self {
        let mut sessions = SessionBuilder::new("mail.test");
        sessions.enable_start_tls().enable_auth(AuthMechanism::Plain);
        let certificate = CertificateDer::from_pem_file(tls_file("certificate.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(tls_file("key.pem")).unwrap();
        let tls = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let server = Self::serve(sessions, Some(tls.into()));
        server.state().password = Some(password);
        server
    }

    /// The file with the certificate of the authority behind that of [`SmtpServer::with_login`].
    pub(crate) fn authority() -> String {
        tls_file("authority.pem")
    }

    fn serve(sessions: SessionBuilder, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, state: Arc::default(), data: Vec::new(), recipients: Vec::new() };
        let handler = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let session = sessions.build(address.ip(), handler.clone());
                let tls = tls.clone();
                // A client that goes away ends its own conversation only.
                thread::spawn(move || converse(stream?, session, tls));
            }
        });
        server
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Answers so to whom every further mail is for; `None` to take it.
    pub(crate) fn refuse(&self, answer: Option<(u16, &'static str)>) {
        self.state().refusal = answer;
    }

    /// The mails that were taken, each with whom it was for on the envelope.
    pub(crate) fn mails(&self) -> Vec<(Vec<String>, ReceivedMail)> {
        self.state().mails.clone()
    }

    /// `user:password` of every login that was tried.
    pub(crate) fn logins(&self) -> Vec<String> {
        self.state().logins.clone()
    }

    /// How often somebody has said who he is.
    pub(crate) fn greetings(&self) -> usize {
        self.state().connections
    }
}

impl Handler for SmtpServer {
    fn helo(&mut self, _: IpAddr, _: &str) -> Response {
        self.state().connections += 1;
        response::OK
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        let mut state = self.state();
        state.logins.push(format!("{user}:{password}"));
        if state.password == Some(password) {
            return response::AUTH_OK;
        }
        // As the worst of servers would.
        Response::custom(535, format!("{password} is not the password"))
    }

    fn rcpt(&mut self, _: &str) -> Response {
        // Not at the end of the data: after a refusal there the server goes on reading data.
        let refusal = self.state().refusal;
        refusal.map_or(response::OK, |(code, text)| Response::custom(code, text.to_owned()))
    }

    fn data_start(&mut self, _: &str, _: &str, _: bool, to: &[String]) -> Response {
        self.recipients = to.to_vec();
        self.data.clear();
        response::START_DATA
    }

    fn data(&mut self, data: &[u8]) -> io::Result<()> {
        self.data.extend_from_slice(data);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let mut state = self.state.lock().unwrap();
        state.mails.push((self.recipients.clone(), ReceivedMail::parse(&self.data)));
        response::OK
    }
}

fn tls_file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/tls").join(name);
    path.to_str().unwrap().to_owned()
}

/// One connection, from the greeting to its end.
fn converse(
    mut stream: TcpStream,
    mut session: Session<SmtpServer>,
    tls: Option<Arc<ServerConfig>>,
) -> io::Result<()> {
    session.greeting().write_to(&mut stream)?;
    if answer_lines(&mut session, &mut stream)? == Action::UpgradeTls {
        let tls = ServerConnection::new(tls.unwrap()).unwrap();
        session.tls_active();
        answer_lines(&mut session, &mut StreamOwned::new(tls, stream))?;
    }
    Ok(())
}

/// Answers line by line until the client closes, or is to go on encrypted.
fn answer_lines(session: &mut Session<SmtpServer>, stream: &mut (impl Read + Write)) -> io::Result<Action> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(Action::Close);
        }
        let answer = session.process(&line);
        if answer.action != Action::NoReply {
            answer.write_to(reader.get_mut())?;
            reader.get_mut().flush()?;
        }
        if matches!(answer.action, Action::Close | Action::UpgradeTls) {
            return Ok(answer.action);
        }
    }
}
