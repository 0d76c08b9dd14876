//! A client whose every call says what it expects.

use std::net::SocketAddr;

use reqwest::{RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use super::{Mutation, Outcome, Query};
use crate::operations::{LOGIN, ME};

/// A client of one server, with or without a session.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { http, url: format!("http://{address}"), token: None }
    }

    /// The same client with this bearer token.
    pub(crate) fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same client with a session of this account.
    pub(crate) async fn login(&self, email: &str, password: &str) -> Self {
        let payload = self.mutate(LOGIN, json!({ "email": email, "password": password })).await.ok();
        self.with_token(payload["session"]["token"].as_str().expect("no second factor"))
    }

    /// The global id of the account whose session this client has.
    pub(crate) async fn id(&self) -> Value {
        self.query(ME, json!({})).await.data()["me"]["id"].take()
    }

    /// Whether the session of this client is good.
    pub(crate) async fn is_logged_in(&self) -> bool {
        self.query(ME, json!({})).await.json()["data"]["me"].is_object()
    }

    /// Runs a query.
    pub(crate) async fn query(&self, query: Query, variables: Value) -> Reply {
        self.ask(query.text, variables).await
    }

    /// Runs a mutation of this input.
    pub(crate) async fn mutate(&self, mutation: Mutation, input: Value) -> Outcome {
        let reply = self.ask(mutation.text, json!({ "input": input })).await;
        Outcome { reply, field: mutation.field }
    }

    /// Runs the operation of a text, with variables.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Reply {
        self.send(self.post().json(&json!({ "query": query, "variables": variables }))).await
    }

    /// Runs the operation of a text, without variables.
    pub(crate) async fn run(&self, query: &str) -> Reply {
        self.ask(query, json!({})).await
    }

    /// A POST to the endpoint, to be completed.
    pub(crate) fn post(&self) -> RequestBuilder {
        let request = self.http.post(format!("{}/graphql", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Another request, to be completed.
    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// A GET of `path`.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(reqwest::Method::GET, path)).await
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        Reply {
            status: response.status(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }
}

impl Reply {
    /// The whole answer.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The data of an answer without errors.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        let mut json = self.json();
        assert!(json.get("errors").is_none(), "{json:#}");
        json["data"].take()
    }

    /// The only error of an answer.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        let mut json = self.json();
        assert_eq!(json["errors"].as_array().map(Vec::len), Some(1), "{json:#}");
        json["errors"][0].take()
    }

    /// Asserts that the answer is one error with this code whose message holds this text.
    #[track_caller]
    pub(crate) fn failed(&self, code: &str, text: &str) -> &Self {
        let error = self.error();
        assert_eq!(error["extensions"]["code"], code, "{error:#}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(text), "{message:?} holds no {text:?}");
        self
    }

    /// Asserts the status.
    #[track_caller]
    pub(crate) fn status(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}
