//! `bodega account create`

use std::io::{self, BufRead, IsTerminal};

use clap::{Subcommand, ValueEnum};
use entity::account::Kind;
use secrecy::{ExposeSecret, SecretString};

use super::{CommandResult, OnDatabase};
use crate::{
    app,
    domain::{
        account::{self, Email, NewAccount, Passwords},
        staff,
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Make an account; the password is asked for, or read from the first line of standard input
    Create {
        #[command(flatten)]
        on: OnDatabase,
        /// The address to log in with
        #[arg(long, value_name = "E", value_parser = email)]
        email: Email,
        /// What the account is to the shop
        #[arg(long)]
        kind: KindArg,
        /// A role that staff gets, by its name; repeat it for more. Without one it is "Shop staff": all permissions but
        /// those to appoint staff and to change how the shop works
        #[arg(long = "role", value_name = "NAME")]
        roles: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum KindArg {
    /// Shops for itself
    Customer,
    /// Works in the shop, and may do what its roles allow
    Staff,
    /// May do everything, also appoint staff
    Admin,
}

pub(super) async fn run(command: AccountCommand) -> CommandResult {
    let AccountCommand::Create { on, email, kind, roles } = command;
    let password = read_password(&email).await?;
    let db = app::open_database(&on.database).await?;
    db.migrate_up().await?;
    let ports = app::embedded_ports(db);
    let kind = match kind {
        KindArg::Customer => Kind::Customer,
        KindArg::Staff => Kind::Staff,
        KindArg::Admin => Kind::Admin,
    };
    let new = NewAccount { email, password, kind, name: String::new() };
    let account = staff::create(&ports, new, &roles).await?;
    println!("made the account {}", account.email);
    Ok(ports.db.close().await?)
}

fn email(text: &str) -> Result<Email, account::InvalidEmail> {
    text.parse()
}

async fn read_password(email: &Email) -> Result<SecretString, Box<dyn std::error::Error>> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).into());
    }
    let password: SecretString = rpassword::prompt_password("Password: ")?.into();
    // At once, and not after it was typed twice.
    Passwords::new(1).check_choice(&password, vec![email.to_string()]).await??;
    let again: SecretString = rpassword::prompt_password("Once more: ")?.into();
    if password.expose_secret() != again.expose_secret() {
        return Err("the two passwords differ".into());
    }
    Ok(password)
}
