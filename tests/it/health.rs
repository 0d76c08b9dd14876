//! What load balancers see.

use serde_json::json;

use crate::support::{Stack, TestApp, found, stack};

#[tokio::test]
async fn a_healthy_server_says_so() {
    let app = TestApp::start().await;
    let alive = app.anonymous().get("/healthz").await;
    assert_eq!(alive.status(200).text, "ok\n");
    // A service that is slow to answer counts as one that is gone.
    let ready = found("all is ready", async || {
        Some(app.anonymous().get("/readyz").await).filter(|reply| reply.status == 200)
    })
    .await;
    let services = match stack() {
        Stack::Embedded => json!({ "database": "ok" }),
        Stack::Services => json!({ "database": "ok", "redis": "ok" }),
    };
    assert_eq!(ready.status(200).json(), json!({ "status": "ok", "services": services }));
    assert_eq!(ready.header("cache-control"), Some("no-store"));
}
