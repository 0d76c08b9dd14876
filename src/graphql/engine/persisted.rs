//! Operations that clients send by id or hash, without their text:
//!
//! - **Automatic persisted queries**
//!   ([Apollo's protocol](https://www.apollographql.com/docs/graphos/routing/operations/apq)): a client sends the SHA-256
//!   of a document; if the server does not know it (`PersistedQueryNotFound`), the client sends both, and later only the
//!   hash. Only valid documents are stored.
//! - **Trusted operations**: a list from the build of the client. With `only_trusted`, other operations are rejected, so
//!   that the API runs only operations of the shop's own clients.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::ServerError;
use serde::Deserialize;

use super::{
    document::hash,
    request::{GraphqlRequest, PersistedQuery},
};
use crate::{
    domain::{
        context::Services,
        kernel::fault::{Fault, with_causes},
    },
    graphql::kit::error::{code, request_error},
};

#[derive(Clone, Debug, Default)]
pub struct TrustedOperations {
    list: Vec<(String, Arc<str>)>,
    /// By their ids and their hashes, normalised by [`plain_id`].
    by_id: HashMap<String, Arc<str>>,
    texts: HashSet<Arc<str>>,
    only: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("must be {{\"<id>\": \"<document>\"}} or Apollo's manifest (version 1)")]
pub struct UnknownManifest(#[from] serde_json::Error);

#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    /// graphql-codegen's client preset, Relay.
    Map(HashMap<String, String>),
    /// Apollo's `generate-persisted-query-manifest`.
    Apollo { format: ApolloFormat, operations: Vec<ApolloOperation> },
}

#[derive(Deserialize)]
enum ApolloFormat {
    #[serde(rename = "apollo-persisted-query-manifest")]
    Manifest,
}

#[derive(Deserialize)]
struct ApolloOperation {
    id: String,
    body: String,
}

impl TrustedOperations {
    /// Parses a list of graphql-codegen's client preset and Relay (`{"<id>": "<document>"}`) or of Apollo's tools.
    pub fn parse(json: &str) -> Result<Self, UnknownManifest> {
        let list: Vec<(String, Arc<str>)> = match serde_json::from_str(json)? {
            Manifest::Map(by_id) => by_id.into_iter().map(|(id, text)| (id, text.into())).collect(),
            Manifest::Apollo { format: ApolloFormat::Manifest, operations } => {
                operations.into_iter().map(|operation| (operation.id, operation.body.into())).collect()
            }
        };
        // An id on the list takes precedence over the hash of another document.
        let hashes = list.iter().map(|(_, text)| (hash(text), text.clone()));
        let ids = list.iter().map(|(id, text)| (plain_id(id).into_owned(), text.clone()));
        let texts = list.iter().map(|(_, text)| text.clone()).collect();
        Ok(Self { by_id: hashes.chain(ids).collect(), texts, list, only: false })
    }

    pub fn only(self, only: bool) -> Self {
        Self { only, ..self }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().map(|(id, text)| (id.as_str(), &**text))
    }

    /// The text of a request's document, and whether to [`store`] it after validation.
    pub(super) async fn resolve<'a>(
        &'a self,
        request: &'a GraphqlRequest,
        ports: &Services,
    ) -> Result<Resolved<'a>, ServerError> {
        let persisted =
            request.extensions.as_ref().and_then(|extensions| extensions.persisted_query.as_ref());
        if let Some(PersistedQuery { version, .. }) = persisted.filter(|persisted| persisted.version != 1) {
            let message = format!("Version {version} of persisted queries is not supported; use 1.");
            return Err(request_error(code::BAD_USER_INPUT, message));
        }
        let sent_hash = persisted.map(|persisted| plain_id(&persisted.sha256_hash));
        let id = request.document_id().map(plain_id).or_else(|| sent_hash.clone());
        // Clients that must send a text beside an id send an empty one.
        let text = request.query.as_ref().filter(|text| id.is_none() || !text.is_empty());
        let text = match (text, id) {
            (None, None) => {
                let message = "The request has no `query`.";
                return Err(request_error(code::BAD_USER_INPUT, message));
            }
            (None, Some(id)) => match self.by_id.get(&*id) {
                Some(text) => return Ok(Resolved { text: Cow::Borrowed(text), is_new: false }),
                None if self.only => return Err(untrusted()),
                None => return Ok(Resolved { text: find(&id, ports).await?.into(), is_new: false }),
            },
            (Some(text), _) => text.as_str(),
        };
        if self.only && !self.texts.contains(text) {
            return Err(untrusted());
        }
        let is_trusted = |id: &str| self.by_id.get(id).is_some_and(|trusted| **trusted == *text);
        match sent_hash.filter(|id| !is_trusted(id)) {
            None => Ok(Resolved { text: text.into(), is_new: false }),
            Some(id) if hash(text) == id => Ok(Resolved { text: text.into(), is_new: true }),
            Some(_) => {
                let message = "The `sha256Hash` does not match the `query`.";
                Err(request_error(code::BAD_USER_INPUT, message))
            }
        }
    }
}

/// The document of a request.
pub(super) struct Resolved<'a> {
    pub(super) text: Cow<'a, str>,
    /// Whether it was sent with its hash, and is to be stored.
    pub(super) is_new: bool,
}

/// An id. For a SHA-256, with or without the prefix `sha256:`, the digits in lower case.
fn plain_id(id: &str) -> Cow<'_, str> {
    let digits = id.strip_prefix("sha256:").unwrap_or(id);
    if is_hash(digits) { digits.to_ascii_lowercase().into() } else { id.into() }
}

fn is_hash(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Stores a document that was sent with its hash. On failure, clients send it again.
pub(super) async fn store(text: &str, ports: &Services) {
    if let Err(fault) = ports.cache.put(&hash(text), text).await {
        not_cached(&fault);
    }
}

async fn find(id: &str, ports: &Services) -> Result<String, ServerError> {
    let found = match is_hash(id) {
        true => ports.cache.get(id).await.unwrap_or_else(|fault| {
            not_cached(&fault);
            None
        }),
        false => None,
    };
    found.map(|text| text.to_string()).ok_or_else(|| {
        // Apollo's clients check for this text.
        request_error(code::PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
    })
}

fn not_cached(fault: &Fault) {
    tracing::warn!(
        cause = with_causes(fault),
        "the cache of persisted queries is unavailable; clients send the full documents"
    );
}

fn untrusted() -> ServerError {
    let message = "This server runs only trusted operations, and this is not one of them.";
    request_error(code::FORBIDDEN, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_refused() {
        for json in ["", "[]", r#"{ "a": 1 }"#, r#"{ "format": "other", "operations": [] }"#] {
            assert!(TrustedOperations::parse(json).is_err(), "{json}");
        }
    }
}
