//! The schema for the engine: execution of requests, and its text.

use std::sync::Arc;

use async_graphql::{
    ObjectType, Request, Response, Schema, SchemaBuilder, SubscriptionType, ValidationMode,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
};
use futures_util::{future::BoxFuture, stream::BoxStream};

use super::type_system::TypeSystem;

/// Executes requests, for any types of the schema's roots.
pub(super) trait ExecutableSchema: Send + Sync {
    /// Runs a query or mutation. The future is boxed, since it is large and would be moved with all outer futures.
    fn execute(&self, request: Request) -> BoxFuture<'_, Response>;

    fn execute_stream(&self, request: Request) -> BoxStream<'static, Response>;
}

impl<Q, M, S> ExecutableSchema for Schema<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    fn execute(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(Schema::execute(self, request))
    }

    fn execute_stream(&self, request: Request) -> BoxStream<'static, Response> {
        Schema::execute_stream(self, request)
    }
}

/// A schema for an [`Executor`](super::Executor): two executable ones, and its text as data.
///
/// async-graphql validates only within `execute`, and again at each execution. A second schema of the same types
/// therefore validates and does not execute, and the executing one relies on that.
pub struct EngineSchema {
    pub(super) executing: Box<dyn ExecutableSchema>,
    pub(super) validating: Box<dyn ExecutableSchema>,
    pub(super) types: TypeSystem,
}

impl EngineSchema {
    /// From `build`, which is called twice. `sdl` is the text of the same schema.
    pub fn new<Q, M, S>(build: impl Fn() -> SchemaBuilder<Q, M, S>, sdl: &str) -> Self
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        #[allow(clippy::expect_used, reason = "a test parses the same text")]
        let types = TypeSystem::parse(sdl).expect("async-graphql reads what it writes");
        let validating = build().validation_mode(ValidationMode::Strict).extension(NoExecution).finish();
        Self {
            executing: Box::new(build().validation_mode(ValidationMode::Fast).finish()),
            validating: Box::new(validating),
            types,
        }
    }
}

struct NoExecution;

impl ExtensionFactory for NoExecution {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for NoExecution {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::default()
    }
}
