//! Values of `extensions.code`. Clients rely on them, so they are never renamed.

/// Missing or invalid credentials.
pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
/// The caller lacks a permission, or the operation is not for this kind of caller.
pub const FORBIDDEN: &str = "FORBIDDEN";
/// An argument or the request itself is invalid.
pub const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
/// An object that the request names does not exist, where the field cannot return null.
pub const NOT_FOUND: &str = "NOT_FOUND";
/// The document is not valid GraphQL syntax.
pub const GRAPHQL_PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
/// The document does not match the schema.
pub const GRAPHQL_VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
/// The operation is above a limit.
pub const QUERY_TOO_COMPLEX: &str = "QUERY_TOO_COMPLEX";
/// Introspection is disabled.
pub const INTROSPECTION_DISABLED: &str = "INTROSPECTION_DISABLED";
/// The server does not have the document of this hash; send it with its text.
pub const PERSISTED_QUERY_NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";
/// The caller is above its rate limit; try again later.
pub const RATE_LIMITED: &str = "RATE_LIMITED";
/// A service that the operation needs does not answer; try again later.
pub const UNAVAILABLE: &str = "UNAVAILABLE";
/// The client disconnected before the response. Used only in logs and metrics.
pub const CANCELLED: &str = "CANCELLED";
/// Internal error; the request id (`extensions.requestId`, also the header `x-request-id`) finds its cause in the log.
pub const INTERNAL: &str = "INTERNAL";

/// All of them.
pub const ALL: &[&str] = &[
    UNAUTHENTICATED,
    FORBIDDEN,
    BAD_USER_INPUT,
    NOT_FOUND,
    GRAPHQL_PARSE_FAILED,
    GRAPHQL_VALIDATION_FAILED,
    QUERY_TOO_COMPLEX,
    INTROSPECTION_DISABLED,
    PERSISTED_QUERY_NOT_FOUND,
    RATE_LIMITED,
    UNAVAILABLE,
    CANCELLED,
    INTERNAL,
];
