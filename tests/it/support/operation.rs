//! Operations of `tests/it/operations`, and the outcome of a mutation.

use std::ops::Deref;

use serde_json::{Value, json};

use super::Reply;

/// A query, checked against the schema.
#[derive(Clone, Copy)]
pub(crate) struct Query {
    pub(crate) text: &'static str,
}

/// A mutation of one field, checked against the schema.
#[derive(Clone, Copy)]
pub(crate) struct Mutation {
    pub(crate) text: &'static str,
    /// The key of the payload in the data.
    pub(crate) field: &'static str,
}

/// A subscription, checked against the schema.
#[derive(Clone, Copy)]
pub(crate) struct Subscription {
    pub(crate) text: &'static str,
}

/// The reply to a mutation. Its methods say what the test expects of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(super) field: &'static str,
}

impl Outcome {
    /// Asserts that the mutation succeeded, and returns its payload.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        let payload = self.payload();
        assert_eq!(payload["errors"], json!([]), "{payload:#}");
        payload
    }

    /// Whether the mutation succeeded; for tests in which one of several does.
    #[track_caller]
    pub(crate) fn is_ok(&self) -> bool {
        self.payload()["errors"] == json!([])
    }

    /// Asserts that the payload holds nothing but errors of this type, each with a message, and returns them.
    #[track_caller]
    pub(crate) fn rejected(&self, typename: &str) -> Errors {
        let payload = self.payload();
        let is_alone =
            payload.as_object().unwrap().iter().all(|(key, value)| key == "errors" || value.is_null());
        assert!(is_alone, "{payload:#}");
        let errors = payload["errors"].as_array().unwrap();
        assert!(!errors.is_empty(), "{payload:#}");
        for error in errors {
            assert_eq!(error["__typename"], typename, "{payload:#}");
            assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{payload:#}");
        }
        Errors(errors.clone())
    }

    /// Asserts one top-level error with this code whose message holds this text.
    #[track_caller]
    pub(crate) fn failed(&self, code: &str, text: &str) {
        self.reply.failed(code, text);
    }

    #[track_caller]
    fn payload(&self) -> Value {
        self.reply.data()[self.field].take()
    }
}

/// The errors of a payload.
#[derive(Debug)]
pub(crate) struct Errors(Vec<Value>);

impl Errors {
    /// Asserts that there is one error, with this path, and returns it.
    #[track_caller]
    pub(crate) fn at(&self, path: &str) -> Value {
        let [error] = self.0.as_slice() else { panic!("{} errors: {:#}", self.len(), json!(self.0)) };
        assert_eq!(error["path"], json!(path.split('.').collect::<Vec<_>>()), "{error:#}");
        error.clone()
    }
}

impl Deref for Errors {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}
