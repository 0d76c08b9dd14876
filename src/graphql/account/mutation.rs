//! Registering, changing and blocking accounts.

use async_graphql::{Context, Object};
use entity::AccountId;

use super::types::*;
use crate::{
    domain::account,
    graphql::kit::{
        context::ContextExt,
        cost::{HASH, STATEMENT, cost},
        error::ResolverError,
        id::Node,
    },
};

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Requests a new account. The answer is the same whether or not the email address has an account: an email is sent
    /// there, with a token for `emailVerify`, or with the note that it has an account already.
    #[graphql(directive = cost::apply(HASH))]
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Email address, password and name of the new account.")] input: RegisterInput,
    ) -> Result<RegisterPayload, ResolverError> {
        RegisterPayload::from_result(account::register(ctx.op(), input.into()).await)
    }

    /// Creates the account of a registration, with the token of the email. Opens no session; `login` does.
    #[graphql(directive = cost::apply(HASH))]
    async fn email_verify(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Token of the email.")] input: EmailVerifyInput,
    ) -> Result<EmailVerifyPayload, ResolverError> {
        let password = input.password.map(Into::into);
        EmailVerifyPayload::from_result(account::email_verify(ctx.op(), &input.token, password).await)
    }

    /// Sends the email of a registration again. The answer is the same whether or not a registration is waiting.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn email_verify_resend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Email address of the registration.")] input: EmailVerifyResendInput,
    ) -> Result<EmailVerifyResendPayload, ResolverError> {
        EmailVerifyResendPayload::from_result(account::email_verify_resend(ctx.op(), &input.email).await)
    }

    /// Requests a change of the viewer's email address. Sends an email with a token for `emailChangeConfirm` to the new
    /// address and a notification to the current one. The answer is the same whether or not another account has the new
    /// address.
    #[graphql(directive = cost::apply(HASH))]
    async fn email_change_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "New email address, and the current password.")] input: EmailChangeRequestInput,
    ) -> Result<EmailChangeRequestPayload, ResolverError> {
        let password = input.password.into();
        let requested = account::email_change_request(ctx.op(), &input.email, password).await;
        EmailChangeRequestPayload::from_result(requested)
    }

    /// Changes an account's email address, with the token of the email to the new address. Notifies both addresses. Needs
    /// no session.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn email_change_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Token of the email.")] input: EmailChangeConfirmInput,
    ) -> Result<EmailChangeConfirmPayload, ResolverError> {
        let changed = account::email_change_confirm(ctx.op(), &input.token).await;
        EmailChangeConfirmPayload::from_result(changed.map(|account| account.email))
    }

    /// Changes the viewer's profile.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn profile_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Fields to change.")] input: ProfileUpdateInput,
    ) -> Result<ProfileUpdatePayload, ResolverError> {
        let updated = account::profile_update(ctx.op(), input.name.as_deref()).await;
        ProfileUpdatePayload::from_result(updated.map(|account| Account::from(&*account)))
    }

    /// Blocks an account: its sessions end at once, and it cannot log in. Notifies the owner by email. Blocking a blocked
    /// account changes nothing. Requires `CUSTOMERS_EDIT` and `CUSTOMERS_VIEW` for customers, `STAFF_EDIT` for staff, and
    /// all permissions that the account has.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn account_block(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Account to block.")] input: AccountBlockInput,
    ) -> Result<AccountBlockPayload, ResolverError> {
        let id = AccountId::from_global(&input.id, "input.id")?;
        AccountBlockPayload::from_result(account::block(ctx.op(), id).await)
    }

    /// Unblocks an account, which keeps its permissions. Its owner can log in again and is notified by email.
    /// Unblocking an account that is not blocked changes nothing. Requires the same permissions as `accountBlock`.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn account_unblock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Account to unblock.")] input: AccountUnblockInput,
    ) -> Result<AccountUnblockPayload, ResolverError> {
        let id = AccountId::from_global(&input.id, "input.id")?;
        AccountUnblockPayload::from_result(account::unblock(ctx.op(), id).await)
    }
}
