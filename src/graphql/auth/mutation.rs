//! Logging in and out, passwords, second factors and sessions.

use async_graphql::{Context, Object};
use entity::{AccountId, SessionId};
use secrecy::{ExposeSecret, SecretString};

use super::types::*;
use crate::{
    domain::auth::{self, LoginStep, ShownAgain},
    graphql::kit::{
        context::ContextExt,
        cookie,
        cost::{HASH, STATEMENT, cost},
        error::ResolverError,
        id::Node,
        member::NoErrors,
    },
};

#[derive(Default)]
pub struct AuthMutation;

#[Object]
impl AuthMutation {
    /// Opens a session. If the account has a second factor, returns a challenge instead, and `loginSecondFactor` opens the
    /// session.
    #[graphql(directive = cost::apply(HASH))]
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Credentials, and how the client keeps its session.")] input: LoginInput,
    ) -> Result<LoginPayload, ResolverError> {
        let by_cookie = input.transport.is_cookie();
        cookie::check(ctx, by_cookie)?;
        LoginPayload::from_result(auth::login(ctx.op(), input.into()).await, |step| match step {
            LoginStep::Done(login) => {
                let session = Session::deliver(ctx, &login, by_cookie);
                cookie::remove_cart(ctx);
                (Some(session), Some((&*login.account).into()), None)
            }
            LoginStep::SecondFactor(challenge) => (None, None, Some(challenge.into())),
        })
    }

    /// Opens a session with the second factor that `login` asked for. The login expires after five minutes, or after five
    /// wrong codes.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn login_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Second factor, and how the client keeps its session.")]
        input: LoginSecondFactorInput,
    ) -> Result<LoginSecondFactorPayload, ResolverError> {
        let by_cookie = input.transport.is_cookie();
        cookie::check(ctx, by_cookie)?;
        let opened = auth::login_second_factor(ctx.op(), input.into()).await;
        LoginSecondFactorPayload::from_result(opened, |login| {
            let session = Session::deliver(ctx, &login, by_cookie);
            cookie::remove_cart(ctx);
            (Some(session), Some((&*login.account).into()))
        })
    }

    /// Ends the session of the request and removes its cookie. Does nothing without a session.
    async fn logout(&self, ctx: &Context<'_>) -> Result<LogoutPayload, ResolverError> {
        let logged_out = auth::logout(ctx.op()).await?;
        cookie::remove(ctx);
        Ok(LogoutPayload { logged_out, errors: NoErrors })
    }

    /// Sends an email with a token for `passwordReset`. The answer is the same whether or not an account has the email
    /// address.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn password_reset_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Email address of the account.")] input: PasswordResetRequestInput,
    ) -> Result<PasswordResetRequestPayload, ResolverError> {
        let requested = auth::password_reset_request(ctx.op(), &input.email).await;
        PasswordResetRequestPayload::from_result(requested)
    }

    /// Sets a new password with the token of the email. All sessions of the account end. Opens no session; `login` does,
    /// and asks for the second factor if there is one.
    #[graphql(directive = cost::apply(HASH))]
    async fn password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Token of the email, and the new password.")] input: PasswordResetInput,
    ) -> Result<PasswordResetPayload, ResolverError> {
        let password = input.new_password.into();
        PasswordResetPayload::from_result(auth::password_reset(ctx.op(), &input.token, password).await)
    }

    /// Changes the viewer's password. All sessions of the account end, and a new one replaces the session of this request,
    /// by the same transport: a token in the answer or a cookie.
    #[graphql(directive = cost::apply(2 * HASH))]
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Current password, and the new one.")] input: PasswordChangeInput,
    ) -> Result<PasswordChangePayload, ResolverError> {
        let by_cookie = ctx.op().caller().by_cookie;
        cookie::check(ctx, by_cookie)?;
        let (current, new) = (input.password.into(), input.new_password.into());
        let changed = auth::password_change(ctx.op(), current, new).await;
        PasswordChangePayload::from_result(changed.map(|login| Session::deliver(ctx, &login, by_cookie)))
    }

    /// Starts to set up a second factor for the viewer's account: returns the secret for an authenticator app. Logins do
    /// not need the second factor before `secondFactorConfirm`. A repeated call replaces the secret.
    #[graphql(directive = cost::apply(HASH))]
    async fn second_factor_enrol(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Current password.")] input: SecondFactorEnrolInput,
    ) -> Result<SecondFactorEnrolPayload, ResolverError> {
        let enrolled = auth::second_factor_enrol(ctx.op(), input.password.into()).await;
        SecondFactorEnrolPayload::from_result(enrolled, |enrolment| {
            (Some(text(&enrolment.uri)), Some(text(&enrolment.qr_code)), Some(text(&enrolment.secret)))
        })
    }

    /// Enables the second factor with a code of the app. All sessions of the account end, and a new one replaces the
    /// session of this request, by the same transport: a token in the answer or a cookie.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn second_factor_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Code of the app.")] input: SecondFactorConfirmInput,
    ) -> Result<SecondFactorConfirmPayload, ResolverError> {
        let by_cookie = ctx.op().caller().by_cookie;
        cookie::check(ctx, by_cookie)?;
        let confirmed = auth::second_factor_confirm(ctx.op(), input.code.into()).await;
        SecondFactorConfirmPayload::from_result(confirmed, |confirmed| {
            let session = Session::deliver(ctx, &confirmed.login, by_cookie);
            (Some(texts(&confirmed.recovery_codes)), Some(session))
        })
    }

    /// Removes the second factor of the viewer's account. All sessions of the account end, and a new one replaces the
    /// session of this request, by the same transport: a token in the answer or a cookie.
    #[graphql(directive = cost::apply(HASH))]
    async fn second_factor_disable(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Current password, and a code.")] input: SecondFactorDisableInput,
    ) -> Result<SecondFactorDisablePayload, ResolverError> {
        let by_cookie = ctx.op().caller().by_cookie;
        cookie::check(ctx, by_cookie)?;
        let disabled =
            auth::second_factor_disable(ctx.op(), ShownAgain::new(input.password, input.code)).await;
        let session = disabled.map(|login| Session::deliver(ctx, &login, by_cookie));
        SecondFactorDisablePayload::from_result(session)
    }

    /// Replaces the recovery codes of the viewer's account by ten new ones. The old codes stop working.
    #[graphql(directive = cost::apply(HASH))]
    async fn second_factor_recovery_codes_renew(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Current password, and a code.")] input: SecondFactorRecoveryCodesRenewInput,
    ) -> Result<SecondFactorRecoveryCodesRenewPayload, ResolverError> {
        let renewed =
            auth::second_factor_recovery_codes_renew(ctx.op(), ShownAgain::new(input.password, input.code))
                .await;
        SecondFactorRecoveryCodesRenewPayload::from_result(renewed.map(|codes| texts(&codes)))
    }

    /// Removes the second factor of another account, whose owner has lost it, and ends the account's sessions. Verify the
    /// owner's identity first. Requires `CUSTOMERS_EDIT` for customers, `STAFF_EDIT` for staff, and all permissions that
    /// the account has.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn second_factor_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Account to reset.")] input: SecondFactorResetInput,
    ) -> Result<SecondFactorResetPayload, ResolverError> {
        let id = AccountId::from_global(&input.id, "input.id")?;
        SecondFactorResetPayload::new(auth::second_factor_reset(ctx.op(), id).await)
    }

    /// Ends one of the viewer's sessions at once, on all instances, with its open connections.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Session to end.")] input: SessionRevokeInput,
    ) -> Result<SessionRevokePayload, ResolverError> {
        let id = SessionId::from_global(&input.id, "input.id")?;
        let revoked = auth::session_revoke(ctx.op(), id).await;
        if revoked.is_ok() && auth::current_session(ctx.op()).await? == Some(id) {
            cookie::remove(ctx);
        }
        SessionRevokePayload::from_result(revoked.map(|()| input.id))
    }

    /// Ends all sessions of the viewer at once, on all instances, with their open connections.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn sessions_revoke_all(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Options; without them all sessions end.")] input: Option<SessionsRevokeAllInput>,
    ) -> Result<SessionsRevokeAllPayload, ResolverError> {
        let keep_current = input.is_some_and(|input| input.keep_current);
        let count = auth::sessions_revoke_all(ctx.op(), keep_current).await?;
        if !keep_current {
            cookie::remove(ctx);
        }
        Ok(SessionsRevokeAllPayload::new(count))
    }
}

fn text(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}

fn texts(secrets: &[SecretString]) -> Vec<String> {
    secrets.iter().map(text).collect()
}
