//! Executes operations of all transports: parsing, validation, limits, execution, records. It gets the schema as data
//! and depends on no noun. Used by `http`.

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
