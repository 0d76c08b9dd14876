//! The values of `extensions.code`. Clients rely on them: none is ever renamed.

/// The credentials are missing or no good.
pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
/// The caller may not do this.
pub const FORBIDDEN: &str = "FORBIDDEN";
/// An argument or the request itself cannot be used as it is.
pub const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
/// There is nothing by this name, where null cannot say it.
pub const NOT_FOUND: &str = "NOT_FOUND";
/// The document is not GraphQL.
pub const GRAPHQL_PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
/// The document does not fit the schema.
pub const GRAPHQL_VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
/// The operation is larger than the limits allow.
pub const QUERY_TOO_COMPLEX: &str = "QUERY_TOO_COMPLEX";
/// The schema is not for reading here.
pub const INTROSPECTION_DISABLED: &str = "INTROSPECTION_DISABLED";
/// The server does not know the operation that the request means by its hash; send its text along.
pub const PERSISTED_QUERY_NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";
/// The caller has asked for more than its share; try again later.
pub const RATE_LIMITED: &str = "RATE_LIMITED";
/// A service that the operation needs does not answer; try again later.
pub const UNAVAILABLE: &str = "UNAVAILABLE";
/// The client went away before the answer. Only logs and metrics have it.
pub const CANCELLED: &str = "CANCELLED";
/// A defect on the server's side; the request's id (`extensions.requestId`, also the header `x-request-id`) finds its
/// cause in the log.
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
