//! Compressed answers, as a client gets them that decodes nothing by itself.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::RequestBuilder;
use serde_json::json;

use crate::support::{Client, TestApp};

const PAGE: &str = "{ products(first: 20) { nodes { id name slug description variants { id sku price { amount currency } } } } }";

/// The answer's `Content-Encoding` and `Vary`, and its body, decoded and as it came.
async fn answer(request: RequestBuilder) -> (String, String, Vec<u8>, usize) {
    let response = request.send().await.unwrap();
    let header = |name: &str| {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let (encoding, vary, length) = (header("content-encoding"), header("vary"), header("content-length"));
    let body = response.bytes().await.unwrap();
    assert_eq!(length, body.len().to_string());
    let mut plain = Vec::new();
    match encoding.as_str() {
        "gzip" => drop(GzDecoder::new(&body[..]).read_to_end(&mut plain).unwrap()),
        _ => plain = body.to_vec(),
    }
    (encoding, vary, plain, body.len())
}

fn ask(client: &Client, query: &str, accept: &str) -> RequestBuilder {
    client.post().header("accept-encoding", accept).json(&json!({ "query": query }))
}

#[tokio::test]
async fn a_page_is_the_same_in_every_coding() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let (encoding, vary, plain, length) = answer(ask(&client, PAGE, "identity")).await;
    assert_eq!((encoding.as_str(), vary.as_str()), ("", "Accept, Accept-Encoding"));
    assert!(length > 2000, "{length}");
    for (accept, expected) in [
        ("gzip", "gzip"),
        ("br", ""),
        ("gzip, deflate, br, zstd", "gzip"),
        ("gzip;q=0, *;q=0.1", ""),
        ("zstd", ""),
        ("gzip;q=nonsense", ""),
    ] {
        for accept_type in ["application/json", "application/graphql-response+json"] {
            let (encoding, vary, body, sent) =
                answer(ask(&client, PAGE, accept).header("accept", accept_type)).await;
            assert_eq!((encoding.as_str(), vary.as_str()), (expected, "Accept, Accept-Encoding"), "{accept}");
            assert!(
                body == plain && (expected.is_empty() || sent * 2 < length),
                "{accept}: {sent} of {length}"
            );
        }
    }
}

#[tokio::test]
async fn a_long_answer_comes_whole() {
    let app = TestApp::start().await;
    let fields = (0..20).map(|n| format!("a{n}: __type(name: \"Product\") {{ ...T }}")).collect::<String>();
    let query = format!(
        "{{ {fields} }} fragment T on __Type {{ name description fields {{ name description args {{ description }} }} }}"
    );
    let (_, _, plain, length) = answer(ask(&app.anonymous(), &query, "identity")).await;
    let (encoding, _, body, sent) = answer(ask(&app.anonymous(), &query, "gzip")).await;
    assert!(encoding == "gzip" && body == plain && sent * 2 < length, "{sent} of {length}");
}

#[tokio::test]
async fn short_answers_and_what_is_compressed_already_stay_as_they_are() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let (encoding, vary, body, _) = answer(ask(&client, "{ me { id } }", "gzip, br")).await;
    assert_eq!(
        (encoding.as_str(), vary.as_str(), body.as_slice()),
        ("", "Accept, Accept-Encoding", &br#"{"data":{"me":null}}"#[..])
    );

    let get = |path: &str| client.request(reqwest::Method::GET, path).header("accept-encoding", "br");
    let page = String::from_utf8(answer(get("/")).await.2).unwrap();
    // A binary that was built without npm has no assets.
    if let Some(asset) = page.split('"').find(|part| part.starts_with("/assets/") && part.ends_with(".js")) {
        let (encoding, vary, script, _) = answer(get(asset)).await;
        assert_eq!((encoding.as_str(), vary.as_str()), ("gzip", ""));
        assert!(!script.is_empty());
    }
}

#[tokio::test]
async fn an_answer_with_a_fresh_token_is_not_compressed() {
    let app = TestApp::start().await;
    for transport in ["COOKIE", "BEARER"] {
        let accounts = (0..20).map(|n| format!("a{n}: account {{ id email kind }} ")).collect::<String>();
        let query = format!(
            "mutation {{ login(input: {{ email: \"customer@demo.example\", password: \"violin-gravel-teapot\",
                transport: {transport} }}) {{ session {{ token }} {accounts} }} }}"
        );
        let (encoding, vary, _, length) =
            answer(ask(&app.anonymous(), &query, "gzip, br, identity;q=0")).await;
        assert_eq!((encoding.as_str(), vary.as_str()), ("", "Accept"), "{transport}");
        assert!(length > 1100, "{length}");
    }
}

#[tokio::test]
async fn nothing_is_compressed_when_it_is_switched_off() {
    let app = TestApp::with_flags(&["--compression", "false"]).await;
    let (encoding, vary, ..) = answer(ask(&app.anonymous(), PAGE, "gzip, br")).await;
    assert_eq!((encoding.as_str(), vary.as_str()), ("", "Accept"));
}

#[tokio::test]
async fn caches_are_told_of_the_origin_and_the_coding() {
    let app = TestApp::with_flags(&["--cors-origin", "https://shop.example"]).await;
    let (encoding, vary, ..) =
        answer(ask(&app.anonymous(), PAGE, "gzip").header("origin", "https://shop.example")).await;
    assert_eq!((encoding.as_str(), vary.as_str()), ("gzip", "Accept, Origin, Accept-Encoding"));
}
