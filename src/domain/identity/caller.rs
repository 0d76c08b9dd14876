//! A request's sender, before any check.

use std::net::IpAddr;

use super::token::Token;

/// What a request says of its sender.
#[derive(Debug)]
pub struct Caller {
    pub ip_address: IpAddr,
    pub credentials: Credentials,
    pub by_cookie: bool,
    /// The program that it says it is, [`MAX_USER_AGENT`] characters at most and none of them a control character. It
    /// may say anything.
    pub user_agent: Option<String>,
}

/// As much is kept of what a sender's program calls itself.
pub const MAX_USER_AGENT: usize = 512;

/// What a request shows to be let in.
#[derive(Debug)]
pub enum Credentials {
    None,
    Token(Token),
    ApiKey(Token),
    /// Something that cannot be either.
    Malformed,
}

/// Name of the cookie that holds a browser's session. Browsers insist on `Secure`, `Path=/` and no `Domain` for `__Host-`.
pub const SESSION_COOKIE: &str = "__Host-bodega";

/// What the cookie is set with beside its value.
pub const COOKIE_ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// Value of `Set-Cookie` that removes the cookie.
pub const REMOVED_COOKIE: &str = "__Host-bodega=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";

/// What an API key begins with, so that programs that look for secrets in the open know it.
pub const API_KEY_PREFIX: &str = "bdg_";

impl Credentials {
    /// What a text shows.
    pub fn parse(text: &str) -> Self {
        let (token, kind): (&str, fn(Token) -> Self) = match text.strip_prefix(API_KEY_PREFIX) {
            Some(key) => (key, Self::ApiKey),
            None => (text, Self::Token),
        };
        token.parse().map_or(Self::Malformed, kind)
    }
}

impl Caller {
    /// Addresses that one sender has at hand count as one: an IPv4 address, or the /64 network of an IPv6 address.
    pub fn network(&self) -> String {
        match self.ip_address.to_canonical() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }

    /// The wider network around [`Caller::network`], which one sender may have as a whole: the /24 of an IPv4 address, or
    /// the /48 of an IPv6 address.
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
        Caller { ip_address: address, credentials: Credentials::None, by_cookie: false, user_agent: None }
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
