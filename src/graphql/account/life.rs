//! The life of an account: registered, verified, changed.

use async_graphql::{Context, Object};

use super::life_types::{
    AskForMailPayload, EmailChangeConfirmPayload, EmailChangeRequestInput, EmailChangeRequestPayload,
    EmailInput, EmailVerifyInput, EmailVerifyPayload, PasswordChangeInput, PasswordChangePayload,
    PasswordResetInput, PasswordResetPayload, ProfileUpdateInput, ProfileUpdatePayload, RegisterInput,
    RegisterPayload, TokenInput,
};
use super::session::Session;
use crate::{
    domain::account,
    graphql::{
        context::ContextExt,
        cost::{HASH, STATEMENT, cost},
        error::ResolverError,
        session_cookie,
    },
};

/// Mutations on one's own account.
#[derive(Default)]
pub struct LifeMutation;

#[Object]
impl LifeMutation {
    /// Asks for an account. The answer is the same whether or not an account has the address: a letter goes there, either to
    /// verify it with `emailVerify`, or to say that it has an account already.
    #[graphql(directive = cost::apply(HASH))]
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the account is to be.")] input: RegisterInput,
    ) -> Result<RegisterPayload, ResolverError> {
        RegisterPayload::new(account::register(ctx.op(), input.into()).await)
    }

    /// Makes the account of a registration, with the token of the letter. It opens no session: `login` does.
    #[graphql(directive = cost::apply(HASH))]
    async fn email_verify(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] input: EmailVerifyInput,
    ) -> Result<EmailVerifyPayload, ResolverError> {
        EmailVerifyPayload::new(account::verify(ctx.op(), &input.token, input.password.map(Into::into)).await)
    }

    /// Has the letter of a registration sent once more. The answer is the same whether or not one waits.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn email_verify_resend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to.")] input: EmailInput,
    ) -> Result<AskForMailPayload, ResolverError> {
        AskForMailPayload::new(account::verify_again(ctx.op(), &input.email).await)
    }

    /// Has a letter sent with which a new password is chosen. The answer is the same whether or not an account has the
    /// address.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn password_reset_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to.")] input: EmailInput,
    ) -> Result<AskForMailPayload, ResolverError> {
        AskForMailPayload::new(account::ask_for_reset(ctx.op(), &input.email).await)
    }

    /// Sets a new password with the token of the letter. All sessions of the account end. It opens none: `login` does, and
    /// asks for the second factor if there is one.
    #[graphql(directive = cost::apply(HASH))]
    async fn password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token and the new password.")] input: PasswordResetInput,
    ) -> Result<PasswordResetPayload, ResolverError> {
        let password = input.new_password.into();
        PasswordResetPayload::new(account::reset_password(ctx.op(), &input.token, password).await)
    }

    /// Replaces the viewer's password. All sessions of the account end, and a new one is opened for the viewer, in the way
    /// in which the present one was shown: by a token in the answer or by a cookie.
    #[graphql(directive = cost::apply(2 * HASH))]
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The present password and the new one.")] input: PasswordChangeInput,
    ) -> Result<PasswordChangePayload, ResolverError> {
        let by_cookie = ctx.op().caller().by_cookie;
        session_cookie::check(ctx, by_cookie)?;
        let (present, new) = (input.password.into(), input.new_password.into());
        let changed = account::change_password(ctx.op(), present, new).await;
        PasswordChangePayload::new(changed, |login| Session::hand_over(ctx, login, by_cookie))
    }

    /// Has a letter sent to the address that the viewer wants, and tells the present one. The answer is the same whether or
    /// not another account has that address.
    #[graphql(directive = cost::apply(HASH))]
    async fn email_change_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new address, and the password.")] input: EmailChangeRequestInput,
    ) -> Result<EmailChangeRequestPayload, ResolverError> {
        let password = input.password.into();
        EmailChangeRequestPayload::new(account::ask_for_email(ctx.op(), &input.email, password).await)
    }

    /// Changes an account's address with the token of the letter to the new one, and tells both. It needs no session.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn email_change_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] input: TokenInput,
    ) -> Result<EmailChangeConfirmPayload, ResolverError> {
        EmailChangeConfirmPayload::new(account::change_email(ctx.op(), &input.token).await)
    }

    /// Changes what the viewer says about themselves. What the input leaves out stays.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn profile_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: ProfileUpdateInput,
    ) -> Result<ProfileUpdatePayload, ResolverError> {
        ProfileUpdatePayload::new(account::update_profile(ctx.op(), input.name.as_deref()).await)
    }
}
