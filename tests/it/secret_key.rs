//! The key that secrets are sealed with: the one that is set, or the one beside the database.

use std::{fs, path::PathBuf};

use bodega::domain::kernel::crypto::SecretKey;
use secrecy::ExposeSecret;

use crate::{
    cli::{Server, bodega, failed, limited},
    support::{Stack, TestApp, TestDatabase, stack},
};

/// A key in base64, other than any that a test could draw.
const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

fn id(app: &TestApp) -> String {
    app.services().secret_key.as_ref().unwrap().id()
}

fn key_file(database: &TestDatabase) -> PathBuf {
    format!("{}.key", database.url.strip_prefix("sqlite:").unwrap()).into()
}

#[tokio::test]
async fn instances_on_one_database_have_the_same_key() {
    let app = TestApp::empty().await;
    let other = app.another_instance().await;
    assert_eq!(id(&app), id(&other));
}

#[tokio::test]
async fn the_key_that_is_set_counts_and_no_file_is_made() {
    let database = std::sync::Arc::new(TestDatabase::migrated().await);
    let app = TestApp::on(database.clone(), &["--secret-key", KEY]).await;
    assert_eq!(id(&app), SecretKey::from_base64(&KEY.into()).unwrap().id());
    if stack() == Stack::Embedded {
        assert!(!key_file(&database).exists());
    }
}

/// Whoever gets a copy of the database alone cannot open what is sealed in it.
#[tokio::test]
async fn with_sqlite_the_key_is_beside_the_database_and_not_in_it() {
    if stack() != Stack::Embedded {
        return;
    }
    let database = std::sync::Arc::new(TestDatabase::migrated().await);
    let mut app = TestApp::on(database.clone(), &[]).await;
    let key = app.services().secret_key.clone().unwrap();
    let text = fs::read_to_string(key_file(&database)).unwrap();
    assert_eq!(text.trim_end(), key.to_base64().expose_secret());
    app.stop().await;
    let file = fs::read(database.url.strip_prefix("sqlite:").unwrap()).unwrap();
    assert!(!file.windows(text.len() - 1).any(|window| window == text.trim_end().as_bytes()));
    assert_eq!(id(&app.another_instance().await), key.id());
}

#[tokio::test]
async fn a_key_file_that_holds_none_stops_the_start_and_stays() {
    if stack() != Stack::Embedded {
        return;
    }
    let database = TestDatabase::migrated().await;
    let path = key_file(&database);
    fs::write(&path, "hunter2").unwrap();
    let args = ["--listen", "127.0.0.1:0", "--database-url", &database.url];
    let output = limited(&args).output().unwrap();
    let line = format!(
        "--secret-key (BODEGA_SECRET_KEY) is not set, and {} contains no valid key: a key must be",
        path.display()
    );
    failed(&output, 1, &line);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("hunter2"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "hunter2");
}

#[tokio::test]
async fn without_a_key_a_server_on_postgresql_says_once_what_is_missing() {
    if stack() != Stack::Services {
        return;
    }
    let database = TestDatabase::blank().await;
    let args = ["--listen", "127.0.0.1:0", "--database-url", &database.url];
    let missing = |log: &[String]| {
        let told = |line: &&String| line.contains("--secret-key (BODEGA_SECRET_KEY) is not set");
        log.iter().filter(told).count()
    };
    assert_eq!(missing(&Server::start(&args).end()), 1);
    // As compose files set it.
    assert_eq!(missing(&Server::spawn(bodega(&args).env("BODEGA_SECRET_KEY", "")).end()), 1);
    assert_eq!(missing(&Server::spawn(bodega(&args).env("BODEGA_SECRET_KEY", KEY)).end()), 0);
}

#[test]
fn a_malformed_key_is_refused_and_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    for key in ["hunter2", "aHVudGVyMg==", "hunter2hunter2hunter2hunter2hunter2hunter2hu"] {
        let mut command = limited(&["--listen", "127.0.0.1:0"]);
        let output = command.env("BODEGA_SECRET_KEY", key).current_dir(&dir).output().unwrap();
        failed(&output, 1, "--secret-key (BODEGA_SECRET_KEY): a key must be 32 bytes in base64");
        assert!(!String::from_utf8_lossy(&output.stderr).contains(key), "{output:?}");
    }
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0, "nothing was touched");
    let help = limited(&["serve", "--help"]).env("BODEGA_SECRET_KEY", KEY).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("BODEGA_SECRET_KEY") && !help.contains(KEY));
}
