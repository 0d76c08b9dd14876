//! The cookie that holds a browser's session.
//!
//! `__Host-` makes browsers insist on `Secure`, `Path=/` and no `Domain` ([RFC 6265bis, 4.1.3.2][prefix]); `HttpOnly` keeps
//! scripts from reading it; `SameSite=Lax` keeps it out of other sites' requests. Browsers accept `Secure` cookies over
//! plain HTTP from loopback addresses (Chromium, Firefox), so that development needs no certificate.
//!
//! [prefix]: https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-__host-prefix

use async_graphql::Context;

use super::{context::ContextExt, error::ResolverError};
use crate::domain::account::LoggedIn;

/// The cookie's name.
pub const NAME: &str = "__Host-bodega";

const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// Has the answer set the cookie, for as long as the session may last, or until the browser is closed.
fn set(ctx: &Context<'_>, login: &LoggedIn) {
    let age = match login.is_remembered {
        true => format!("Max-Age={}; ", ctx.op().accounts.lifetime.absolute.as_secs()),
        false => String::new(),
    };
    ctx.append_http_header("set-cookie", format!("{NAME}={}; {age}{ATTRIBUTES}", login.token.expose()));
}

/// Refuses what would have the answer set a cookie where it cannot, before anything is done.
pub(super) fn check(ctx: &Context<'_>, by_cookie: bool) -> Result<(), ResolverError> {
    if by_cookie && !ctx.has_response_headers() {
        let message = "A cookie cannot be set here. Send this by HTTP, or log in with the transport BEARER.";
        return Err(ResolverError::bad_input(message));
    }
    Ok(())
}

/// Gives a new session to the client: by cookie, or as the token that is returned. [`check`] comes before.
pub(super) fn hand_over(ctx: &Context<'_>, login: &LoggedIn, by_cookie: bool) -> Option<String> {
    if by_cookie {
        set(ctx, login);
    }
    (!by_cookie).then(|| login.token.expose())
}

/// Has the answer remove the cookie.
pub(super) fn remove(ctx: &Context<'_>) {
    ctx.append_http_header("set-cookie", format!("{NAME}=; Max-Age=0; {ATTRIBUTES}"));
}
