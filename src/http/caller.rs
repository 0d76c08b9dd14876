//! Who a request comes from: its address and what it shows to be let in.

use std::net::{IpAddr, Ipv4Addr};

use poem::{Request, http::header};

use super::Settings;
use crate::{
    domain::{Caller, Credentials},
    graphql::session_cookie,
};

/// The session's cookie came with a page of another origin.
pub(super) struct ForeignOrigin;

/// Reads the caller from a request's headers and socket. A bearer token comes before the cookie.
pub(super) fn caller(request: &Request, settings: &Settings) -> Result<Caller, ForeignOrigin> {
    let credentials = match (bearer(request), cookie(request)) {
        (Some(token), _) => parse(token),
        (None, Some(_)) if !settings.origins.may_use_cookie(request) => return Err(ForeignOrigin),
        (None, Some(token)) => parse(token),
        (None, None) => Credentials::None,
    };
    Ok(Caller { address: address(request, settings.trusted_proxies), credentials })
}

/// The token of `Authorization: Bearer TOKEN` ([RFC 6750, 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)). Other
/// schemes are not ours: a proxy before the server may use them.
fn bearer(request: &Request) -> Option<&str> {
    let value = request.header(header::AUTHORIZATION)?.trim();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn cookie(request: &Request) -> Option<&str> {
    let cookies = request.headers().get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == session_cookie::NAME).then_some(value))
}

fn parse(token: &str) -> Credentials {
    token.parse().map_or(Credentials::Malformed, Credentials::Token)
}

/// The sender's address: the socket's, or behind `proxies` proxies the one that the outermost of them saw. What stands
/// further left in `X-Forwarded-For` was written by the sender and may be anything.
fn address(request: &Request, proxies: usize) -> IpAddr {
    let socket =
        request.remote_addr().as_socket_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |addr| addr.ip());
    let Some(back) = proxies.checked_sub(1) else { return socket };
    let values = request.headers().get_all("x-forwarded-for").iter().rev();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.rsplit(','))
        .nth(back)
        .and_then(|address| address.trim().parse().ok())
        .unwrap_or(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_proxies_only_their_entries_count() {
        let request = Request::builder()
            .header("x-forwarded-for", "6.6.6.6, 192.0.2.1")
            .header("x-forwarded-for", "10.0.0.1")
            .finish();
        assert_eq!(address(&request, 0), Ipv4Addr::UNSPECIFIED);
        assert_eq!(address(&request, 1), Ipv4Addr::new(10, 0, 0, 1));
        assert_eq!(address(&request, 2), Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(address(&request, 9), Ipv4Addr::UNSPECIFIED);
    }

    #[test]
    fn a_scheme_other_than_bearer_is_no_token() {
        let token = |value: &str| {
            bearer(&Request::builder().header("authorization", value).finish()).map(str::to_owned)
        };
        assert_eq!(token("bearer abc").as_deref(), Some("abc"));
        assert_eq!(token("Bearer").as_deref(), Some(""));
        assert_eq!((token("Basic abc"), token("abc")), (None, None));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let request =
            Request::builder().header("cookie", "a=1; __Host-bodega=tok; x__Host-bodega=no").finish();
        assert_eq!(cookie(&request), Some("tok"));
    }
}
