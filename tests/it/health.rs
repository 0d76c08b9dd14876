//! What load balancers see.

use serde_json::json;

use crate::support::{Stack, TestApp, stack};

#[tokio::test]
async fn a_healthy_server_says_so() {
    let app = TestApp::start().await;
    let alive = app.anonymous().get("/healthz").await;
    assert_eq!(alive.status(200).text, "ok\n");
    let ready = app.anonymous().get("/readyz").await;
    let services = match stack() {
        Stack::Embedded => json!({ "database": "ok" }),
        Stack::Services => json!({ "database": "ok", "redis": "ok" }),
    };
    assert_eq!(ready.status(200).json(), json!({ "status": "ok", "services": services }));
    assert_eq!(ready.header("cache-control"), Some("no-store"));
}
