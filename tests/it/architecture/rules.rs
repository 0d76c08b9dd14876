//! Which room may use which. The tables say it; the functions below read them.

/// Which layers and rooms each layer of `src/` may use. `app` and `cli` put everything together.
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("graphql", &["domain"]),
    ("http", &["domain", "graphql/code", "graphql/engine"]),
    ("infra", &["domain"]),
    ("config", &["domain", "graphql", "http", "infra"]),
    ("telemetry", &["config", "domain"]),
    ("app", &["config", "domain", "graphql", "http", "infra"]),
    ("cli", &["app", "config", "domain", "graphql", "telemetry"]),
];

/// The rooms at the bottom of `domain`. `shared` stands for [`SHARED`]: what of those declares a port may be used by
/// `context`, and what uses `context` may not be, since no two rooms use each other.
const BASE: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("identity", &["kernel"]),
    ("database", &["kernel"]),
    ("context", &["kernel", "identity", "database", "shared"]),
    ("idempotency", &["kernel", "context"]),
    ("metadata", &["kernel", "context", "shared"]),
];

/// The rooms of `domain` that nouns share. They use [`BASE`] and each other, without a cycle, and no noun.
const SHARED: &[&str] =
    &["job", "event", "webhook", "audit", "mail", "throttle", "rate_limit", "credential", "pricing"];

/// The nouns of `domain`. Each may use those in the rows after its own.
const NOUNS: &[&[&str]] = &[
    &["privacy"],
    &["audit_log", "dead_letter"],
    &["report"],
    &["checkout"],
    &["order"],
    &["payment", "cart"],
    &["discount", "shipping"],
    &["product"],
    &["tax", "inventory"],
    &["customer", "staff", "api_key", "address"],
    &["auth"],
    &["account"],
    &["shop"],
];

/// The room of `domain` above all nouns, and the layers that use it.
const SAMPLE: (&str, &[&str]) = ("sample", &["app", "cli"]);

/// The rooms of `graphql` that know no noun, and what each may use.
const TOOLS: &[(&str, &[&str])] = &[("engine", &["code", "kit"]), ("kit", &["code"]), ("code", &[])];

/// The rooms of `graphql` that know all nouns, beside its `mod.rs`.
const ABOVE_NOUNS: &[&str] = &["metadata", "node", "user_error"];

/// What a noun of `graphql` may use beside types of other nouns.
const TOOLS_OF_NOUNS: &[&str] = &["kit"];

/// Layers whose rooms do not know the layer's own `mod.rs`. In the others it holds what its children share.
const COMPOSED: &[&str] = &["domain", "graphql", "http", "infra"];

/// Crates that a layer must not know.
pub(super) const FOREIGN: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "poem",
            "async_graphql",
            "redis",
            "lettre",
            "prometheus_client",
            "opentelemetry",
            "tracing_opentelemetry",
        ],
    ),
    (
        "graphql",
        &[
            "poem",
            "redis",
            "sea_orm",
            "migration",
            "rust_iso3166",
            "lettre",
            "minijinja",
            "prometheus_client",
            "opentelemetry",
            "tracing_opentelemetry",
        ],
    ),
    ("http", &["entity", "migration", "lettre", "minijinja"]),
    (
        "infra",
        &[
            "poem",
            "async_graphql",
            "migration",
            "minijinja",
            "prometheus_client",
            "opentelemetry",
            "tracing_opentelemetry",
        ],
    ),
];

/// A module's place: the names of its layer and its room, empty where it stands above them.
pub(super) fn place(path: &[String]) -> (&str, &str) {
    let name = |at: usize| path.get(at).map_or("", String::as_str);
    (name(0), name(1))
}

/// Whether the tables have a place for a room.
pub(super) fn is_known((layer, room): (&str, &str)) -> bool {
    match layer {
        "domain" => room.is_empty() || is_domain_room(room) || room == SAMPLE.0,
        "graphql" => {
            room.is_empty() || row(TOOLS, room).is_some() || ABOVE_NOUNS.contains(&room) || is_noun(room)
        }
        _ => row(LAYERS, layer).is_some(),
    }
}

/// Whether a module may use another one, and if not, why. Rooms without a place are reported by themselves.
pub(super) fn check(from: &[String], to: &[String]) -> Result<(), String> {
    let ((from_layer, from_room), (to_layer, to_room)) = (place(from), place(to));
    let refuse = |reason: &str| {
        let name = |layer: &str, room: &str| format!("{layer}/{room}").trim_matches('/').to_owned();
        let (from, to) = (name(from_layer, from_room), name(to_layer, to_room));
        let to = if to.is_empty() { "the root of the crate" } else { &to };
        Err(format!("{from} may not use {to}: {reason}"))
    };
    if (to_layer, to_room) == ("domain", SAMPLE.0) && from_room != SAMPLE.0 && !SAMPLE.1.contains(&from_layer)
    {
        // `domain/mod.rs` declares it.
        return if from.len() == 1 && from_layer == "domain" {
            Ok(())
        } else {
            refuse("it is above all nouns")
        };
    }
    if from_layer.is_empty() || (from_layer, from_room) == (to_layer, to_room) {
        return Ok(());
    }
    if from_layer != to_layer {
        let allowed = row(LAYERS, from_layer).unwrap_or_default();
        let fits = |entry: &&str| match entry.split_once('/') {
            None => *entry == to_layer,
            Some((layer, room)) => (layer, room) == (to_layer, to_room),
        };
        return if allowed.iter().any(fits) { Ok(()) } else { refuse(&format!("it may use {allowed:?}")) };
    }
    if from_room.is_empty() {
        return Ok(());
    }
    if to_room.is_empty() && !COMPOSED.contains(&to_layer) {
        return Ok(());
    }
    if to_room.is_empty() {
        return refuse("a mod.rs knows its children, and they do not know it");
    }
    if !is_known((from_layer, from_room)) || !is_known((to_layer, to_room)) {
        return Ok(());
    }
    let reason = match from_layer {
        "domain" => domain(from_room, to_room),
        "graphql" => graphql(from_room, to_room, is_types(from) && is_types(to)),
        _ => None,
    };
    reason.map_or(Ok(()), refuse)
}

/// Why a room of `domain` may not use another one.
fn domain(from: &str, to: &str) -> Option<&'static str> {
    let is_base = row(BASE, to).is_some();
    if let Some(allowed) = row(BASE, from) {
        let is_allowed = allowed.contains(&to) || (allowed.contains(&"shared") && SHARED.contains(&to));
        return (!is_allowed).then_some("it is above");
    }
    if is_base || from == SAMPLE.0 {
        return None;
    }
    match (level(from), level(to)) {
        (_, None) => None,
        (None, Some(_)) => Some("a shared room knows no noun"),
        (Some(from), Some(to)) => (from >= to).then_some("nouns use those below them"),
    }
}

/// Why a room of `graphql` may not use another one.
fn graphql(from: &str, to: &str, are_types: bool) -> Option<&'static str> {
    if let Some(allowed) = row(TOOLS, from) {
        return (!allowed.contains(&to)).then_some("it knows no noun");
    }
    let is_allowed =
        ABOVE_NOUNS.contains(&from) || TOOLS_OF_NOUNS.contains(&to) || (are_types && is_noun(to));
    let reason =
        if is_noun(to) { "of other nouns, types.rs may use types.rs only" } else { "nouns use the kit only" };
    (!is_allowed).then_some(reason)
}

/// Whether a folder holds the files of one noun, which may use each other.
pub(super) fn is_in_noun(path: &[String]) -> bool {
    let (layer, room) = place(path);
    (layer == "domain" && (level(room).is_some() || room == SAMPLE.0))
        || (layer == "graphql" && is_noun(room))
}

/// Whether a use within `graphql` is one of types by types, since the schema is a graph.
pub(super) fn is_schema(from: &[String], to: &[String]) -> bool {
    let is_type =
        |path: &[String]| path[0] == "graphql" && path.len() > 1 && is_noun(&path[1]) && is_types(path);
    is_type(from) && is_type(to)
}

/// Whether a module is `types.rs` of a room or stands in its folder `types/`.
fn is_types(path: &[String]) -> bool {
    path.get(2).is_some_and(|name| name == "types")
}

/// Nouns of `graphql` have the name of a noun or of a shared room of `domain`.
fn is_noun(room: &str) -> bool {
    SHARED.contains(&room) || level(room).is_some()
}

fn is_domain_room(room: &str) -> bool {
    row(BASE, room).is_some() || is_noun(room)
}

fn level(noun: &str) -> Option<usize> {
    NOUNS.iter().position(|row| row.contains(&noun))
}

fn row(table: &[(&str, &'static [&'static str])], name: &str) -> Option<&'static [&'static str]> {
    table.iter().find(|(row, _)| *row == name).map(|(_, allowed)| *allowed)
}

#[test]
fn rules_follow_the_tables() {
    let allows = |from: &str, to: &str| {
        let path = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        check(&path(from), &path(to)).is_ok()
    };
    let allowed = [
        "graphql/account/query domain/account/login",
        "http/server graphql/engine/executor",
        "app domain/sample",
        "domain domain/sample",
        "domain/identity domain/kernel/fault",
        "domain/context domain/mail",
        "domain/mail domain/job",
        "domain/inventory domain/idempotency",
        "domain/idempotency domain/context",
        "domain/order/place domain/product",
        "domain/sample domain/privacy",
        "graphql graphql/order/query",
        "graphql/node graphql/order/types",
        "graphql/order/mutation graphql/kit/id",
        "graphql/order/types graphql/account/types",
        "http/ops http/middleware",
    ];
    let refused = [
        "domain/account graphql/kit",
        "http/server graphql/order",
        "http/server graphql",
        "http/server infra",
        "http/server http",
        "domain/kernel domain/identity",
        "domain/database domain/identity",
        "domain/audit domain/account",
        "domain/context domain/account",
        "domain/context domain/idempotency",
        "domain/inventory domain/product",
        "domain/product domain/order",
        "domain/cart domain/payment",
        "domain/account domain/sample",
        "graphql/product domain/sample",
        "graphql/kit/id graphql/order",
        "graphql/order graphql/engine",
        "graphql/order graphql/node",
        "graphql/order/mutation graphql/account/types",
        "graphql/order/types graphql/account/error",
    ];
    for (pairs, expected) in [(&allowed[..], true), (&refused[..], false)] {
        for pair in pairs {
            let (from, to) = pair.split_once(' ').unwrap();
            assert_eq!(allows(from, to), expected, "{pair}");
        }
    }
}
