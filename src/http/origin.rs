//! Origins whose pages may use the API with their visitors' cookies
//! ([Fetch, CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol)).

use std::sync::Arc;

use poem::{Request, http::header};

#[derive(Clone, Debug, Default)]
pub struct Origins(Arc<[String]>);

impl FromIterator<String> for Origins {
    fn from_iter<T: IntoIterator<Item = String>>(origins: T) -> Self {
        Self(origins.into_iter().collect())
    }
}

impl Origins {
    pub(super) fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }

    /// Whether a request may use its cookie and open a WebSocket: its origin is allowed, is the server's own, or is
    /// missing (only browsers send the header, and they send it with every POST).
    pub(super) fn allows(&self, request: &Request) -> bool {
        let Some(origin) = request.headers().get(header::ORIGIN) else { return true };
        // A host in the request's target, as in HTTP/2, goes before the header.
        let host =
            request.uri().authority().map(|host| host.as_str()).or_else(|| request.header(header::HOST));
        let is_allowed = |origin| self.contains(origin) || is_own(origin, host);
        origin.to_str().is_ok_and(is_allowed)
    }
}

fn is_own(origin: &str, host: Option<&str>) -> bool {
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    authority.is_some() && authority == host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_origin_is_the_requested_host() {
        assert!(is_own("http://127.0.0.1:8000", Some("127.0.0.1:8000")));
        assert!(is_own("https://shop.example", Some("shop.example")));
        for (origin, host) in [
            ("https://evil.example", Some("shop.example")),
            ("null", Some("null")),
            ("https://shop.example", None),
            ("shop.example", Some("shop.example")),
        ] {
            assert!(!is_own(origin, host), "{origin} {host:?}");
        }
    }
}
