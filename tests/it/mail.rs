//! Letters, as they reach a folder or a mail server.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    sync::{Arc, Mutex},
    time::Duration,
};

use bodega::{
    domain::{
        identity::Email,
        kernel::ports::Clock,
        mail::{EmailTemplate, Mail, MailError, MailSettings, Mailer, Notification, compose},
    },
    infra::{
        mail_folder::MailFolder,
        mail_message::{MessageMaker, local_sender},
        system::{SystemClock, SystemRandom},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use crate::{
    cli::{failed, run},
    support::{SmtpServer, TestApp, read_mails},
};

const TOKEN: &str = "c2VjcmV0LXRva2VuLW9mLWEtbGV0dGVyLWhlcmU";
const PASSWORD: &str = "pass-word-of-the-mail-server";
const HOUR: Duration = Duration::from_secs(3600);

fn letters() -> Vec<EmailTemplate> {
    let token = || TOKEN.into();
    let new_email = || "ada@example.org".to_owned();
    vec![
        EmailTemplate::VerifyEmail { token: token(), expires_in: HOUR },
        EmailTemplate::AlreadyRegistered,
        EmailTemplate::PasswordReset { token: token(), expires_in: HOUR },
        Notification::PasswordChanged.into(),
        EmailTemplate::EmailChangeConfirm { token: token(), expires_in: HOUR },
        Notification::EmailChangeRequested { new_email: new_email() }.into(),
        Notification::EmailChanged { new_email: new_email() }.into(),
        EmailTemplate::EmailTaken,
        Notification::SecondFactorEnabled.into(),
        Notification::SecondFactorDisabled.into(),
        Notification::RecoveryCodeUsed { left: 3 }.into(),
        Notification::NewLogin {
            device: "Zoë's phone".into(),
            ip_address: [203, 0, 113, 7].into(),
            at: DateTime::UNIX_EPOCH,
        }
        .into(),
        Notification::AccountBlocked.into(),
        Notification::AccountUnblocked.into(),
        Notification::AccountDeleted.into(),
    ]
}

fn mail(app: &TestApp, to: &str, letter: &EmailTemplate) -> Mail {
    compose("Café & Söhne", &app.services().mail, to, letter).unwrap()
}

async fn send(app: &TestApp, to: &str) -> Result<(), MailError> {
    let letter = EmailTemplate::PasswordReset { token: TOKEN.into(), expires_in: HOUR };
    app.services().mailer.send(&mail(app, to, &letter)).await
}

/// The text of an error that may go away.
#[track_caller]
fn temporary(result: Result<(), MailError>) -> String {
    match result {
        Err(MailError::Temporary(text)) => text,
        other => panic!("{other:?}"),
    }
}

async fn with_server(server: &SmtpServer, host: &str, options: &str, flags: &[&str]) -> TestApp {
    let url = format!("smtp://{host}:{}{options}", server.address.port());
    TestApp::with_flags(&[&["--smtp-url", &url, "--mail-from", "Café <shop@example.com>"], flags].concat())
        .await
}

#[tokio::test]
async fn every_letter_comes_out_of_the_folder_as_it_went_in() {
    let flags = ["--storefront-url", "https://shop.example/"];
    for (flags, start) in [(&[][..], TOKEN), (&flags[..], "https://shop.example/")] {
        let app = TestApp::with_flags(flags).await;
        let mut written = Vec::new();
        for letter in letters() {
            let mail = mail(&app, "ada@example.org", &letter);
            app.services().mailer.send(&mail).await.unwrap();
            written.push(mail);
        }
        let read = app.mails();
        assert_eq!(read.len(), written.len());
        for (read, written) in read.iter().zip(&written) {
            assert_eq!((&read.subject, &read.text), (&written.subject, &written.text));
            assert_eq!(read.html, written.html);
            assert_eq!((&*read.from, &*read.to), ("bodega@localhost", "ada@example.org"));
            assert!(read.subject.contains("Café & Söhne"), "{}", read.subject);
        }
        let with_token: Vec<_> = read.iter().filter(|mail| mail.text.contains("\n    ")).collect();
        let with_token = with_token.iter().filter(|mail| mail.text.contains(TOKEN));
        assert!(with_token.clone().all(|mail| mail.text.contains(&format!("\n    {start}"))));
        assert_eq!(with_token.map(|mail| mail.token()).collect::<Vec<_>>(), [TOKEN; 3]);
    }
}

#[tokio::test]
async fn a_message_says_when_it_was_made_and_that_nobody_wrote_it() {
    let app = TestApp::start().await;
    app.clock.advance(HOUR);
    let begin = app.clock.now();
    send(&app, "ada@example.org").await.unwrap();
    send(&app, "bob@example.org").await.unwrap();
    let mail = app.mail_to("ada@example.org").await;
    assert_eq!(mail.header("auto-submitted"), Some("auto-generated"));
    assert_eq!(mail.header("mime-version"), Some("1.0"));
    assert!(mail.header("content-type").unwrap().starts_with("multipart/alternative"), "{}", mail.raw);
    let date: DateTime<Utc> = DateTime::parse_from_rfc2822(mail.header("date").unwrap()).unwrap().into();
    // It is written in whole seconds.
    assert!(date > begin - TimeDelta::seconds(1) && date <= app.clock.now(), "{date}, not {begin}");
    let other = app.mail_to("bob@example.org").await;
    let (id, other) = (mail.header("message-id").unwrap(), other.header("message-id").unwrap());
    assert!(id.starts_with('<') && id.ends_with("@localhost>") && id != other, "{id} {other}");
    let first = mail.raw.find("text/plain").unwrap();
    assert!(first < mail.raw.find("text/html").unwrap(), "the last part is the one that is liked best");
}

#[tokio::test]
async fn only_their_owner_can_read_the_files() {
    let app = TestApp::start().await;
    let folder = &app.config.mail.mail_dir;
    assert!(!folder.exists(), "it is made when the first letter comes");
    send(&app, "ada@example.org").await.unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700);
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!((mode(&files[0]), files[0].extension().unwrap().to_str()), (0o600, Some("eml")));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_may_be_mended() {
    let app = TestApp::start().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let maker =
        MessageMaker { sender: local_sender(), clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) };
    let folder = MailFolder::new(file.join("mail"), maker);
    let mail = mail(&app, "ada@example.org", &EmailTemplate::from(Notification::PasswordChanged));
    let error = temporary(folder.send(&mail).await);
    assert!(error.starts_with("cannot write to the folder for mail: "), "{error}");
    fs::remove_file(&file).unwrap();
    folder.send(&mail).await.unwrap();
    assert_eq!(read_mails(&file.join("mail")).len(), 1);
}

#[tokio::test]
async fn what_is_no_address_gets_no_mail() {
    let app = TestApp::start().await;
    for to in ["", "ada", "ada@example.org\r\nBcc: bob@example.org", "a@x.org, b@x.org"] {
        assert_eq!(
            send(&app, to).await,
            Err(MailError::Permanent("not an address for mail".into())),
            "{to:?}"
        );
    }
    assert!(app.mails().is_empty());
}

#[tokio::test]
async fn a_mail_server_gets_text_and_html() {
    let server = SmtpServer::start();
    let app = with_server(&server, "127.0.0.1", "", &[]).await;
    let mut mail = mail(&app, "ada@example.org", &letters()[11]);
    mail.text.push_str(".\n..dots\n");
    app.services().mailer.send(&mail).await.unwrap();
    send(&app, "bob@example.org").await.unwrap();
    let [(to, first), (other, _)] = &server.mails()[..] else { panic!("{:?}", server.mails()) };
    assert_eq!(
        (&to[..], &other[..]),
        (&["ada@example.org".to_owned()][..], &["bob@example.org".to_owned()][..])
    );
    assert_eq!((&first.subject, &first.text, &first.html), (&mail.subject, &mail.text, &mail.html));
    assert_eq!((&*first.from, &*first.to), ("shop@example.com", "ada@example.org"));
    assert!(
        first.text.contains("Zoë's phone") && first.header("message-id").unwrap().ends_with("@example.com>")
    );
    assert!(app.mails().is_empty(), "nothing is written to the folder");
}

#[tokio::test]
async fn a_server_says_whether_to_try_again() {
    let server = SmtpServer::start();
    let app = with_server(&server, "127.0.0.1", "", &[]).await;
    server.refuse(Some((451, "Greylisted,\tcome back")));
    assert_eq!(temporary(send(&app, "ada@example.org").await), "the mail server answered 451");
    server.refuse(Some((550, "5.1.1 <ada@example.org>: no such user here")));
    let refused = MailError::Permanent("the mail server answered 550 5.1.1".into());
    assert_eq!(send(&app, "ada@example.org").await, Err(refused));
    for passing in [(550, "5.4.5 Daily limit exceeded"), (554, "5.7.1 Relay access denied")] {
        server.refuse(Some(passing));
        temporary(send(&app, "ada@example.org").await);
    }
    server.refuse(Some((535, "Log in again")));
    temporary(send(&app, "ada@example.org").await);
    server.refuse(None);
    send(&app, "ada@example.org").await.unwrap();
    assert_eq!(server.mails().len(), 1);
    // This server does not know RFC 6531.
    let unspeakable = send(&app, "zoë@example.org").await;
    assert!(matches!(unspeakable, Err(MailError::Permanent(_))), "{unspeakable:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_may_come_back() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let app = TestApp::with_flags(&["--smtp-url", &format!("smtp://{free}")]).await;
    let error = temporary(send(&app, "ada@example.org").await);
    assert!(error.to_lowercase().contains("connection refused"), "{error}");
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_does_not_encrypt() {
    let server = SmtpServer::start();
    let app = with_server(&server, &format!("shop:{PASSWORD}@localhost"), "?tls=required", &[]).await;
    let error = temporary(send(&app, "ada@example.org").await);
    assert!(error.contains("STARTTLS is not supported on this server"), "{error}");
    assert_eq!((server.greetings(), server.logins(), server.mails().len()), (1, vec![], 0));
}

#[tokio::test]
async fn a_login_goes_only_to_a_server_that_is_vouched_for() {
    let server = SmtpServer::with_login(PASSWORD);
    let user = |password: &str| format!("shop%40example.com:{password}@localhost");
    let stranger = with_server(&server, &user(PASSWORD), "?tls=required", &[]).await;
    let error = temporary(send(&stranger, "ada@example.org").await);
    assert!(error.contains("certificate"), "{error}");
    assert_eq!(server.logins(), Vec::<String>::new());

    let authority = SmtpServer::authority();
    let flags = ["--smtp-ca", &authority];
    let app = with_server(&server, &user(PASSWORD), "?tls=required", &flags).await;
    send(&app, "ada@example.org").await.unwrap();
    assert_eq!(server.logins(), [format!("shop@example.com:{PASSWORD}")]);
    assert_eq!(server.mails().len(), 1);

    let app = with_server(&server, &user("wrong-password"), "?tls=required", &flags).await;
    let error = temporary(send(&app, "ada@example.org").await);
    assert_eq!(error, "the mail server answered 535");
    assert_eq!(server.mails().len(), 1);
}

/// Takes what is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_holds_no_secret_of_mail() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    // With two of them tracing asks both about each place that logs; of one alone it asks only the thread that comes
    // there first, which may be another test's.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let guard = tracing::subscriber::set_default(subscriber.finish());
    let server = SmtpServer::with_login("another-password");
    let host = format!("shop:{PASSWORD}@localhost");
    let authority = SmtpServer::authority();
    let flags = ["--smtp-ca", &authority];
    let app = with_server(&server, &host, "?tls=required", &flags).await;
    let error = temporary(send(&app, "ada-who-reads@example.org").await);
    assert_eq!(server.logins().len(), 1, "it was said to the server");
    let folder = TestApp::start().await;
    send(&folder, "ada-who-reads@example.org").await.unwrap();
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("wrote a mail to a file") && log.contains(".eml"), "{log}");
    for secret in [PASSWORD, TOKEN, "ada-who-reads"] {
        assert!(!log.contains(secret) && !error.contains(secret), "{secret} in {error} or {log}");
    }
    assert!(!format!("{:?}", app.config).contains(PASSWORD));
}

#[test]
fn wrong_settings_of_mail_are_told_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", dir.path().join("shop.db").display());
    let not_pem = dir.path().join("shop.pem");
    fs::write(&not_pem, "no certificate").unwrap();
    let from = ["--mail-from", "shop@example.com"];
    let start = |flags: &[&str]| {
        run(&[&["serve", "--listen", "127.0.0.1:0", "--database-url", &database], flags].concat())
    };
    let output = start(&["--smtp-url", "smtp://hidden-user@mail.example.com"]);
    failed(&output, 1, "--smtp-url (BODEGA_SMTP_URL): must have both a user and a password");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("hidden-user"));
    failed(
        &start(&["--smtp-url", "mail.example.com"]),
        1,
        "--smtp-url (BODEGA_SMTP_URL): must be a URL like",
    );
    failed(
        &start(&["--smtp-url", "smtp://mail.example.com"]),
        1,
        "--mail-from (BODEGA_MAIL_FROM): with --smtp-url the sender",
    );
    failed(&start(&["--mail-from", "Shop"]), 2, "--mail-from (BODEGA_MAIL_FROM)");
    failed(&start(&["--storefront-url", "shop.example"]), 2, "--storefront-url (BODEGA_STOREFRONT_URL)");
    let smtp = ["--smtp-url", "smtps://mail.example.com", from[0], from[1], "--smtp-ca"];
    let missing = dir.path().join("missing.pem");
    let start_with_ca = |file: &std::path::Path| start(&[&smtp[..], &[file.to_str().unwrap()]].concat());
    failed(&start_with_ca(&missing), 1, "--smtp-ca (BODEGA_SMTP_CA): cannot read");
    failed(&start_with_ca(&not_pem), 1, "--smtp-ca (BODEGA_SMTP_CA): cannot use");
    assert!(!dir.path().join("shop.db").exists(), "it is found before the database is opened");
}

#[tokio::test]
async fn letter_says_how_long_it_works_as_people_say_it() {
    let app = TestApp::start().await;
    let email = json!({ "email": "ada@shop.example" });
    let register = "mutation ($email: String!) {
        register(input: { email: $email, password: \"violin-gravel-teapot\" }) { errors { __typename } } }";
    app.anonymous().ask(register, email.clone()).await.data();
    app.mail_to("ada@shop.example").await;
    app.clock.advance(Duration::from_secs(90));
    let resend = "mutation ($email: String!) { emailVerifyResend(input: { email: $email }) { errors { __typename } } }";
    app.anonymous().ask(resend, email).await.data();
    let mails = app.all_mails().await;
    assert_eq!(mails.len(), 2);
    for mail in mails {
        assert!(mail.text.contains("This works for 24 hours."), "{}", mail.text);
    }
}

proptest! {
    /// So nobody can have the shop write a mail that cannot be made.
    #[test]
    fn every_address_that_is_taken_can_be_mailed_to(
        text in prop_oneof![
            "[\\PC ]{1,12}@[\\PC.]{1,12}",
            "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~\" \\\\(),:;<>@\\[\\]-]{1,12}@[a-z0-9.-]{1,8}\\.[a-z]{2}",
            "\"[a-z @.\\\\]{1,8}\"@example\\.org",
        ],
    ) {
        let Ok(email) = text.parse::<Email>() else { return Ok(()) };
        let maker = MessageMaker {
            sender: local_sender(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        };
        let mail = compose("Shop", &MailSettings::default(), email.as_str(), &Notification::PasswordChanged.into()).unwrap();
        prop_assert!(maker.message(&mail).is_ok(), "{}", email);
    }
}
