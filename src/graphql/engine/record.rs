//! Record of a finished operation, for the log and metrics, without its variables.

use std::time::Duration;

use async_graphql::parser::types::OperationType;

use crate::domain::identity::Viewer;

/// A finished operation.
pub struct OperationRecord<'a> {
    /// Name, chosen by the client: any GraphQL name of any length.
    pub name: Option<&'a str>,
    pub hash: &'a str,
    pub kind: OperationType,
    pub cost: usize,
    /// Duration; of a subscription, until its end.
    pub time: Duration,
    pub statements: u64,
    pub code: Option<&'a str>,
    pub viewer: Option<&'a Viewer>,
}

pub trait Observer: Send + Sync + 'static {
    /// Registers the name of a trusted operation.
    fn trusted(&self, name: &str);

    /// A request was rejected with this code before execution.
    fn rejected(&self, code: Option<&str>);

    fn operation(&self, record: &OperationRecord<'_>);
}

impl Observer for () {
    fn trusted(&self, _: &str) {}

    fn rejected(&self, _: Option<&str>) {}

    fn operation(&self, _: &OperationRecord<'_>) {}
}

impl OperationRecord<'_> {
    pub(super) fn log(&self) {
        let viewer = match self.viewer {
            Some(Viewer::Account(viewer)) => Some(viewer.account.id.0),
            Some(Viewer::ApiClient(program)) => Some(program.key.id.0),
            Some(Viewer::Anonymous) | None => None,
        };
        tracing::info!(
            target: "bodega::operation",
            name = self.name.map(shortened),
            hash = &self.hash[..12],
            kind = self.kind(),
            cost = self.cost,
            ms = self.time.as_micros() as f64 / 1_000.0,
            sql = self.statements,
            outcome = self.code.unwrap_or("OK"),
            viewer = viewer.map(tracing::field::display),
            "operation"
        );
    }

    pub fn kind(&self) -> &'static str {
        kind_word(self.kind)
    }
}

pub(super) fn kind_word(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}

/// Maximum length of a logged name. (GraphQL names are ASCII.)
pub(super) fn shortened(name: &str) -> &str {
    const MAX_NAME: usize = 80;
    &name[..name.len().min(MAX_NAME)]
}
