//! Operations that clients mean without sending their text.

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Client, Reply, TestApp};

const QUERY: &str = "query Me { me { id } }";

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn extensions(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn send(client: &Client, body: Value) -> Reply {
    client.send(client.post().json(&body)).await
}

#[tokio::test]
async fn a_document_that_came_once_comes_by_its_hash() {
    let mut app = TestApp::start().await;
    let client = app.anonymous();
    let by_hash = json!({ "extensions": extensions(&hash(QUERY)) });
    let reply = send(&client, by_hash.clone()).await;
    reply.status(200).failed("PERSISTED_QUERY_NOT_FOUND", "");
    assert_eq!(reply.error()["message"], "PersistedQueryNotFound");
    let both = json!({ "query": QUERY, "extensions": extensions(&hash(QUERY)) });
    assert_eq!(send(&client, both).await.data(), json!({ "me": null }));
    assert_eq!(send(&client, by_hash.clone()).await.data(), json!({ "me": null }));
    let upper = json!({ "extensions": extensions(&hash(QUERY).to_uppercase()) });
    assert_eq!(send(&client, upper).await.data(), json!({ "me": null }));
    let id = json!({ "documentId": format!("sha256:{}", hash(QUERY)) });
    assert_eq!(send(&client, id).await.data(), json!({ "me": null }));

    let mut get = form_urlencoded::Serializer::new(String::new());
    get.append_pair("extensions", &extensions(&hash(QUERY)).to_string());
    let path = format!("/graphql?{}", get.finish());
    assert_eq!(client.get(&path).await.data(), json!({ "me": null }));

    let second = app.another_instance().await;
    let reply = send(&second.anonymous(), by_hash).await;
    match crate::support::stack() {
        crate::support::Stack::Services => {
            assert_eq!(reply.data(), json!({ "me": null }), "Redis keeps it for all")
        }
        crate::support::Stack::Embedded => drop(reply.failed("PERSISTED_QUERY_NOT_FOUND", "")),
    }
    app.stop().await;
}

#[tokio::test]
async fn only_what_could_run_is_kept_and_only_under_its_own_hash() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let wrong = json!({ "query": QUERY, "extensions": extensions(&hash("{ me { email } }")) });
    send(&client, wrong).await.failed("BAD_USER_INPUT", "does not match the `query`");
    let invalid = "{ nothing }";
    let both = json!({ "query": invalid, "extensions": extensions(&hash(invalid)) });
    send(&client, both).await.failed("GRAPHQL_VALIDATION_FAILED", "nothing");
    for text in [QUERY, invalid, "{ me { email } }"] {
        let reply = send(&client, json!({ "extensions": extensions(&hash(text)) })).await;
        reply.failed("PERSISTED_QUERY_NOT_FOUND", "");
    }
    for id in ["", "x", "../../etc", &"0".repeat(10_000)] {
        let reply = send(&client, json!({ "extensions": extensions(id) })).await;
        reply.failed("PERSISTED_QUERY_NOT_FOUND", "");
    }
    let version = json!({ "extensions": { "persistedQuery": { "version": 2, "sha256Hash": hash(QUERY) } } });
    send(&client, version).await.failed("BAD_USER_INPUT", "Version 2");
    for malformed in [json!({ "persistedQuery": 1 }), json!({ "persistedQuery": { "version": 1 } })] {
        send(&client, json!({ "extensions": malformed }))
            .await
            .status(400)
            .failed("BAD_USER_INPUT", "cannot be read");
    }
}

#[tokio::test]
async fn a_mutation_by_its_hash_is_no_get_either() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let text = "mutation { logout { loggedOut } }";
    send(&client, json!({ "query": text, "extensions": extensions(&hash(text)) })).await.data();
    let path = format!("/graphql?extensions={}", extensions(&hash(text)));
    client.send(client.request(Method::GET, &path)).await.status(405);
}

#[tokio::test]
async fn trusted_operations_run_by_their_ids_and_alone_if_so_wished() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("operations.json");
    let manifest = json!({ "me": QUERY, "old": "{ removed }" });
    std::fs::write(&file, manifest.to_string()).unwrap();
    let file = file.to_str().unwrap();

    let app = TestApp::with_flags(&["--trusted-operations", file]).await;
    let client = app.anonymous();
    let by_id = [
        json!({ "documentId": "me" }),
        json!({ "id": "me" }),
        json!({ "doc_id": "me", "query": null }),
        json!({ "extensions": extensions("me") }),
    ];
    for body in &by_id {
        assert_eq!(send(&client, body.clone()).await.data(), json!({ "me": null }), "{body}");
    }
    assert_eq!(client.get("/graphql?documentId=me").await.data(), json!({ "me": null }));
    send(&client, json!({ "documentId": "old" })).await.failed("GRAPHQL_VALIDATION_FAILED", "removed");
    send(&client, json!({ "documentId": "other" })).await.failed("PERSISTED_QUERY_NOT_FOUND", "");
    client.run("{ __typename }").await.data();

    let app = TestApp::with_flags(&["--trusted-operations", file, "--only-trusted"]).await;
    let client = app.anonymous();
    for body in &by_id {
        assert_eq!(send(&client, body.clone()).await.data(), json!({ "me": null }), "{body}");
    }
    assert_eq!(client.run(QUERY).await.data(), json!({ "me": null }), "the text of a trusted operation");
    let text = "{ __typename }";
    for body in [
        json!({ "query": text }),
        json!({ "query": format!("{QUERY} ") }),
        json!({ "query": text, "extensions": extensions(&hash(text)) }),
        json!({ "query": text, "documentId": "me" }),
        json!({ "extensions": extensions(&hash(text)) }),
        json!({ "documentId": "other" }),
    ] {
        send(&client, body.clone()).await.status(200).failed("FORBIDDEN", "only trusted operations");
        let today = client.post().header("accept", "application/graphql-response+json").json(&body);
        client.send(today).await.status(403).failed("FORBIDDEN", "only trusted operations");
    }
}

/// Each tool names a document in its own way; clients name it by its hash, with or without the algorithm.
#[tokio::test]
async fn trusted_operations_are_known_by_their_hashes_in_every_list() {
    let hex = hash(QUERY);
    let apollo = |id: &str| {
        let operation = json!({ "id": id, "name": "Me", "type": "query", "body": QUERY });
        json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation] })
    };
    let prefixed = format!("sha256:{hex}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("operations.json");
    for manifest in [
        json!({ "0cc175b9c0f1b6a831c399e269772661": QUERY }),
        json!({ &*hex: QUERY }),
        json!({ hex.to_uppercase(): QUERY }),
        json!({ &*prefixed: QUERY }),
        apollo(&hex),
        apollo(&prefixed),
        apollo("me"),
    ] {
        std::fs::write(&file, manifest.to_string()).unwrap();
        let flags = ["--trusted-operations", file.to_str().unwrap(), "--only-trusted"];
        for flags in [&flags[..2], &flags] {
            let app = TestApp::with_flags(flags).await;
            let client = app.anonymous();
            for body in [
                json!({ "documentId": hex }),
                json!({ "documentId": prefixed }),
                json!({ "id": prefixed, "query": "" }),
                json!({ "extensions": extensions(&hex) }),
                json!({ "extensions": extensions(&hex.to_uppercase()) }),
                json!({ "extensions": extensions(&prefixed) }),
                json!({ "query": QUERY, "extensions": extensions(&hex) }),
            ] {
                let reply = send(&client, body.clone()).await;
                assert_eq!(reply.data(), json!({ "me": null }), "{manifest} {body}");
            }
            let path = format!("/graphql?documentId={prefixed}");
            assert_eq!(client.get(&path).await.data(), json!({ "me": null }), "{manifest}");
        }
    }
}

/// A document is kept under its text and the name of its operation, which no other text is mistaken for.
#[tokio::test]
async fn a_text_is_not_mistaken_for_another() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    send(&client, json!({ "query": "query A { me { id } }", "operationName": "A" })).await.data();
    send(&client, json!({ "query": "A\0query A { me { id } }" })).await.failed("BAD_USER_INPUT", "NUL");
}
