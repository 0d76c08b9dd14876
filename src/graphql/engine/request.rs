//! A GraphQL request, independent of its transport.

use async_graphql::Variables;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct GraphqlRequest {
    /// Document; optional if `document_id` or `extensions` identify it.
    #[serde(default)]
    pub query: Option<String>,
    #[serde(default)]
    pub operation_name: Option<String>,
    #[serde(default)]
    pub variables: Option<Variables>,
    #[serde(default, deserialize_with = "object")]
    pub extensions: Option<Extensions>,
    /// The document's id on the list of trusted ones (GraphQL over HTTP, appendix A, "Persisted Documents").
    #[serde(default)]
    pub document_id: Option<String>,
    /// Alternative names in Relay's examples. Values of other types are ignored.
    #[serde(default)]
    id: Option<Value>,
    #[serde(default, rename = "doc_id")]
    doc_id: Option<Value>,
    /// Whether the response has the operation's cost.
    #[serde(skip)]
    pub wants_cost: bool,
    /// Whether the method must not change anything (GET): mutations are rejected.
    #[serde(skip)]
    pub is_safe_method: bool,
}

impl GraphqlRequest {
    pub fn document_id(&self) -> Option<&str> {
        let relay = || self.id.as_ref().or(self.doc_id.as_ref())?.as_str();
        self.document_id.as_deref().or_else(|| if self.has_text() { None } else { relay() })
    }

    /// Whether the request identifies no document.
    pub fn is_empty(&self) -> bool {
        let is_persisted =
            self.extensions.as_ref().is_some_and(|extensions| extensions.persisted_query.is_some());
        self.query.is_none() && self.document_id().is_none() && !is_persisted
    }

    fn has_text(&self) -> bool {
        self.query.as_ref().is_some_and(|text| !text.is_empty())
    }
}

/// Known extensions of a request; others are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct Extensions {
    #[serde(default)]
    pub persisted_query: Option<PersistedQuery>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct PersistedQuery {
    /// The protocol's version: 1.
    #[serde(default = "first_version")]
    pub version: u32,
    /// SHA-256 of the document in hexadecimal; for a trusted one, any id of its list.
    pub sha256_hash: String,
}

fn first_version() -> u32 {
    1
}

/// Parses an object or null. (serde's derived structs accept lists, too.)
pub fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let object = Option::<Map<String, Value>>::deserialize(deserializer)?;
    object
        .map(|object| serde_json::from_value(Value::Object(object)))
        .transpose()
        .map_err(serde::de::Error::custom)
}
