//! Logging in and out.

use async_graphql::{Context, Object};

use super::login_types::{
    LoginInput, LoginPayload, LoginSecondFactorInput, LoginSecondFactorPayload, LogoutPayload,
    SessionTransport,
};
use crate::{
    domain::account::{
        self, Login, LoginStep,
        second_factor::{self, LoginSecondFactor},
    },
    graphql::{
        context::ContextExt,
        cost::{HASH, STATEMENT, cost},
        error::ResolverError,
        session_cookie,
    },
};

/// Mutations that open and end the caller's session.
#[derive(Default)]
pub struct LoginMutation;

#[Object]
impl LoginMutation {
    /// Opens a session. If the account has a second factor, it asks for that instead, and `loginSecondFactor` opens the
    /// session.
    #[graphql(directive = cost::apply(HASH))]
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who logs in, and how the session is kept.")] input: LoginInput,
    ) -> Result<LoginPayload, ResolverError> {
        let by_cookie = input.transport == SessionTransport::Cookie;
        session_cookie::check(ctx, by_cookie)?;
        let login =
            Login { email: input.email, password: input.password.into(), is_remembered: input.remember_me };
        match account::login(ctx.op(), login).await {
            Ok(LoginStep::Done(login)) => Ok(LoginPayload::done(ctx, &login, by_cookie)),
            Ok(LoginStep::SecondFactor(challenge)) => Ok(LoginPayload::challenge(&challenge)),
            Err(error) => LoginPayload::failure(error),
        }
    }

    /// Opens a session with the account's second factor, after `login` has asked for it. A login is given up after five
    /// minutes, or five wrong codes.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn login_second_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The second factor, and how the session is kept.")] input: LoginSecondFactorInput,
    ) -> Result<LoginSecondFactorPayload, ResolverError> {
        let by_cookie = input.transport == SessionTransport::Cookie;
        session_cookie::check(ctx, by_cookie)?;
        let login = LoginSecondFactor {
            challenge: input.challenge.into(),
            code: input.code.into(),
            is_remembered: input.remember_me,
        };
        match second_factor::login(ctx.op(), login).await {
            Ok(login) => Ok(LoginSecondFactorPayload::done(ctx, &login, by_cookie)),
            Err(error) => LoginSecondFactorPayload::failure(error),
        }
    }

    /// Ends the session that the request shows, and removes the cookie. Without a session it does nothing.
    async fn logout(&self, ctx: &Context<'_>) -> Result<LogoutPayload, ResolverError> {
        let logged_out = account::logout(ctx.op()).await?;
        session_cookie::remove(ctx);
        Ok(LogoutPayload { logged_out })
    }
}
