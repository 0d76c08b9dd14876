//! A real mail server on a free port of this machine. Its thread lives as long as the process.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
};

use mailin_embedded::{AuthMechanism, Handler, Response, Server, SslConfig, response};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

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

/// An authority of our own and its certificate for `localhost`.
pub(crate) struct Certificates {
    dir: TempDir,
}

impl Certificates {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("authority.pem"), authority.pem()).unwrap();
        std::fs::write(dir.path().join("certificate.pem"), certificate.pem()).unwrap();
        std::fs::write(dir.path().join("key.pem"), key.serialize_pem()).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    /// The file with the authority's certificate.
    pub(crate) fn authority(&self) -> PathBuf {
        self.path("authority.pem").into()
    }
}

impl SmtpServer {
    /// Takes all mail, without encryption.
    pub(crate) fn start() -> Self {
        Self::serve(|_| ())
    }

    /// Takes mail only after `STARTTLS` and a login with this password.
    pub(crate) fn with_login(certificates: &Certificates, password: &'static str) -> Self {
        // The server needs one of the two providers that are linked.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (cert_path, key_path) = (certificates.path("certificate.pem"), certificates.path("key.pem"));
        let server = Self::serve(|server| {
            server.with_ssl(SslConfig::SelfSigned { cert_path, key_path }).unwrap();
            server.with_auth(AuthMechanism::Plain);
        });
        server.state().password = Some(password);
        server
    }

    fn serve(configure: impl FnOnce(&mut Server<Self>)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let handler = Self { address, state: Arc::default(), data: Vec::new(), recipients: Vec::new() };
        let mut server = Server::new(handler.clone());
        server.with_tcp_listener(listener);
        configure(&mut server);
        thread::spawn(move || server.serve().unwrap());
        handler
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
