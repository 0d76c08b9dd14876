//! Operations that clients mean without sending their text.
//!
//! - **Automatic persisted queries**
//!   ([Apollo's protocol](https://www.apollographql.com/docs/graphos/routing/operations/apq)): a client sends the SHA-256
//!   of a document; where it is not known (`PersistedQueryNotFound`), the client sends both, and the hash alone from then
//!   on. Only documents that could run are kept.
//! - **Trusted operations**: a list made when the client is built. With `only_trusted` nothing else runs, so that nobody
//!   can send a query that the shop's own clients do not have.

use std::collections::{HashMap, HashSet};

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

/// The operations on the list, by their ids.
#[derive(Clone, Debug, Default)]
pub struct TrustedOperations {
    by_id: HashMap<String, String>,
    texts: HashSet<String>,
    only: bool,
}

/// A list is none that we know.
#[derive(Debug, thiserror::Error)]
#[error("neither {{\"<id>\": \"<document>\"}} nor Apollo's manifest (version 1)")]
pub struct UnknownManifest(#[from] serde_json::Error);

#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    /// graphql-codegen's client preset, Relay.
    Map(HashMap<String, String>),
    /// Apollo's `generate-persisted-query-manifest`.
    Apollo(ApolloManifest),
}

#[derive(Deserialize)]
struct ApolloManifest {
    #[allow(dead_code, reason = "only this format and version is read")]
    format: ApolloFormat,
    operations: Vec<ApolloOperation>,
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
    /// Reads a list as graphql-codegen's client preset and Relay (`{"<id>": "<document>"}`) and Apollo's tools write it.
    pub fn parse(json: &str) -> Result<Self, UnknownManifest> {
        let by_id: HashMap<_, _> = match serde_json::from_str(json)? {
            Manifest::Map(by_id) => by_id,
            Manifest::Apollo(manifest) => {
                manifest.operations.into_iter().map(|operation| (operation.id, operation.body)).collect()
            }
        };
        let texts = by_id.values().cloned().collect();
        Ok(Self { by_id, texts, only: false })
    }

    /// Whether nothing else may run.
    pub fn only(self, only: bool) -> Self {
        Self { only, ..self }
    }

    /// The documents on the list, with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_id.iter().map(|(id, text)| (id.as_str(), text.as_str()))
    }

    /// The text that a request means, and whether to [`keep`] it once it is known to be good.
    pub(super) async fn resolve(
        &self,
        request: &GraphqlRequest,
        ports: &Services,
    ) -> Result<Resolved, ServerError> {
        let persisted =
            request.extensions.as_ref().and_then(|extensions| extensions.persisted_query.as_ref());
        check_version(persisted)?;
        let hash = persisted.map(|persisted| persisted.sha256_hash.as_str());
        let id = request.document_id().or(hash);
        // Clients that must send some text beside an id send none.
        let text = request.query.as_ref().filter(|text| id.is_none() || !text.is_empty());
        let text = match (text, id) {
            (None, None) => {
                let message = "The request has no `query`.";
                return Err(request_error(code::BAD_USER_INPUT, message));
            }
            (None, Some(id)) => match self.by_id.get(id) {
                Some(text) => return Ok(Resolved::known(text.clone())),
                None if self.only => return Err(untrusted()),
                None => return Ok(Resolved::known(find(id, ports).await?)),
            },
            (Some(text), _) => text,
        };
        if self.only && !self.texts.contains(text) {
            return Err(untrusted());
        }
        match hash {
            None => Ok(Resolved::known(text.clone())),
            Some(id) if self.by_id.get(id) == Some(text) => Ok(Resolved::known(text.clone())),
            Some(id) if super::document::hash(text).eq_ignore_ascii_case(id) => {
                Ok(Resolved { text: text.clone(), is_new: true })
            }
            Some(_) => {
                let message = "The `sha256Hash` is not that of the `query`.";
                Err(request_error(code::BAD_USER_INPUT, message))
            }
        }
    }
}

/// A document that a request means.
pub(super) struct Resolved {
    pub(super) text: String,
    /// Whether it came with its hash, to be kept.
    pub(super) is_new: bool,
}

impl Resolved {
    fn known(text: String) -> Self {
        Self { text, is_new: false }
    }
}

/// Keeps a document that came with its hash. Where that fails, clients will send it again.
pub(super) async fn store(text: &str, ports: &Services) {
    if let Err(fault) = ports.cache.put(&hash(text), text).await {
        not_cached(&fault);
    }
}

async fn find(id: &str, ports: &Services) -> Result<String, ServerError> {
    let is_hash = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let found = match is_hash {
        true => ports.cache.get(&id.to_ascii_lowercase()).await.unwrap_or_else(|fault| {
            not_cached(&fault);
            None
        }),
        false => None,
    };
    found.map(|text| text.to_string()).ok_or_else(|| {
        // Apollo's clients look for this text.
        request_error(code::PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
    })
}

fn not_cached(fault: &Fault) {
    tracing::warn!(
        cause = with_causes(fault),
        "persisted queries cannot be reached; clients send them whole"
    );
}

fn check_version(persisted: Option<&PersistedQuery>) -> Result<(), ServerError> {
    match persisted {
        Some(PersistedQuery { version, .. }) if *version != 1 => {
            let message = format!("Version {version} of persisted queries is not known here; use 1.");
            Err(request_error(code::BAD_USER_INPUT, message))
        }
        _ => Ok(()),
    }
}

fn untrusted() -> ServerError {
    let message = "This server runs trusted operations only, and this is none of them.";
    request_error(code::FORBIDDEN, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_all_three_tools_are_read() {
        for json in [
            r#"{ "abc": "{ me { id } }" }"#,
            r#"{ "format": "apollo-persisted-query-manifest", "version": 1,
                 "operations": [{ "id": "abc", "name": "Me", "type": "query", "body": "{ me { id } }" }] }"#,
        ] {
            let trusted = TrustedOperations::parse(json).unwrap();
            assert_eq!(trusted.iter().collect::<Vec<_>>(), [("abc", "{ me { id } }")], "{json}");
        }
        assert_eq!(TrustedOperations::parse("{}").unwrap().iter().count(), 0);
    }

    #[test]
    fn other_files_are_refused() {
        for json in ["", "[]", r#"{ "a": 1 }"#, r#"{ "format": "other", "operations": [] }"#] {
            assert!(TrustedOperations::parse(json).is_err(), "{json}");
        }
    }
}
