//! GraphiQL, the page to explore the API with. It is built from npm packages into `graphiql/dist` (`make graphiql`) and
//! embedded in the binary, so that it loads from no other host.

use poem::{Response, handler, web::Path};

use crate::http::reply::Refusal;

/// Content security policy of the page. Its editor, Monaco, adds style elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    font-src 'self'; img-src data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// The page of a binary that was built without npm.
const MISSING: &str = include_str!("graphiql_missing.html");

/// The page's files with their names, from `build.rs`.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/graphiql.rs"));

fn file(name: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|file| file.0 == name).map(|file| file.1)
}

/// `GET /`
#[handler]
pub(super) fn page() -> Response {
    let page = file("index.html").unwrap_or(MISSING.as_bytes());
    Response::builder()
        .content_type("text/html; charset=utf-8")
        .header("content-security-policy", POLICY)
        .header("cache-control", "no-cache")
        .header("referrer-policy", "no-referrer")
        .body(page)
}

/// `GET /assets/…`: embedded in gzip, which every browser accepts; the names hold a hash of the content.
#[handler]
pub(super) fn asset(Path(path): Path<String>) -> Response {
    let Some(file) = file(&format!("assets/{path}.gz")) else {
        return Refusal::not_found().into();
    };
    Response::builder()
        .content_type(content_type(&path))
        .header("content-encoding", "gzip")
        .header("cache-control", "public, max-age=31536000, immutable")
        .body(file)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("woff") => "font/woff",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
