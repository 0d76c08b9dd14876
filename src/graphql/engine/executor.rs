//! Executes one operation, from its text to its result, for all transports: [`Executor::prepare`] parses and validates
//! it and rejects what must not run, [`Executor::execute`] and [`Executor::run`] run it.

use std::sync::Arc;

use async_graphql::{
    Request, Response, ServerError, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, OperationType},
};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use moka::sync::Cache;
use tokio::time::Instant;
use tracing::{Instrument, Span, field::Empty};

use super::{
    document::{self, Document},
    limits::{Limit, Limits},
    persisted::{self, TrustedOperations},
    record::{Observer, OperationRecord, kind_word, shortened},
    request::GraphqlRequest,
    result::{ExecutionResult, Rate},
    schema::{EngineSchema, ExecutableSchema},
    type_system::TypeSystem,
};
use crate::{
    domain::{context::OpContext, database::counted},
    graphql::kit::{
        context::{ResponseHeaders, RowBudget},
        error::{code, request_error},
        loader::Tasks,
    },
};

/// Maximum size of a cached document.
const MAX_KEPT_DOCUMENT: usize = 16 * 1024;

/// Maximum total size of cached documents, in bytes. Parsed, they need about twenty times as much.
const MAX_KEPT_DOCUMENTS: u64 = 256 * 1024;

/// Bytes of an uncached document that cost one point.
const BYTES_PER_POINT: usize = 100;

pub struct Executor {
    schema: Box<dyn ExecutableSchema>,
    validating: Box<dyn ExecutableSchema>,
    types: TypeSystem,
    limits: Limits,
    trusted: TrustedOperations,
    observer: Arc<dyn Observer>,
    /// By [`key`].
    documents: Cache<String, Arc<Document>>,
}

pub struct PreparedOperation {
    document: Arc<Document>,
    executable: ExecutableDocument,
    variables: Variables,
    cost: usize,
    wants_cost: bool,
    /// Whether the response has headers, among them a cookie.
    has_headers: bool,
}

impl PreparedOperation {
    pub fn kind(&self) -> OperationType {
        self.document.kind()
    }

    /// Trace span; like the log, it never contains variables.
    fn span(&self) -> Span {
        let (name, kind) = (self.document.name().map(shortened), kind_word(self.kind()));
        tracing::debug_span!(
            "operation",
            otel.name = name.map_or_else(|| kind.to_owned(), |name| format!("{kind} {name}")),
            graphql.operation.name = name,
            graphql.operation.type = kind,
            graphql.document.hash = self.document.hash(),
            outcome = Empty,
        )
    }
}

impl Executor {
    /// With these limits and trusted operations; `observer` is notified of finished operations.
    pub fn new(
        schema: EngineSchema,
        limits: Limits,
        trusted: TrustedOperations,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let documents = Cache::builder()
            .max_capacity(MAX_KEPT_DOCUMENTS)
            .weigher(|text: &String, _| text.len().try_into().unwrap_or(u32::MAX))
            .build();
        Self {
            schema: schema.executing,
            validating: schema.validating,
            types: schema.types,
            limits,
            trusted,
            observer,
            documents,
        }
    }

    /// Logs trusted operations that cannot run, because the schema has changed or they are above a limit.
    pub async fn check_trusted(&self) {
        for (id, text) in self.trusted.iter() {
            for name in document::names(text) {
                match self.read(text, name.as_deref()).await {
                    Ok(document) => document.name().into_iter().for_each(|name| self.observer.trusted(name)),
                    Err(errors) => {
                        let error = errors.first().map(|error| error.message.as_str());
                        tracing::warn!(id, error, "a trusted operation cannot run");
                    }
                }
            }
        }
    }

    /// Finds the document of a request and rejects it if it is invalid or above a limit.
    pub async fn prepare(
        &self,
        request: GraphqlRequest,
        op: &OpContext,
    ) -> Result<PreparedOperation, ExecutionResult> {
        self.try_prepare(request, op).await.inspect_err(|answer| {
            // Messages may contain text from the client, and are not logged.
            tracing::info!(target: "bodega::operation", outcome = answer.code(), "operation refused");
            self.observer.rejected(answer.code());
        })
    }

    async fn try_prepare(
        &self,
        request: GraphqlRequest,
        op: &OpContext,
    ) -> Result<PreparedOperation, ExecutionResult> {
        let resolved =
            self.trusted.resolve(&request, op.services()).await.map_err(ExecutionResult::rejected)?;
        let document = self.document(&resolved.text, request.operation_name.as_deref(), op).await?;
        if request.is_safe_method && document.kind() == OperationType::Mutation {
            return Err(ExecutionResult::mutation_by_get());
        }
        if resolved.is_new {
            persisted::store(&resolved.text, op.services()).await;
        }
        let mut variables = request.variables.unwrap_or_default();
        let mut check = || {
            document.complete_variables(&mut variables, &self.types, &self.limits)?;
            let cost = document.cost(&variables);
            Limit::Cost.check(cost, self.limits.cost)?;
            Ok((cost, document.executable(&variables)?))
        };
        let (cost, executable) = check().map_err(ExecutionResult::rejected)?;
        let wants_cost = request.wants_cost;
        Ok(PreparedOperation { document, executable, variables, cost, wants_cost, has_headers: true })
    }

    /// The document of this text, from the cache or parsed, which costs points.
    async fn document(
        &self,
        text: &str,
        name: Option<&str>,
        op: &OpContext,
    ) -> Result<Arc<Document>, ExecutionResult> {
        if text.contains('\0') {
            // NUL separates the parts of a cache key.
            let message = "The document contains a NUL character.";
            return Err(ExecutionResult::rejected(request_error(code::BAD_USER_INPUT, message)));
        }
        let key = key(text, name);
        if let Some(document) = self.documents.get(&*key) {
            return Ok(document);
        }
        let _permit =
            op.admit(points(text.len() / BYTES_PER_POINT)).await.map_err(ExecutionResult::rate_limited)?;
        let document = Box::pin(self.read(text, name)).await.map_err(ExecutionResult::rejected_for_all)?;
        if text.len() <= MAX_KEPT_DOCUMENT {
            self.documents.insert(key.into_owned(), document.clone());
        }
        Ok(document)
    }

    async fn read(&self, text: &str, name: Option<&str>) -> Result<Arc<Document>, Vec<ServerError>> {
        Document::read(text, name, &self.limits, &self.types, &*self.validating).await.map(Arc::new)
    }

    /// Runs a query or mutation. Causes of faults are logged here, once, and are not in the result.
    pub async fn execute(
        &self,
        prepared: PreparedOperation,
        op: Arc<OpContext>,
        request_id: &str,
    ) -> ExecutionResult {
        let span = prepared.span();
        let answer = self.admit_and_execute(prepared, op, request_id).instrument(span.clone()).await;
        span.record("outcome", answer.code().unwrap_or("OK"));
        answer
    }

    async fn admit_and_execute(
        &self,
        mut prepared: PreparedOperation,
        op: Arc<OpContext>,
        request_id: &str,
    ) -> ExecutionResult {
        let begin = Instant::now();
        let permit = match op.admit(points(prepared.cost)).await {
            Ok(permit) => permit,
            Err(refused) => {
                let answer = ExecutionResult::rate_limited(refused);
                self.record(&prepared, &op, begin, 0, answer.code());
                return answer;
            }
        };
        let tasks = Tasks::default();
        let request = self.request(&mut prepared, &op, &tasks);
        let execution = tasks.drive(self.schema.execute(request));
        let unfinished = Unfinished { executor: self, prepared: &prepared, op: &op, begin };
        let (result, statements) = counted(tokio::time::timeout(self.limits.time, execution)).await;
        std::mem::forget(unfinished);
        let mut answer = match result {
            Ok(response) => ExecutionResult::executed(response, request_id),
            Err(_) => ExecutionResult::timed_out(self.limits.time),
        };
        if op.has_dead_cookie() {
            answer.remove_cookie();
        }
        if prepared.wants_cost {
            answer.set_cost(prepared.cost, self.limits.cost);
        }
        answer.rate = permit.status.map(Rate::Within);
        self.record(&prepared, &op, begin, statements, answer.code());
        answer
    }

    /// Runs an operation of any kind: one result, or one for each event, without headers.
    pub fn run(
        self: Arc<Self>,
        mut prepared: PreparedOperation,
        op: Arc<OpContext>,
        request_id: Arc<str>,
    ) -> BoxStream<'static, ExecutionResult> {
        prepared.has_headers = false;
        let mut answers = match prepared.kind() {
            OperationType::Subscription => {
                stream::once(self.subscribe(prepared, op, request_id)).flatten().boxed()
            }
            OperationType::Query | OperationType::Mutation => {
                stream::once(async move { self.execute(prepared, op, &request_id).await }).boxed()
            }
        };
        // Other tasks may poll the stream; their log lines still belong to the request.
        let request = Span::current();
        stream::poll_fn(move |cx| request.in_scope(|| answers.poll_next_unpin(cx))).boxed()
    }

    /// Runs a subscription: a result for each event, until its source ends or the caller drops it.
    async fn subscribe(
        self: Arc<Self>,
        mut prepared: PreparedOperation,
        op: Arc<OpContext>,
        request_id: Arc<str>,
    ) -> BoxStream<'static, ExecutionResult> {
        let span = prepared.span();
        // Charged once at the start; its slot is freed at once, since open connections are counted elsewhere.
        if let Err(refused) = op.admit(points(prepared.cost)).instrument(span.clone()).await {
            let answer = ExecutionResult::rate_limited(refused);
            self.record(&prepared, &op, Instant::now(), 0, answer.code());
            return stream::once(async { answer }).boxed();
        }
        let tasks = Tasks::default();
        let source = self.schema.execute_stream(self.request(&mut prepared, &op, &tasks));
        let running = Running {
            executor: self,
            prepared,
            op,
            request_id,
            request: Span::current(),
            span,
            tasks,
            begin: Instant::now(),
            statements: 0,
            code: None,
        };
        stream::unfold((running, source), |(mut running, mut source)| async move {
            let answer = running.next(&mut source).await?;
            Some((answer, (running, source)))
        })
        .boxed()
    }

    /// The request for async-graphql, with the document and the variables.
    fn request(&self, prepared: &mut PreparedOperation, op: &Arc<OpContext>, tasks: &Tasks) -> Request {
        let empty = ExecutableDocument {
            operations: DocumentOperations::Multiple(Default::default()),
            fragments: Default::default(),
        };
        let mut request = Request::new("")
            .variables(std::mem::take(&mut prepared.variables))
            .data(tasks.loader(op.clone()))
            .data(RowBudget::new(self.limits.unpaged_rows))
            .data(ResponseHeaders(prepared.has_headers))
            .data(op.clone());
        request.set_parsed_query(std::mem::replace(&mut prepared.executable, empty));
        request
    }

    fn record(
        &self,
        prepared: &PreparedOperation,
        op: &OpContext,
        begin: Instant,
        statements: u64,
        code: Option<&str>,
    ) {
        let record = OperationRecord {
            name: prepared.document.name(),
            hash: prepared.document.hash(),
            kind: prepared.document.kind(),
            cost: prepared.cost,
            time: begin.elapsed(),
            statements,
            code,
            viewer: op.cached_viewer(),
        };
        record.log();
        self.observer.operation(&record);
    }
}

/// A running query or mutation. If it is dropped before its end, it is recorded as cancelled.
struct Unfinished<'e> {
    executor: &'e Executor,
    prepared: &'e PreparedOperation,
    op: &'e OpContext,
    begin: Instant,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.executor.record(self.prepared, self.op, self.begin, 0, Some(code::CANCELLED));
    }
}

/// A running subscription. It is recorded when it ends or is dropped.
struct Running {
    executor: Arc<Executor>,
    prepared: PreparedOperation,
    op: Arc<OpContext>,
    request_id: Arc<str>,
    request: Span,
    span: Span,
    tasks: Tasks,
    begin: Instant,
    statements: u64,
    code: Option<String>,
}

impl Running {
    async fn next(&mut self, source: &mut BoxStream<'static, Response>) -> Option<ExecutionResult> {
        let next = self.tasks.clone().drive(source.next()).instrument(self.span.clone());
        let (response, statements) = counted(next).await;
        self.statements += statements;
        let mut answer = ExecutionResult::executed(response?, &self.request_id);
        if let Some(code) = answer.code() {
            self.code = Some(code.to_owned());
        }
        if self.prepared.wants_cost {
            answer.set_cost(self.prepared.cost, self.executor.limits.cost);
        }
        Some(answer)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Self { executor, prepared, op, request, span, begin, statements, code, .. } = self;
        span.record("outcome", code.as_deref().unwrap_or("OK"));
        request.in_scope(|| executor.record(prepared, op, *begin, *statements, code.as_deref()));
    }
}

/// Cost that is charged to the caller's quota.
fn points(cost: usize) -> u32 {
    cost.try_into().unwrap_or(u32::MAX)
}

/// Cache key of a document and the name of its operation. Documents contain no NUL.
fn key<'t>(text: &'t str, name: Option<&str>) -> std::borrow::Cow<'t, str> {
    match name {
        Some(name) => format!("{name}\0{text}").into(),
        None => text.into(),
    }
}
