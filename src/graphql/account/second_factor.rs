//! Setting second factors up, changing and removing them.

use async_graphql::{Context, Object};
use entity::AccountId;
use secrecy::ExposeSecret;

use super::{
    second_factor_types::{
        SecondFactorConfirmInput, SecondFactorConfirmPayload, SecondFactorDisableInput,
        SecondFactorDisablePayload, SecondFactorEnrolInput, SecondFactorEnrolPayload,
        SecondFactorRecoveryCodesRenewInput, SecondFactorRecoveryCodesRenewPayload, SecondFactorResetInput,
        SecondFactorResetPayload,
    },
    session::Session,
    types::Account,
};
use crate::{
    domain::account::second_factor::{self, ShownAgain},
    graphql::{
        context::ContextExt,
        cost::{HASH, STATEMENT, cost},
        error::ResolverError,
        id::Node,
        session_cookie,
    },
};

/// Mutations on second factors.
#[derive(Default)]
pub struct SecondFactorMutation;

#[Object]
impl SecondFactorMutation {
    /// Begins to set up a second factor for the viewer's account: shows what an authenticator app is to take in. Nothing
    /// changes at the login before `secondFactorConfirm`. Doing it again makes another secret.
    #[graphql(directive = cost::apply(HASH))]
    async fn second_factor_enrol(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The viewer's password.")] input: SecondFactorEnrolInput,
    ) -> Result<SecondFactorEnrolPayload, ResolverError> {
        match second_factor::enrol(ctx.op(), input.password.into()).await {
            Ok(enrolment) => Ok(SecondFactorEnrolPayload {
                uri: Some(enrolment.uri.expose_secret().to_owned()),
                qr_code: Some(enrolment.qr_code.expose_secret().to_owned()),
                secret: Some(enrolment.secret.expose_secret().to_owned()),
                errors: Vec::new(),
            }),
            Err(error) => SecondFactorEnrolPayload::failure(error),
        }
    }

    /// Has the second factor count from now on, by a code of the app. The present session ends and is replaced; a cookie is
    /// replaced by itself.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn second_factor_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A code of the app.")] input: SecondFactorConfirmInput,
    ) -> Result<SecondFactorConfirmPayload, ResolverError> {
        let by_cookie = ctx.op().caller().by_cookie;
        session_cookie::check(ctx, by_cookie)?;
        match second_factor::confirm(ctx.op(), input.code.into()).await {
            Ok(confirmed) => Ok(SecondFactorConfirmPayload {
                recovery_codes: Some(texts(&confirmed.recovery_codes)),
                session: Some(Session::hand_over(ctx, &confirmed.login, by_cookie)),
                errors: Vec::new(),
            }),
            Err(error) => SecondFactorConfirmPayload::failure(error),
        }
    }

    /// Removes the second factor of the viewer's account. All of its sessions end, and the present one is replaced; a
    /// cookie is replaced by itself.
    #[graphql(directive = cost::apply(HASH))]
    async fn second_factor_disable(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The viewer's password and second factor.")] input: SecondFactorDisableInput,
    ) -> Result<SecondFactorDisablePayload, ResolverError> {
        let by_cookie = ctx.op().caller().by_cookie;
        session_cookie::check(ctx, by_cookie)?;
        let shown = ShownAgain { password: input.password.into(), code: input.code.into() };
        match second_factor::disable(ctx.op(), shown).await {
            Ok(login) => Ok(SecondFactorDisablePayload {
                session: Some(Session::hand_over(ctx, &login, by_cookie)),
                errors: Vec::new(),
            }),
            Err(error) => SecondFactorDisablePayload::failure(error),
        }
    }

    /// Gives the viewer's account ten new recovery codes; the old ones are good for nothing from then on.
    #[graphql(directive = cost::apply(HASH))]
    async fn second_factor_recovery_codes_renew(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The viewer's password and second factor.")]
        input: SecondFactorRecoveryCodesRenewInput,
    ) -> Result<SecondFactorRecoveryCodesRenewPayload, ResolverError> {
        let shown = ShownAgain { password: input.password.into(), code: input.code.into() };
        match second_factor::renew_recovery_codes(ctx.op(), shown).await {
            Ok(codes) => Ok(SecondFactorRecoveryCodesRenewPayload {
                recovery_codes: Some(texts(&codes)),
                errors: Vec::new(),
            }),
            Err(error) => SecondFactorRecoveryCodesRenewPayload::failure(error),
        }
    }

    /// Removes the second factor of somebody who has lost everything, and ends their sessions. Make sure first who asks for
    /// it. It takes CUSTOMERS_EDIT for a customer, STAFF_EDIT for those who work in the shop, and all permissions that the
    /// account has. Nobody does it for themselves.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn second_factor_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: SecondFactorResetInput,
    ) -> Result<SecondFactorResetPayload, ResolverError> {
        let id = AccountId::from_global(&input.account_id, "input.accountId")?;
        match second_factor::reset(ctx.op(), id).await {
            Ok(()) => {
                let account = ctx.loader().load_one(id).await?;
                Ok(SecondFactorResetPayload {
                    account: account.as_ref().map(Account::from),
                    errors: Vec::new(),
                })
            }
            Err(error) => SecondFactorResetPayload::failure(error),
        }
    }
}

fn texts(codes: &[secrecy::SecretString]) -> Vec<String> {
    codes.iter().map(|code| code.expose_secret().to_owned()).collect()
}
