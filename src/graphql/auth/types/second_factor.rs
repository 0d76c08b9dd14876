//! Second factors, and inputs and payloads of what changes them.

use async_graphql::{ID, InputObject, SimpleObject};
use entity::{AccountId, account as account_row};

use super::{AlreadyEnrolled, InvalidCode, NotEnrolled, Session};
use crate::{
    domain::auth,
    graphql::{
        account::{Account, WrongPassword},
        kit::{
            error::ResolverError,
            id::Node,
            loader::loader,
            member::{NotFound, RateLimited},
            payload::payload,
            scalar::Timestamp,
        },
    },
};

loader! {
    /// Loads the second factor of an account, for its owner only.
    SecondFactorOf(AccountId) => auth::SecondFactor, auth::second_factors_of
}

/// Second factor of an account: an authenticator app, and recovery codes.
#[derive(SimpleObject)]
pub struct SecondFactor {
    /// Time since which a login needs the second factor.
    enabled_at: Timestamp,
    /// Number of unused recovery codes.
    recovery_codes_left: u32,
}

impl From<auth::SecondFactor> for SecondFactor {
    fn from(factor: auth::SecondFactor) -> Self {
        Self { enabled_at: Timestamp(factor.enabled_at), recovery_codes_left: factor.recovery_codes_left }
    }
}

/// Input of `secondFactorEnrol`.
#[derive(InputObject)]
pub(in crate::graphql) struct SecondFactorEnrolInput {
    /// The current password.
    #[graphql(secret)]
    pub(in crate::graphql) password: String,
}

/// Input of `secondFactorConfirm`.
#[derive(InputObject)]
pub(in crate::graphql) struct SecondFactorConfirmInput {
    /// Six digits of the authenticator app.
    #[graphql(secret)]
    pub(in crate::graphql) code: String,
}

/// Input of `secondFactorDisable`.
#[derive(InputObject)]
pub(in crate::graphql) struct SecondFactorDisableInput {
    /// The current password.
    #[graphql(secret)]
    pub(in crate::graphql) password: String,
    /// Six digits of the authenticator app, or a recovery code.
    #[graphql(secret)]
    pub(in crate::graphql) code: String,
}

/// Input of `secondFactorRecoveryCodesRenew`.
#[derive(InputObject)]
pub(in crate::graphql) struct SecondFactorRecoveryCodesRenewInput {
    /// The current password.
    #[graphql(secret)]
    pub(in crate::graphql) password: String,
    /// Six digits of the authenticator app, or an old recovery code.
    #[graphql(secret)]
    pub(in crate::graphql) code: String,
}

/// Input of `secondFactorReset`.
#[derive(InputObject)]
pub(in crate::graphql) struct SecondFactorResetInput {
    /// The account's global id.
    pub(in crate::graphql) id: ID,
}

payload! {
    /// Payload of `secondFactorEnrol`.
    SecondFactorEnrolPayload {
        /// `otpauth:` URI with the secret; on a phone a link to it opens the app. Null when the mutation failed.
        uri: String,
        /// The URI as a QR code for the app's camera: an SVG element to insert into HTML. Null when the mutation failed.
        qr_code: String,
        /// The secret in base32, to type into the app. Null when the mutation failed.
        secret: String,
    }
    /// Failure of `secondFactorEnrol`.
    SecondFactorEnrolError: WrongPassword, AlreadyEnrolled;
    throttled from auth::SecondFactorEnrolError {
        WrongPassword => WrongPassword at "password",
        AlreadyEnrolled => AlreadyEnrolled,
    }
}

payload! {
    /// Payload of `secondFactorConfirm`.
    SecondFactorConfirmPayload {
        /// Ten recovery codes to print or write down, returned only here. Each replaces a code of the app once. Null when
        /// the mutation failed.
        recovery_codes: Vec<String>,
        /// Session that replaces the one of this request; null when the mutation failed.
        session: Session,
    }
    /// Failure of `secondFactorConfirm`.
    SecondFactorConfirmError: InvalidCode, NotEnrolled, AlreadyEnrolled;
    throttled from auth::SecondFactorConfirmError {
        InvalidCode => InvalidCode at "code",
        NotEnrolled => NotEnrolled,
        AlreadyEnrolled => AlreadyEnrolled,
    }
}

payload! {
    /// Payload of `secondFactorDisable`.
    SecondFactorDisablePayload {
        /// Session that replaces the one of this request; null when the mutation failed.
        session: Session,
    }
    /// Failure of `secondFactorDisable`.
    SecondFactorDisableError: WrongPassword, InvalidCode, NotEnrolled;
    throttled from auth::SecondFactorChangeError {
        WrongPassword => WrongPassword at "password",
        InvalidCode => InvalidCode at "code",
        NotEnrolled => NotEnrolled,
    }
}

payload! {
    /// Payload of `secondFactorRecoveryCodesRenew`.
    SecondFactorRecoveryCodesRenewPayload {
        /// Ten new recovery codes, returned only here. Each replaces a code of the app once. Null when the mutation failed.
        recovery_codes: Vec<String>,
    }
    /// Failure of `secondFactorRecoveryCodesRenew`.
    SecondFactorRecoveryCodesRenewError: WrongPassword, InvalidCode, NotEnrolled;
    throttled from auth::SecondFactorChangeError {
        WrongPassword => WrongPassword at "password",
        InvalidCode => InvalidCode at "code",
        NotEnrolled => NotEnrolled,
    }
}

payload! {
    /// Payload of `secondFactorReset`.
    SecondFactorResetPayload {
        /// The account; null when the mutation failed, or the viewer may not see the account.
        account: Account,
    }
    /// Failure of `secondFactorReset`.
    SecondFactorResetError: NotFound, NotEnrolled;
    from auth::SecondFactorResetError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        NotEnrolled => NotEnrolled,
    }
}

impl SecondFactorResetPayload {
    /// The payload of a reset that may succeed without an account to show.
    pub(in crate::graphql) fn new(
        result: Result<Option<account_row::Model>, auth::SecondFactorResetError>,
    ) -> Result<Self, ResolverError> {
        match result.transpose() {
            Some(result) => Self::from_result(result),
            None => Ok(Self { account: None, errors: Vec::new() }),
        }
    }
}
