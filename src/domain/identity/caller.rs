//! The sender of a request, not authenticated.

use std::net::IpAddr;

use super::token::{Token, TokenHash};

/// Data of a request about its sender.
#[derive(Debug)]
pub struct Caller {
    pub ip_address: IpAddr,
    pub credentials: Credentials,
    pub by_cookie: bool,
    /// Hash of the token of a guest's cart, from its cookie.
    pub cart_token: Option<TokenHash>,
    /// User agent, at most [`MAX_USER_AGENT`] characters without control characters. Chosen by the client.
    pub user_agent: Option<String>,
}

/// Maximum number of characters of a user agent.
pub const MAX_USER_AGENT: usize = 512;

/// Credentials of a request.
#[derive(Debug)]
pub enum Credentials {
    None,
    Token(Token),
    ApiKey(Token),
    /// Neither a token nor an API key.
    Malformed,
}

/// Name of the session cookie. With `__Host-`, browsers require `Secure`, `Path=/` and no `Domain`.
pub const SESSION_COOKIE: &str = "__Host-bodega";

/// Name of the cookie with the token of a guest's cart.
pub const CART_COOKIE: &str = "__Host-bodega-cart";

/// Attributes of the cookies.
pub const COOKIE_ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// Value of `Set-Cookie` that removes the session cookie.
pub const REMOVED_COOKIE: &str = "__Host-bodega=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";

/// Value of `Set-Cookie` that removes the cart cookie.
pub const REMOVED_CART_COOKIE: &str =
    "__Host-bodega-cart=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";

/// Prefix of API keys, so that secret scanners recognise them.
pub const API_KEY_PREFIX: &str = "bdg_";

impl Credentials {
    /// Parses the credentials in a text.
    pub fn parse(text: &str) -> Self {
        let (token, kind): (&str, fn(Token) -> Self) = match text.strip_prefix(API_KEY_PREFIX) {
            Some(key) => (key, Self::ApiKey),
            None => (text, Self::Token),
        };
        token.parse().map_or(Self::Malformed, kind)
    }
}

impl Caller {
    /// The network of the sender, which counts as one address: an IPv4 address, or the /64 of an IPv6 address.
    pub fn network(&self) -> String {
        match self.ip_address.to_canonical() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }

    /// The wider network around [`Caller::network`]: the /24 of an IPv4 address, or the /48 of an IPv6 address.
    pub fn prefix(&self) -> String {
        match self.ip_address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(v6) => {
                let [a, b, c, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}::/48")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(address: &str) -> Caller {
        let address = address.parse().unwrap();
        Caller {
            ip_address: address,
            credentials: Credentials::None,
            by_cookie: false,
            cart_token: None,
            user_agent: None,
        }
    }

    #[test]
    fn a_prefix_is_wider_than_a_network() {
        let prefix = |address: &str| caller(address).prefix();
        assert_eq!(prefix("2001:db8:1:2::1"), prefix("2001:db8:1:3::1"));
        assert_eq!(prefix("2001:db8:1:2::1"), "2001:db8:1::/48");
        assert_ne!(prefix("2001:db8:1:2::1"), prefix("2001:db8:2:2::1"));
        assert_eq!(prefix("192.0.2.1"), "192.0.2.0/24");
        assert_eq!(prefix("::ffff:192.0.2.255"), "192.0.2.0/24");
    }

    #[test]
    fn an_ipv6_sender_is_its_network() {
        let network = |address: &str| caller(address).network();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
