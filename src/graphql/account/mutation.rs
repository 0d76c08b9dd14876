//! Logging in and out.

use async_graphql::{Context, Object};

use super::types::{LoginInput, LoginPayload, LogoutPayload, SessionTransport};
use crate::{
    domain::account::{self, Login},
    graphql::{
        context::ContextExt,
        cost::{HASH, cost},
        error::ResolverError,
        session_cookie,
    },
};

/// Mutations on accounts and sessions.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Opens a session.
    #[graphql(directive = cost::apply(HASH))]
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who logs in, and how the session is kept.")] input: LoginInput,
    ) -> Result<LoginPayload, ResolverError> {
        if input.transport == SessionTransport::Cookie && !ctx.has_response_headers() {
            let message = "A cookie cannot be set here. Send the login by HTTP, or use the transport BEARER.";
            return Err(ResolverError::bad_input(message));
        }
        let login =
            Login { email: input.email, password: input.password.into(), is_remembered: input.remember_me };
        match account::login(ctx.op(), login).await {
            Ok(login) => {
                if input.transport == SessionTransport::Cookie {
                    session_cookie::set(ctx, &login);
                }
                Ok(LoginPayload::success(&login, input.transport))
            }
            Err(error) => LoginPayload::failure(error),
        }
    }

    /// Ends the session that the request shows, and removes the cookie. Without a session it does nothing.
    async fn logout(&self, ctx: &Context<'_>) -> Result<LogoutPayload, ResolverError> {
        let logged_out = account::logout(ctx.op()).await?;
        session_cookie::remove(ctx);
        Ok(LogoutPayload { logged_out })
    }
}
