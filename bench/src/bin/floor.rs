//! The floor: the same rows from the same database as plain JSON, with the same HTTP library, and nothing in between.
//! What Bodega costs beyond it is the price of GraphQL, of its entities and of its manners.

use std::{
    collections::HashMap,
    env,
    error::Error,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, SecondsFormat, Utc};
use poem::{
    EndpointExt, Response, Route, Server, get, handler,
    http::{StatusCode, uri::Scheme},
    listener::Acceptor,
    web::{Data, LocalAddr, Path, Query, RemoteAddr},
};
use sea_orm::sqlx::{
    self, Connection, PgConnection, Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::Query as Statement,
};
use serde::{Deserialize, Serialize};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As many as Bodega opens.
const CONNECTIONS: usize = 16;

const PRODUCT: &str =
    "SELECT id, slug, name, description, created_at FROM product WHERE id = $1 AND status = 'active'";
const PAGE: &str = "SELECT id, slug, name, created_at FROM product WHERE status = 'active' AND (created_at, id) < ($1, $2) \
    ORDER BY created_at DESC, id DESC LIMIT $3";
const VARIANTS: &str = "SELECT id, product_id, sku, name, amount, currency, available, low_threshold FROM variant \
    JOIN variant_price ON variant_price.variant_id = variant.id AND currency = 'EUR' \
    JOIN stock_level ON stock_level.variant_id = variant.id \
    WHERE product_id = ANY($1) AND archived_at IS NULL ORDER BY product_id, position, id";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).ok_or("usage: floor DATABASE_URL")?;
    let pool = Pool::open(&url).await?;
    let routes =
        Route::new().at("/product/:id", get(product_by_id)).at("/products", get(product_page)).data(pool);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    Ok(Server::new_with_acceptor(NoDelay(listener)).run(routes).await?)
}

/// Connections that are lent for one statement at a time. (sqlx's own pool asks PostgreSQL for a sign of life whenever a
/// connection comes back, which is a second round trip for every statement.)
#[derive(Clone)]
struct Pool(Arc<(Semaphore, Mutex<Vec<PgConnection>>)>);

impl Pool {
    async fn open(url: &str) -> sqlx::Result<Self> {
        let mut idle = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            idle.push(PgConnection::connect(url).await?);
        }
        Ok(Self(Arc::new((Semaphore::new(CONNECTIONS), Mutex::new(idle)))))
    }

    /// Runs one statement.
    async fn rows(&self, statement: Statement<'_, Postgres, PgArguments>) -> sqlx::Result<Vec<PgRow>> {
        let (permits, idle) = &*self.0;
        let _permit = permits.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let connection = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = connection.ok_or(sqlx::Error::PoolClosed)?;
        let rows = statement.fetch_all(&mut connection).await;
        idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        rows
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Product<'r> {
    id: Uuid,
    slug: &'r str,
    name: &'r str,
    description: &'r str,
    created_at: String,
}

#[handler]
async fn product_by_id(Data(pool): Data<&Pool>, Path(id): Path<Uuid>) -> JsonResult {
    let rows = pool.rows(sqlx::query(PRODUCT).bind(id)).await.map_err(failed)?;
    let row = rows.first().ok_or(StatusCode::NOT_FOUND)?;
    let product = || {
        sqlx::Result::Ok(Product {
            id: row.try_get(0)?,
            slug: row.try_get(1)?,
            name: row.try_get(2)?,
            description: row.try_get(3)?,
            created_at: time(row.try_get(4)?),
        })
    };
    json(&product().map_err(failed)?)
}

#[derive(Deserialize)]
struct PageQuery {
    first: u32,
    time: DateTime<Utc>,
    id: Uuid,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'r> {
    nodes: Vec<Node<'r>>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Serialize)]
struct Node<'r> {
    id: Uuid,
    slug: &'r str,
    name: &'r str,
    variants: Vec<Variant<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Variant<'r> {
    id: Uuid,
    sku: &'r str,
    name: &'r str,
    price: Price<'r>,
    availability: &'static str,
}

#[derive(Serialize)]
struct Price<'r> {
    amount: String,
    currency: &'r str,
}

#[handler]
async fn product_page(Data(pool): Data<&Pool>, Query(page): Query<PageQuery>) -> JsonResult {
    let wanted = page.first as usize;
    let statement = sqlx::query(PAGE).bind(page.time).bind(page.id).bind(i64::from(page.first) + 1);
    let mut products = pool.rows(statement).await.map_err(failed)?;
    let has_next_page = products.len() > wanted;
    products.truncate(wanted);
    let ids = products.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<Vec<Uuid>>>();
    let statement = sqlx::query(VARIANTS).bind(ids.map_err(failed)?);
    let variants = pool.rows(statement).await.map_err(failed)?;
    json(&encode(&products, &variants, has_next_page).map_err(failed)?)
}

fn encode<'r>(products: &'r [PgRow], variants: &'r [PgRow], has_next_page: bool) -> sqlx::Result<Page<'r>> {
    let mut by_product: HashMap<Uuid, Vec<Variant<'r>>> = HashMap::with_capacity(products.len());
    for row in variants {
        let minor: i64 = row.try_get(4)?;
        by_product.entry(row.try_get(1)?).or_default().push(Variant {
            id: row.try_get(0)?,
            sku: row.try_get(2)?,
            name: row.try_get(3)?,
            // All prices of the made-up shop are in EUR.
            price: Price { amount: format!("{}.{:02}", minor / 100, minor % 100), currency: row.try_get(5)? },
            availability: availability(row.try_get(6)?, row.try_get(7)?),
        });
    }
    let mut nodes = Vec::with_capacity(products.len());
    for row in products {
        let id = row.try_get(0)?;
        nodes.push(Node {
            id,
            slug: row.try_get(1)?,
            name: row.try_get(2)?,
            variants: by_product.remove(&id).unwrap_or_default(),
        });
    }
    let end_cursor = products.last().map(cursor).transpose()?;
    Ok(Page { nodes, page_info: PageInfo { has_next_page, end_cursor } })
}

/// Of a made-up shop, whose stock is counted and whose variants cannot be ordered without it.
fn availability(available: i32, low_threshold: i32) -> &'static str {
    match available {
        available if available > low_threshold => "IN_STOCK",
        available if available > 0 => "LOW",
        _ => "OUT",
    }
}

fn cursor(row: &PgRow) -> sqlx::Result<String> {
    Ok(format!("{},{}", time(row.try_get(3)?), row.try_get::<Uuid, _>(0)?))
}

type JsonResult = poem::Result<Response>;

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn json(value: &impl Serialize) -> JsonResult {
    let body = serde_json::to_vec(value).map_err(|error| failed(sqlx::Error::Encode(error.into())))?;
    Ok(Response::builder().content_type("application/json").body(body))
}

fn failed(error: sqlx::Error) -> poem::Error {
    eprintln!("floor: {error}");
    StatusCode::INTERNAL_SERVER_ERROR.into()
}

/// Accepts connections that send small answers at once, as Bodega's do.
struct NoDelay(TcpListener);

impl Acceptor for NoDelay {
    type Io = TcpStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr().map(|address| LocalAddr(address.into())).into_iter().collect()
    }

    async fn accept(&mut self) -> io::Result<(TcpStream, LocalAddr, RemoteAddr, Scheme)> {
        let (stream, remote) = self.0.accept().await?;
        stream.set_nodelay(true)?;
        let local = LocalAddr(stream.local_addr()?.into());
        Ok((stream, local, RemoteAddr(remote.into()), Scheme::HTTP))
    }
}
