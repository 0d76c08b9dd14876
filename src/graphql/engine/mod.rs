//! One operation from its text to its result, whatever transport it came by: read, validated, limited, executed, recorded.
//! It knows the schema as data and no noun. `http` uses it.

mod document;
mod executor;
mod limits;
mod persisted;
mod record;
mod request;
mod result;
mod schema;
mod type_system;
mod variables;

pub use async_graphql::parser::types::OperationType;

pub use self::{
    executor::{Executor, PreparedOperation},
    limits::Limits,
    persisted::{TrustedOperations, UnknownManifest},
    record::{Observer, OperationRecord},
    request::{Extensions, GraphqlRequest, PersistedQuery, object},
    result::{ExecutionResult, Rate},
    schema::EngineSchema,
};
pub use super::code;
