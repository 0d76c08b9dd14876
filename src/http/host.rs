//! Rejects requests whose `Host` is missing, repeated or malformed
//! ([RFC 9112, 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2)).

use std::{net::Ipv6Addr, sync::Arc};

use poem::{
    Endpoint, Request, Response, Result,
    http::{Version, header, uri::Authority},
};

use super::reply::Refusal;

/// Calls `endpoint` for a request with one host. HTTP/1.0 needs none, and HTTP/2 has it in the request's target.
pub(super) async fn with_host<E>(endpoint: Arc<E>, request: Request) -> Result<Response>
where
    E: Endpoint<Output = Response>,
{
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let message = match (hosts.next(), hosts.next()) {
        (None, _) if request.version() == Version::HTTP_11 => "The header `Host` is missing.",
        (Some(_), Some(_)) => "The header `Host` is present more than once.",
        (Some(host), None) if !host.to_str().is_ok_and(is_host) => "The header `Host` is not a valid host.",
        _ => return endpoint.call(request).await,
    };
    Ok(Refusal::bad_request(message).into())
}

/// Whether a text is a host with or without a port ([RFC 3986, 3.2.2](https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2)).
fn is_host(text: &str) -> bool {
    let Ok(authority) = text.parse::<Authority>() else { return false };
    let host = authority.host();
    let is_address = |literal: &str| literal.trim_end_matches(']').parse::<Ipv6Addr>().is_ok();
    !host.is_empty()
        && host.strip_prefix('[').is_none_or(is_address)
        && match text.strip_prefix(host).map(|port| port.strip_prefix(':').unwrap_or(port)) {
            Some(port) => port.bytes().all(|byte| byte.is_ascii_digit()),
            // A user's name is no part of it.
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn hosts_have_a_name_or_an_address_and_perhaps_a_port() {
        for host in
            ["shop.example", "shop.example:8000", "shop.example:", "127.0.0.1:80", "[::1]", "[::1]:80", "a_b"]
        {
            assert!(is_host(host), "{host}");
        }
        for text in [
            "", ":80", "a b", "a/b", "user@a", "a:b", "a:80:80", "[::1", "[x]", "::1", "a?b", "http://a",
            "a\"b",
        ] {
            assert!(!is_host(text), "{text}");
        }
    }
}
