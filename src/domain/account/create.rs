//! Making an account from the operator's side: no rule about who asks, because whoever holds the database does.

use entity::{
    AccountId,
    account::{self, Kind},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};
use secrecy::SecretString;

use super::{Email, PasswordError};
use crate::domain::{Fault, Ports, database};

/// What a new account needs.
#[derive(Debug)]
pub struct NewAccount {
    /// Its address.
    pub email: Email,
    /// Its password.
    pub password: SecretString,
    /// What it is to the shop.
    pub kind: Kind,
    /// What its owner is called; may be empty.
    pub name: String,
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateAccountError {
    /// An account with this address exists.
    #[error("there is an account with this email address already")]
    EmailTaken,
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Makes an account.
#[tracing::instrument(name = "account::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(ports: &Ports, new: NewAccount) -> Result<account::Model, CreateAccountError> {
    insert(ports.db.connection(), prepare(ports, new).await?).await
}

/// The row of a new account, its password checked and hashed: work that no transaction is to wait for.
pub(in crate::domain) async fn prepare(
    ports: &Ports,
    new: NewAccount,
) -> Result<account::ActiveModel, CreateAccountError> {
    let passwords = &ports.accounts.passwords;
    passwords
        .check_choice(
            &new.password,
            vec![new.email.to_string(), new.name.clone(), ports.mail.shop_name.clone()],
        )
        .await??;
    let hash = passwords.hash(new.password, ports.random.secret()).await?;
    let now = ports.clock.now();
    Ok(account::ActiveModel {
        id: Set(AccountId(ports.random.id(now))),
        email: Set(new.email.to_string()),
        password_hash: Set(Some(hash)),
        kind: Set(new.kind),
        name: Set(new.name),
        blocked_at: Set(None),
        session_epoch: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
    })
}

/// Inserts what [`prepare`] has made.
pub(in crate::domain) async fn insert(
    db: &impl ConnectionTrait,
    row: account::ActiveModel,
) -> Result<account::Model, CreateAccountError> {
    row.insert(db).await.map_err(|error| {
        if database::is_duplicate(&error, "account", "email") {
            CreateAccountError::EmailTaken
        } else {
            Fault::from(error).into()
        }
    })
}
