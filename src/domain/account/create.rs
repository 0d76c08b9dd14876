//! Creation of accounts by the operator. No permission is checked: the operator has access to the database.

use entity::{
    AccountId,
    account::{self, Kind},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};
use secrecy::SecretString;

use crate::domain::{
    context::Services,
    database,
    identity::Email,
    kernel::{operation_error::operation_error, text::InvalidField},
    shop,
};

/// Input of `create`.
#[derive(Debug)]
pub struct NewAccount {
    pub email: Email,
    pub password: SecretString,
    pub kind: Kind,
    /// Name of the owner; may be empty.
    pub name: String,
}

operation_error! {
    pub enum CreateAccountError {
        #[error("an account with this email address exists already")]
        EmailTaken,
        #[error("{0}")]
        Invalid(#[from] InvalidField),
    }
}

/// Creates an account.
#[tracing::instrument(name = "account::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(services: &Services, new: NewAccount) -> Result<account::Model, CreateAccountError> {
    insert(services.db.connection(), prepare(services, new).await?).await
}

/// The row of a new account, with its password checked and hashed, outside of the transaction.
pub(in crate::domain) async fn prepare(
    services: &Services,
    new: NewAccount,
) -> Result<account::ActiveModel, CreateAccountError> {
    let passwords = &services.passwords;
    let shop_name = shop::name(services.db.connection()).await?;
    let context = vec![new.email.to_string(), new.name.clone(), shop_name];
    passwords.check_choice("password", &new.password, context).await??;
    let hash = passwords.hash(new.password, services.random.secret()).await?;
    let now = services.clock.now();
    Ok(account::ActiveModel {
        id: Set(AccountId(services.random.id(now))),
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

/// Inserts the row from [`prepare`].
pub(in crate::domain) async fn insert(
    db: &impl ConnectionTrait,
    row: account::ActiveModel,
) -> Result<account::Model, CreateAccountError> {
    row.insert(db).await.map_err(|error| match database::is_duplicate(&error, "account", "email") {
        true => CreateAccountError::EmailTaken,
        false => error.into(),
    })
}
