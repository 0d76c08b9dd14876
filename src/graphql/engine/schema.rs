//! The schema as the engine sees it: something that executes requests, and its text.

use std::sync::Arc;

use async_graphql::{
    ObjectType, Request, Response, Schema, SchemaBuilder, SubscriptionType, ValidationMode,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
};
use futures_util::{future::BoxFuture, stream::BoxStream};

use super::type_system::TypeSystem;

/// Executes requests, whatever the types of the schema's roots are.
pub(super) trait ExecutableSchema: Send + Sync {
    /// Runs a query or mutation. The future is boxed, since it is large, and everything around it would move it along.
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

/// A schema for an [`Executor`](super::Executor): twice, to execute and to validate, and as data.
///
/// async-graphql validates within `execute` only, and again at each execution. So a second schema of the same types
/// validates and goes no further, and the one that executes takes for granted what that one has found good.
pub struct EngineSchema {
    pub(super) executing: Box<dyn ExecutableSchema>,
    pub(super) validating: Box<dyn ExecutableSchema>,
    pub(super) types: TypeSystem,
}

impl EngineSchema {
    /// Of what `build` makes; it is called twice. `sdl` is the same schema as text.
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
