//! Passwords of accounts: re-authentication, and choice of a new one.

use entity::account;
use secrecy::SecretString;

use super::network;
use crate::domain::{
    audit::AuditEntry,
    context::OpContext,
    credential::Check,
    kernel::{
        fault::{Fault, Throttled},
        text::InvalidField,
    },
    shop,
    throttle::digest,
};

/// Whether this is the viewer's password. A wrong one counts as a failed login, and is recorded in the audit log as a
/// rejected `action`.
pub(in crate::domain) async fn confirm_password(
    ctx: &OpContext,
    account: &account::Model,
    password: SecretString,
    action: &'static str,
) -> Result<bool, Throttled> {
    let is_known = network::is_known(ctx, account.id).await?;
    let keys = ctx.services().throttle.login_keys(ctx.caller(), &digest(&account.email), is_known);
    let attempt = ctx.throttle(keys).await?;
    match ctx.services().passwords.check(password, account.password_hash.clone()).await? {
        Check::Right | Check::RightButOutdated => {
            attempt.succeeded().await;
            Ok(true)
        }
        Check::Wrong => {
            ctx.audit(AuditEntry::new(action).about("Account", account.id).rejected()).await?;
            Ok(false)
        }
    }
}

/// Hash of a new password from the input field `field`, if it is acceptable.
pub(in crate::domain) async fn hash_of_choice<E: From<InvalidField> + From<Fault>>(
    ctx: &OpContext,
    account: &account::Model,
    field: &'static str,
    password: SecretString,
) -> Result<String, E> {
    let passwords = &ctx.services().passwords;
    let context = vec![account.email.clone(), account.name.clone(), shop::name(ctx.db()).await?];
    passwords.check_choice(field, &password, context).await??;
    Ok(passwords.hash(password, ctx.random().secret()).await?)
}
