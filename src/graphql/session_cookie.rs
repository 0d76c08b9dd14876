//! The cookie that holds a browser's session.
//!
//! `__Host-` makes browsers insist on `Secure`, `Path=/` and no `Domain` ([RFC 6265bis, 4.1.3.2][prefix]); `HttpOnly` keeps
//! scripts from reading it; `SameSite=Lax` keeps it out of other sites' requests. Browsers accept `Secure` cookies over
//! plain HTTP from loopback addresses (Chromium, Firefox), so that development needs no certificate.
//!
//! [prefix]: https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-__host-prefix

use async_graphql::Context;

use super::{account::Session, context::ContextExt, error::ResolverError};
use crate::domain::account::LoggedIn;

/// The cookie's name.
pub const NAME: &str = "__Host-bodega";

const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// Has the answer set the cookie, for as long as the session may last, or until the browser is closed.
pub(super) fn set(ctx: &Context<'_>, login: &LoggedIn) {
    let age = match login.is_remembered {
        true => format!("Max-Age={}; ", ctx.op().accounts.lifetime.absolute.as_secs()),
        false => String::new(),
    };
    ctx.append_http_header("set-cookie", format!("{NAME}={}; {age}{ATTRIBUTES}", login.token.expose()));
}

/// Whether the session can be replaced by a new one in the way in which the caller shows it.
pub(super) fn check_renewal(ctx: &Context<'_>) -> Result<(), ResolverError> {
    match ctx.op().caller().by_cookie && !ctx.has_response_headers() {
        true => Err(ResolverError::bad_input(
            "This sets a new cookie, which cannot be done here. Send it by HTTP.",
        )),
        false => Ok(()),
    }
}

/// Hands out a session that takes the place of the caller's: by a cookie if that one came so, else in the answer.
pub(super) fn renew(ctx: &Context<'_>, login: &LoggedIn) -> Session {
    let by_cookie = ctx.op().caller().by_cookie;
    if by_cookie {
        set(ctx, login);
    }
    Session::opened(login, !by_cookie)
}

/// Has the answer remove the cookie.
pub(super) fn remove(ctx: &Context<'_>) {
    ctx.append_http_header("set-cookie", format!("{NAME}=; Max-Age=0; {ATTRIBUTES}"));
}
