//! The cookies of browsers: of the session, and of a guest's cart.
//!
//! `__Host-` makes browsers insist on `Secure`, `Path=/` and no `Domain` ([RFC 6265bis, 4.1.3.2][prefix]); `HttpOnly` keeps
//! scripts from reading it; `SameSite=Lax` keeps it out of other sites' requests. Browsers accept `Secure` cookies over
//! plain HTTP from loopback addresses (Chromium, Firefox), so that development needs no certificate.
//!
//! [prefix]: https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-__host-prefix

use std::time::Duration;

use async_graphql::Context;

use super::{context::ContextExt, error::ResolverError};
use crate::domain::identity::{
    CART_COOKIE, COOKIE_ATTRIBUTES, REMOVED_CART_COOKIE, REMOVED_COOKIE, SESSION_COOKIE,
};

/// Rejects operations that would set a cookie if the response has no headers, before they have any effect.
pub(in crate::graphql) fn check(ctx: &Context<'_>, by_cookie: bool) -> Result<(), ResolverError> {
    if by_cookie && !ctx.has_response_headers() {
        let message =
            "Cookies cannot be set on this connection. Use HTTP, or log in with the transport BEARER.";
        return Err(ResolverError::bad_input(message));
    }
    Ok(())
}

/// Sets the session's cookie for `max_age`, or until the browser is closed. Call [`check`] first.
pub(in crate::graphql) fn set(ctx: &Context<'_>, token: &str, max_age: Option<Duration>) {
    append(ctx, SESSION_COOKIE, token, max_age);
}

/// Sets the cookie of a guest's cart. Call [`check`] first.
pub(in crate::graphql) fn set_cart(ctx: &Context<'_>, token: &str, max_age: Duration) {
    append(ctx, CART_COOKIE, token, Some(max_age));
}

fn append(ctx: &Context<'_>, name: &str, token: &str, max_age: Option<Duration>) {
    let age = max_age.map(|age| format!("Max-Age={}; ", age.as_secs())).unwrap_or_default();
    ctx.append_http_header("set-cookie", format!("{name}={token}; {age}{COOKIE_ATTRIBUTES}"));
}

pub(in crate::graphql) fn remove(ctx: &Context<'_>) {
    ctx.append_http_header("set-cookie", REMOVED_COOKIE);
}

/// Removes the cookie of a guest's cart, if the request has it and the response can.
pub(in crate::graphql) fn remove_cart(ctx: &Context<'_>) {
    if ctx.op().caller().cart_token.is_some() && ctx.has_response_headers() {
        ctx.append_http_header("set-cookie", REMOVED_CART_COOKIE);
    }
}
