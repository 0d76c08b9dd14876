//! Inputs and payloads of changing and blocking accounts.

use async_graphql::{ID, InputObject};

use super::{Account, AccountMayDoMore, CannotBlockYourself, InvalidToken, LastAdmin, WrongPassword};
use crate::{
    domain::account,
    graphql::kit::{
        id::Node,
        member::{InvalidField, NotFound, RateLimited},
        payload::payload,
    },
};

/// Input of `emailChangeRequest`.
#[derive(InputObject)]
pub(in crate::graphql) struct EmailChangeRequestInput {
    /// The new email address.
    pub(in crate::graphql) email: String,
    /// The current password.
    #[graphql(secret)]
    pub(in crate::graphql) password: String,
}

/// Input of `emailChangeConfirm`.
#[derive(InputObject)]
pub(in crate::graphql) struct EmailChangeConfirmInput {
    /// Token of the email to the new address: the part of its link behind `#token=`.
    #[graphql(secret)]
    pub(in crate::graphql) token: String,
}

/// Input of `profileUpdate`. Fields that are left out, or null, stay as they are.
#[derive(InputObject)]
pub(in crate::graphql) struct ProfileUpdateInput {
    /// Name of the viewer, at most 100 characters; may be empty.
    pub(in crate::graphql) name: Option<String>,
}

/// Input of `accountBlock`.
#[derive(InputObject)]
pub(in crate::graphql) struct AccountBlockInput {
    /// The account's global id.
    pub(in crate::graphql) id: ID,
}

/// Input of `accountUnblock`.
#[derive(InputObject)]
pub(in crate::graphql) struct AccountUnblockInput {
    /// The account's global id.
    pub(in crate::graphql) id: ID,
}

payload! {
    /// Payload of `emailChangeRequest`.
    EmailChangeRequestPayload {}
    /// Failure of `emailChangeRequest`.
    EmailChangeRequestError: InvalidField, WrongPassword;
    throttled from account::EmailChangeRequestError {
        Invalid(invalid) => InvalidField from invalid,
        WrongPassword => WrongPassword at "password",
    }
}

payload! {
    /// Payload of `emailChangeConfirm`.
    EmailChangeConfirmPayload {
        /// The account's new email address; null when it was not changed.
        email: String,
    }
    /// Failure of `emailChangeConfirm`.
    EmailChangeConfirmError: InvalidToken;
    from account::EmailChangeConfirmError {
        InvalidToken => InvalidToken at "token",
    }
}

payload! {
    /// Payload of `profileUpdate`.
    ProfileUpdatePayload {
        /// The account; null when the update failed.
        account: Account,
    }
    /// Failure of `profileUpdate`.
    ProfileUpdateError: InvalidField;
    from account::ProfileUpdateError {
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `accountBlock`.
    AccountBlockPayload {
        /// The account; null when it was not blocked.
        account: Account,
    }
    /// Failure of `accountBlock`.
    AccountBlockError: NotFound, CannotBlockYourself, AccountMayDoMore, LastAdmin;
    from account::BlockError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Own => CannotBlockYourself at "id",
        MayDoMore => AccountMayDoMore at "id",
        LastAdmin => LastAdmin at "id",
    }
}

payload! {
    /// Payload of `accountUnblock`.
    AccountUnblockPayload {
        /// The account; null when it was not unblocked.
        account: Account,
    }
    /// Failure of `accountUnblock`.
    AccountUnblockError: NotFound, AccountMayDoMore;
    from account::UnblockError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        MayDoMore => AccountMayDoMore at "id",
    }
}
