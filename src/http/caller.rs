//! The caller of a request: IP address, credentials and user agent.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use poem::{Request, http::header};

use crate::{
    domain::identity::{CART_COOKIE, Caller, Credentials, MAX_USER_AGENT, SESSION_COOKIE, Token},
    http::state::Settings,
};

/// The request has a cookie of ours and comes from a page of a foreign origin.
pub(super) struct ForeignOrigin;

/// Reads the caller from a request's headers and socket. A bearer token takes precedence over the session's cookie. Cookies
/// from a foreign origin count only for what they are: with a bearer token they are ignored, else the request is refused.
pub(super) fn caller(request: &Request, settings: &Settings) -> Result<Caller, ForeignOrigin> {
    let (bearer, session) = (bearer(request), cookie(request, SESSION_COOKIE));
    let mut cart = cookie(request, CART_COOKIE);
    if (session.is_some() || cart.is_some()) && !settings.origins.allows(request) {
        if bearer.is_none() {
            return Err(ForeignOrigin);
        }
        cart = None;
    }
    let (credentials, by_cookie) = match (bearer, session) {
        (Some(token), _) => (Credentials::parse(token), false),
        (None, Some(token)) => (Credentials::parse(token), true),
        (None, None) => (Credentials::None, false),
    };
    let cart_token = cart.and_then(|token| token.parse().ok()).map(|token: Token| token.hash());
    let ip_address = ip_address(request, settings.trusted_proxies);
    Ok(Caller { ip_address, credentials, by_cookie, cart_token, user_agent: user_agent(request) })
}

/// The user agent, without control characters and shortened. Its bytes may not be UTF-8.
fn user_agent(request: &Request) -> Option<String> {
    let value = request.headers().get(header::USER_AGENT)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect();
    (!text.is_empty()).then_some(text)
}

/// The token of `Authorization: Bearer TOKEN` ([RFC 6750, 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
/// Other schemes are ignored: a proxy in front of the server may use them.
fn bearer(request: &Request) -> Option<&str> {
    bearer_token(request.header(header::AUTHORIZATION)?)
}

fn bearer_token(value: &str) -> Option<&str> {
    let value = value.trim();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Credentials from the value of an `Authorization` header that was sent in a WebSocket message. Anything but a bearer
/// token is malformed there.
pub(super) fn credentials(authorization: &str) -> Credentials {
    bearer_token(authorization).map_or(Credentials::Malformed, Credentials::parse)
}

/// The cookie of this name. Values of other cookies may not be UTF-8.
fn cookie<'a>(request: &'a Request, wanted: &str) -> Option<&'a str> {
    let pairs = request.headers().get_all(header::COOKIE).iter();
    pairs.flat_map(|value| value.as_bytes().split(|byte| *byte == b';')).find_map(|pair| {
        let (name, value) = std::str::from_utf8(pair).ok()?.trim().split_once('=')?;
        (name == wanted).then_some(value)
    })
}

/// The client's address: the socket's, or behind `proxies` proxies the one that the outermost of them saw. Entries
/// further left in `X-Forwarded-For` come from the client and cannot be trusted. If the proxies' entries are missing or
/// malformed, the address is `0.0.0.0`, not the proxy's, which may be exempt from limits.
fn ip_address(request: &Request, proxies: usize) -> IpAddr {
    let socket =
        request.remote_addr().as_socket_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |addr| addr.ip());
    let mut values = request.headers().get_all("x-forwarded-for").iter().peekable();
    let Some(back) = proxies.checked_sub(1).filter(|_| values.peek().is_some()) else { return socket };
    let values: Vec<_> = values.collect();
    let mut entries = values.iter().rev().flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    let entry = entries.nth(back).and_then(|entry| parse_address(std::str::from_utf8(entry).ok()?.trim()));
    entry.unwrap_or(Ipv4Addr::UNSPECIFIED.into())
}

/// Parses an address, with or without a port or brackets.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
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
        assert_eq!(ip_address(&request, 0), Ipv4Addr::UNSPECIFIED);
        assert_eq!(ip_address(&request, 1), Ipv4Addr::new(10, 0, 0, 1));
        assert_eq!(ip_address(&request, 2), Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(ip_address(&request, 9), Ipv4Addr::UNSPECIFIED);
    }

    #[test]
    fn entries_of_proxies_are_addresses_or_nobody() {
        let address = |value: &[u8]| {
            let value = poem::http::HeaderValue::from_bytes(value).unwrap();
            let request = Request::builder().header("x-forwarded-for", value).finish();
            super::ip_address(&request, 1).to_string()
        };
        assert_eq!(address(b"\xff, 192.0.2.1"), "192.0.2.1");
        assert_eq!(address(b"192.0.2.1:4711"), "192.0.2.1");
        assert_eq!(address(b"[2001:db8::1]"), "2001:db8::1");
        assert_eq!(address(b"[2001:db8::1]:4711"), "2001:db8::1");
        for unknown in [&b"unknown"[..], b"", b"192.0.2.1, \xff", b"1.2.3.4.5"] {
            assert_eq!(address(unknown), "0.0.0.0", "{unknown:?}");
        }
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
        assert_eq!(cookie(&request, SESSION_COOKIE), Some("tok"));
        assert_eq!(cookie(&request, CART_COOKIE), None);
        let french = poem::http::HeaderValue::from_bytes(b"lang=fran\xe7ais; __Host-bodega=tok").unwrap();
        assert_eq!(
            cookie(&Request::builder().header("cookie", french).finish(), SESSION_COOKIE),
            Some("tok")
        );
    }

    #[test]
    fn what_a_program_calls_itself_is_bounded_and_harmless() {
        let user_agent = |value: &[u8]| {
            let value = poem::http::HeaderValue::from_bytes(value).unwrap();
            user_agent(&Request::builder().header("user-agent", value).finish())
        };
        assert_eq!(user_agent(b"bodega-cli/1.0").as_deref(), Some("bodega-cli/1.0"));
        assert_eq!(user_agent("a\tb\u{85}\u{e9}".as_bytes()).as_deref(), Some("ab\u{e9}"));
        assert_eq!(user_agent(b"caf\xe9").as_deref(), Some("caf\u{fffd}"));
        assert_eq!(user_agent("\u{e9}".repeat(4_000).as_bytes()), Some("\u{e9}".repeat(512)));
        assert_eq!(user_agent(b""), None);
        assert_eq!(super::user_agent(&Request::default()), None);
    }
}
