//! All that the shop keeps about somebody, as JSON.

use std::collections::HashMap;

use entity::{
    AccountId, account, account_network, address, audit_entry, order, order_line, recovery_code, role,
    second_factor,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::ExprTrait,
};
use serde_json::{Value, json};

use crate::domain::{
    Fault, Op,
    account::{self as accounts, describe_device},
    audit::{self, Entry},
    money::Money,
};

/// The most entries of the audit log, the newest: whoever makes many cannot make the server hold them all at once.
const MAX_ENTRIES: u64 = 1_000;

/// All that is stored about the viewer: what they told the shop, what they bought, and what was written down about what
/// they did. It holds no secrets: no hashes of passwords, tokens or codes.
#[tracing::instrument(name = "privacy::export", level = "debug", skip_all, err(level = "debug"))]
pub async fn export(op: &Op) -> Result<Value, Fault> {
    let viewer = op.signed_in().await?;
    let account = &viewer.account;
    let sessions = accounts::sessions(op).await?;
    let export = json!({
        "account": profile(account),
        "roles": roles(op, account.id).await?,
        "addresses": addresses(op, account.id).await?,
        "orders": orders(op, account.id).await?,
        "secondFactor": factor(op, account.id).await?,
        "sessions": sessions.iter().map(session).collect::<Vec<_>>(),
        "knownNetworks": networks(op, account.id).await?,
        "auditLog": audit_log(op, account.id).await?,
    });
    audit::record(op, op.db.connection(), Entry::new("accountExport").about("Account", account.id)).await?;
    Ok(export)
}

fn profile(account: &account::Model) -> Value {
    json!({
        "id": account.id,
        "email": account.email,
        "kind": account.kind.to_value(),
        "blockedAt": account.blocked_at,
        "name": account.name,
        "hasPassword": account.password_hash.is_some(),
        "createdAt": account.created_at,
        "updatedAt": account.updated_at,
    })
}

fn session(session: &accounts::Session) -> Value {
    json!({
        "id": session.id,
        "device": describe_device(session.user_agent.as_deref()),
        "userAgent": session.user_agent,
        "address": session.address,
        "createdAt": session.created_at,
        "lastSeenAt": session.last_seen_at,
        "expiresAt": session.expires_at,
        "withSecondFactor": session.is_strong,
    })
}

async fn roles(op: &Op, account: AccountId) -> Result<Vec<String>, Fault> {
    let roles = role::Entity::of_account(account).all(op.db.connection()).await?;
    Ok(roles.into_iter().map(|role| role.name).collect())
}

async fn addresses(op: &Op, account: AccountId) -> Result<Vec<Value>, Fault> {
    let rows = address::Entity::of_account(account).all(op.db.connection()).await?;
    let address = |row: &address::Model| {
        json!({
            "id": row.id,
            "name": row.name,
            "company": row.company,
            "line1": row.line1,
            "line2": row.line2,
            "city": row.city,
            "subdivision": row.subdivision,
            "postalCode": row.postal_code,
            "country": row.country,
            "phone": row.phone,
            "isDefaultShipping": row.is_default_shipping,
            "isDefaultBilling": row.is_default_billing,
            "createdAt": row.created_at,
            "updatedAt": row.updated_at,
        })
    };
    Ok(rows.iter().map(address).collect())
}

async fn orders(op: &Op, account: AccountId) -> Result<Vec<Value>, Fault> {
    let db = op.db.connection();
    let orders = order::Entity::for_customer(account).order_by_asc(order::Column::Number).all(db).await?;
    let mine = order::Entity::for_customer(account).select_only().column(order::Column::Id).into_query();
    let of_mine = order_line::Entity::find().filter(order_line::Column::OrderId.in_subquery(mine));
    let mut lines: HashMap<_, Vec<_>> = HashMap::new();
    for line in of_mine.order_by_asc(order_line::Column::Id).all(db).await? {
        lines.entry(line.order_id).or_default().push(line);
    }
    let money = |minor, currency| json!({ "amount": Money { minor, currency }.to_string(), "currency": currency.code() });
    Ok(orders
        .into_iter()
        .map(|order| {
            let lines = lines.remove(&order.id).unwrap_or_default();
            let line = |line: &order_line::Model| {
                json!({
                    "sku": line.sku,
                    "product": line.product_name,
                    "variant": line.variant_name,
                    "quantity": line.quantity,
                    "unitPrice": money(line.unit_price_minor, order.currency),
                })
            };
            json!({
                "number": order.number,
                "placedAt": order.placed_at,
                "total": money(order.total_minor, order.currency),
                "lines": lines.iter().map(line).collect::<Vec<_>>(),
            })
        })
        .collect())
}

async fn factor(op: &Op, account: AccountId) -> Result<Value, Fault> {
    let db = op.db.connection();
    let Some(factor) = second_factor::Entity::find_by_id(account).one(db).await? else {
        return Ok(Value::Null);
    };
    let codes = recovery_code::Entity::find().filter(recovery_code::Column::AccountId.eq(account));
    Ok(json!({
        "createdAt": factor.created_at,
        "confirmedAt": factor.confirmed_at,
        "recoveryCodesLeft": codes.count(db).await?,
    }))
}

async fn networks(op: &Op, account: AccountId) -> Result<Vec<Value>, Fault> {
    let rows = account_network::Entity::find().filter(account_network::Column::AccountId.eq(account));
    let rows = rows.order_by_asc(account_network::Column::LastLoginAt).all(op.db.connection()).await?;
    Ok(rows.iter().map(|row| json!({ "network": row.network, "lastLoginAt": row.last_login_at })).collect())
}

/// What the account did and what was done to it, the newest first.
async fn audit_log(op: &Op, account: AccountId) -> Result<Vec<Value>, Fault> {
    let concerns =
        audit_entry::Column::ActorId.eq(account.0).or(audit_entry::Column::SubjectId.eq(account.0));
    let rows = audit_entry::Entity::find()
        .filter(concerns)
        .order_by_desc(audit_entry::Column::At)
        .limit(MAX_ENTRIES)
        .all(op.db.connection())
        .await?;
    let entry = |row: &audit_entry::Model| {
        json!({
            "at": row.at,
            "action": row.action,
            "succeeded": row.succeeded,
            "byMyself": row.actor_id == Some(account.0),
            // Where others were is theirs to know.
            "address": row.address.as_ref().filter(|_| row.actor_id == Some(account.0)),
            "before": row.before,
            "after": row.after,
        })
    };
    Ok(rows.iter().map(entry).collect())
}
