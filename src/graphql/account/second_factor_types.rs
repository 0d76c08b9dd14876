//! Second factors in the API, and what their mutations take and answer.

use async_graphql::{ID, InputObject, SimpleObject};

use super::{
    second_factor_error::{
        SecondFactorConfirmError, SecondFactorDisableError, SecondFactorEnrolError,
        SecondFactorRecoveryCodesRenewError, SecondFactorResetError,
    },
    session::Session,
    types::Account,
};
use crate::{
    domain::account::second_factor::{
        ChangeSecondFactorError, ConfirmSecondFactorError, EnrolSecondFactorError, ResetSecondFactorError,
        SecondFactor as DomainSecondFactor,
    },
    graphql::{error::ResolverError, scalar::Timestamp},
};

/// The second factor of an account: an authenticator app, and recovery codes.
#[derive(SimpleObject)]
pub(super) struct SecondFactor {
    /// Since when logging in needs it.
    enabled_at: Timestamp,
    /// How many recovery codes were not used yet.
    recovery_codes_left: u32,
}

impl From<DomainSecondFactor> for SecondFactor {
    fn from(factor: DomainSecondFactor) -> Self {
        Self { enabled_at: Timestamp(factor.enabled_at), recovery_codes_left: factor.recovery_codes_left }
    }
}

/// What setting up a second factor needs.
#[derive(InputObject)]
pub(super) struct SecondFactorEnrolInput {
    /// The viewer's password, once more.
    #[graphql(secret)]
    pub(super) password: String,
}

/// What an authenticator app is to take in.
#[derive(SimpleObject)]
pub(super) struct SecondFactorEnrolPayload {
    /// The `otpauth:` URI; on a phone a link to it opens the app. Null when it failed.
    pub(super) uri: Option<String>,
    /// The URI as a picture for the app's camera: an SVG element that can stand in HTML as it is. Null when it failed.
    pub(super) qr_code: Option<String>,
    /// The secret in base32, to be typed into the app. Null when it failed.
    pub(super) secret: Option<String>,
    /// Why it failed; empty when it did not.
    pub(super) errors: Vec<SecondFactorEnrolError>,
}

/// What shows that the app has the secret.
#[derive(InputObject)]
pub(super) struct SecondFactorConfirmInput {
    /// The six digits that the app shows.
    #[graphql(secret)]
    pub(super) code: String,
}

/// A second factor that counts, if there are no errors.
#[derive(SimpleObject)]
pub(super) struct SecondFactorConfirmPayload {
    /// Ten codes that each stand in for the app once, told only here and now: to be printed or written down. Null when it
    /// failed.
    pub(super) recovery_codes: Option<Vec<String>>,
    /// The session that takes the place of the present one; null when it failed.
    pub(super) session: Option<Session>,
    /// Why it failed; empty when it did not.
    pub(super) errors: Vec<SecondFactorConfirmError>,
}

/// What removing the second factor needs.
#[derive(InputObject)]
pub(super) struct SecondFactorDisableInput {
    /// The viewer's password, once more.
    #[graphql(secret)]
    pub(super) password: String,
    /// The six digits that the app shows, or one of the recovery codes.
    #[graphql(secret)]
    pub(super) code: String,
}

/// What became of removing the second factor.
#[derive(SimpleObject)]
pub(super) struct SecondFactorDisablePayload {
    /// The session that takes the place of the present one; null when it failed.
    pub(super) session: Option<Session>,
    /// Why it failed; empty when it did not.
    pub(super) errors: Vec<SecondFactorDisableError>,
}

/// What new recovery codes need.
#[derive(InputObject)]
pub(super) struct SecondFactorRecoveryCodesRenewInput {
    /// The viewer's password, once more.
    #[graphql(secret)]
    pub(super) password: String,
    /// The six digits that the app shows, or one of the old recovery codes.
    #[graphql(secret)]
    pub(super) code: String,
}

/// What became of making new recovery codes.
#[derive(SimpleObject)]
pub(super) struct SecondFactorRecoveryCodesRenewPayload {
    /// Ten codes that each stand in for the app once, told only here and now. Null when it failed.
    pub(super) recovery_codes: Option<Vec<String>>,
    /// Why it failed; empty when it did not.
    pub(super) errors: Vec<SecondFactorRecoveryCodesRenewError>,
}

/// Whose second factor is to be removed.
#[derive(InputObject)]
pub(super) struct SecondFactorResetInput {
    /// The account's global id.
    pub(super) account_id: ID,
}

/// What became of removing somebody's second factor.
#[derive(SimpleObject)]
pub(super) struct SecondFactorResetPayload {
    /// The account; null when it failed, or the viewer may not see it.
    pub(super) account: Option<Account>,
    /// Why it failed; empty when it did not.
    pub(super) errors: Vec<SecondFactorResetError>,
}

impl SecondFactorEnrolPayload {
    /// The payload of what failed for one of its own reasons.
    pub(super) fn failure(error: EnrolSecondFactorError) -> Result<Self, ResolverError> {
        let errors = vec![SecondFactorEnrolError::of(error)?];
        Ok(Self { uri: None, qr_code: None, secret: None, errors })
    }
}

impl SecondFactorConfirmPayload {
    /// The payload of what failed for one of its own reasons.
    pub(super) fn failure(error: ConfirmSecondFactorError) -> Result<Self, ResolverError> {
        let errors = vec![SecondFactorConfirmError::of(error)?];
        Ok(Self { recovery_codes: None, session: None, errors })
    }
}

impl SecondFactorDisablePayload {
    /// The payload of what failed for one of its own reasons.
    pub(super) fn failure(error: ChangeSecondFactorError) -> Result<Self, ResolverError> {
        Ok(Self { session: None, errors: vec![SecondFactorDisableError::of(error)?] })
    }
}

impl SecondFactorRecoveryCodesRenewPayload {
    /// The payload of what failed for one of its own reasons.
    pub(super) fn failure(error: ChangeSecondFactorError) -> Result<Self, ResolverError> {
        Ok(Self { recovery_codes: None, errors: vec![SecondFactorRecoveryCodesRenewError::of(error)?] })
    }
}

impl SecondFactorResetPayload {
    /// The payload of what failed for one of its own reasons.
    pub(super) fn failure(error: ResetSecondFactorError) -> Result<Self, ResolverError> {
        Ok(Self { account: None, errors: vec![SecondFactorResetError::of(error)?] })
    }
}
