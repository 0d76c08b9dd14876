//! Input and payload of deleting an account.

use async_graphql::{ID, InputObject};

use crate::{
    domain::privacy,
    graphql::{
        account::{LastAdmin, WrongPassword},
        kit::{member::RateLimited, payload::payload},
    },
};

/// Input of `accountDelete`.
#[derive(InputObject)]
pub(super) struct AccountDeleteInput {
    /// The current password.
    #[graphql(secret)]
    pub(super) password: String,
}

payload! {
    /// Payload of `accountDelete`.
    AccountDeletePayload {
        /// Global id of the deleted account; null when it was not deleted.
        deleted_id: ID,
    }
    /// Failure of `accountDelete`.
    AccountDeleteError: WrongPassword, LastAdmin;
    throttled from privacy::AccountDeleteError {
        WrongPassword => WrongPassword at "password",
        LastAdmin => LastAdmin,
    }
}
