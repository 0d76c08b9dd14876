//! The shop that is served: made by the real binary, and read back through its API.

use std::{net::SocketAddr, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::sqlx::{Connection as _, Executor, PgConnection};
use serde_json::{Value, json};
use services::Postgres;
use tokio::process::Command;
use uuid::Uuid;

use crate::{
    Fallible,
    load::{Connection, graphql},
};

const PRODUCTS: usize = 10_000;

/// What the requests need to know of a product.
pub(crate) struct Product {
    /// The global id.
    pub(crate) id: String,
    /// The key inside the global id.
    pub(crate) key: Uuid,
    /// Its place in the list of products, the newest first.
    pub(crate) cursor: String,
    pub(crate) created_at: String,
}

/// Makes a database, fills it by means of the binary, and answers with its URL.
pub(crate) async fn prepare(postgres: &Postgres, bodega: &Path) -> Fallible<String> {
    let url = postgres.url("bodega");
    PgConnection::connect(&postgres.url("postgres")).await?.execute("CREATE DATABASE bodega").await?;
    let count = PRODUCTS.to_string();
    run(bodega, &["migrate", "up", "--database-url", &url]).await?;
    let rows = ["--products", &count, "--customers", &count, "--orders", "0", "--carts", "0", "--seed", "1"];
    run(bodega, &[&["seed", "--database-url", &url], &rows[..]].concat()).await?;
    PgConnection::connect(&url).await?.execute("VACUUM ANALYZE").await?;
    Ok(url)
}

async fn run(program: &Path, args: &[&str]) -> Fallible<()> {
    let output = Command::new(program).args(args).env_clear().kill_on_drop(true).output().await;
    let output = output.map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("`bodega {}` failed:\n{}", args.join(" "), String::from_utf8_lossy(&output.stderr)).into())
}

/// All products, as the API at `address` lists them.
pub(crate) async fn catalogue(address: SocketAddr) -> Fallible<Vec<Product>> {
    const QUERY: &str = "query($after: String) { products(first: 100, after: $after) \
        { edges { cursor node { id createdAt } } pageInfo { hasNextPage endCursor } } }";
    let mut connection = Connection::open(address).await?;
    let mut products = Vec::with_capacity(PRODUCTS);
    let mut after = Value::Null;
    loop {
        let answer = connection.exchange(&graphql(QUERY, &json!({ "after": after }))).await?;
        let answer: Value = serde_json::from_slice(answer)?;
        let page = &answer["data"]["products"];
        for edge in page["edges"].as_array().ok_or_else(|| format!("no products: {answer}"))? {
            products.push(product(edge).ok_or_else(|| format!("no product: {edge}"))?);
        }
        if page["pageInfo"]["hasNextPage"] != true {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    if products.len() == PRODUCTS {
        return Ok(products);
    }
    Err(format!("the shop has {} products instead of {PRODUCTS}", products.len()).into())
}

fn product(edge: &Value) -> Option<Product> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let id = text(&edge["node"]["id"])?;
    // A global id is the type's byte before the key.
    let key = Uuid::from_slice(URL_SAFE_NO_PAD.decode(&id).ok()?.get(1..)?).ok()?;
    Some(Product { id, key, cursor: text(&edge["cursor"])?, created_at: text(&edge["node"]["createdAt"])? })
}
