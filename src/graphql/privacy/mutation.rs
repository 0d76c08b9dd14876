//! Being forgotten.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use crate::{
    domain::privacy::{self, DeleteAccountError},
    graphql::{
        account::{LastAdmin, RateLimited, WrongPassword},
        context::ContextExt,
        cost::{HASH, cost},
        error::ResolverError,
        id::Node,
        session_cookie,
    },
};

/// What deleting an account needs.
#[derive(InputObject)]
struct AccountDeleteInput {
    /// The account's password.
    #[graphql(secret)]
    password: String,
}

/// What became of deleting an account.
#[derive(SimpleObject)]
struct AccountDeletePayload {
    /// The id of the account that is gone; null when it is not.
    deleted_id: Option<ID>,
    /// Why the account was not deleted; empty when it was.
    errors: Vec<AccountDeleteError>,
}

/// Why an account was not deleted.
#[derive(Union)]
enum AccountDeleteError {
    WrongPassword(WrongPassword),
    LastAdmin(LastAdmin),
    RateLimited(RateLimited),
}

/// Mutations on what the shop keeps about the viewer.
#[derive(Default)]
pub struct PrivacyMutation;

#[Object]
impl PrivacyMutation {
    /// Deletes the viewer's account with its addresses, sessions and second factor. Orders keep their figures and lose the
    /// person. It cannot be taken back.
    #[graphql(directive = cost::apply(HASH))]
    async fn account_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password.")] input: AccountDeleteInput,
    ) -> Result<AccountDeletePayload, ResolverError> {
        let error = match privacy::delete(ctx.op(), input.password.into()).await {
            Ok(id) => {
                session_cookie::remove(ctx);
                return Ok(AccountDeletePayload { deleted_id: Some(id.global()), errors: Vec::new() });
            }
            Err(error) => error,
        };
        let message = error.to_string();
        let error = match error {
            DeleteAccountError::WrongPassword => {
                AccountDeleteError::WrongPassword(WrongPassword::new(message, "password"))
            }
            DeleteAccountError::LastAdmin => AccountDeleteError::LastAdmin(LastAdmin { message, path: None }),
            DeleteAccountError::RateLimited { retry_after } => {
                AccountDeleteError::RateLimited(RateLimited::new(message, &retry_after))
            }
            DeleteAccountError::Fault(fault) => return Err(fault.into()),
        };
        Ok(AccountDeletePayload { deleted_id: None, errors: vec![error] })
    }
}
