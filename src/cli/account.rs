//! `bodega account create`

use std::io::{self, BufRead, IsTerminal};

use clap::{Subcommand, ValueEnum};
use console::Term;
use entity::account::Kind;
use secrecy::{ExposeSecret, SecretString};

use super::CommandResult;
use crate::{
    app,
    config::DatabaseConfig,
    domain::{
        account::NewAccount,
        credential::Passwords,
        identity::{self, Email},
        staff,
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Create an account; the password is read from the terminal, or from the first line of standard input
    Create {
        #[command(flatten)]
        on: DatabaseConfig,
        /// Email address of the account
        #[arg(long, value_name = "E", value_parser = email)]
        email: Email,
        /// Kind of the account
        #[arg(long)]
        kind: KindArg,
        /// Name of a role for a staff account; repeat it for several. Default: "Shop staff", which has all permissions
        /// except appointing staff and changing how the shop works
        #[arg(long = "role", value_name = "NAME")]
        roles: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum KindArg {
    /// Shopper
    Customer,
    /// Works in the shop, with the permissions of its roles
    Staff,
    /// All permissions, including the appointment of staff
    Admin,
}

pub(super) async fn run(command: AccountCommand) -> CommandResult {
    let AccountCommand::Create { on, email, kind, roles } = command;
    let password = read_password(&email).await?;
    let db = app::open_database(&on).await?;
    db.migrate_up().await?;
    let services = app::embedded_services(db);
    let kind = match kind {
        KindArg::Customer => Kind::Customer,
        KindArg::Staff => Kind::Staff,
        KindArg::Admin => Kind::Admin,
    };
    let new = NewAccount { email, password, kind, name: String::new() };
    let account = staff::create(&services, new, &roles).await?;
    println!("created the account {}", account.email);
    Ok(services.db.close().await?)
}

fn email(text: &str) -> Result<Email, identity::InvalidEmail> {
    text.parse()
}

async fn read_password(email: &Email) -> Result<SecretString, Box<dyn std::error::Error>> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).into());
    }
    let password = ask("Password: ")?;
    // Before it is typed again.
    Passwords::new(1).check_choice("password", &password, vec![email.to_string()]).await??;
    let again = ask("Once more: ")?;
    if password.expose_secret() != again.expose_secret() {
        return Err("the two passwords differ".into());
    }
    Ok(password)
}

/// Asks on the terminal, without showing what is typed.
fn ask(prompt: &str) -> io::Result<SecretString> {
    let terminal = Term::stderr();
    terminal.write_str(prompt)?;
    Ok(terminal.read_secure_line()?.into())
}
