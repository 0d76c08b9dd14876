//! A client whose every call says what it expects.

use std::net::SocketAddr;

use reqwest::{RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

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

pub(crate) const LOGIN: &str = "mutation ($input: LoginInput!) { login(input: $input) {
    session { token expiresAt } account { id email kind } secondFactorRequired { challenge expiresAt }
    errors { __typename ... on UserError { message path } ... on RateLimited { retryAfter } }
} }";

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
        let data = self.ask(LOGIN, json!({ "input": { "email": email, "password": password } })).await.data();
        self.with_token(data["login"]["session"]["token"].as_str().expect("the login succeeds"))
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
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The data of an answer without errors.
    pub(crate) fn data(&self) -> Value {
        let mut json = self.json();
        assert!(json.get("errors").is_none(), "{json:#}");
        json["data"].take()
    }

    /// The only error of an answer.
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
