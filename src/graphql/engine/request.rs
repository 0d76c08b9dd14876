//! What a client asks for, as every transport carries it.

use async_graphql::Variables;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct GraphqlRequest {
    /// The document; it may be missing where `document_id` or `extensions` say which one is meant.
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
    /// The same by the names of Relay's examples. With another meaning they are none of our business.
    #[serde(default)]
    id: Option<Value>,
    #[serde(default, rename = "doc_id")]
    doc_id: Option<Value>,
    /// Whether the answer is to tell the operation's cost.
    #[serde(skip)]
    pub wants_cost: bool,
    /// Whether it came by a method that must change nothing (GET): a mutation is refused.
    #[serde(skip)]
    pub is_safe_method: bool,
}

impl GraphqlRequest {
    pub fn document_id(&self) -> Option<&str> {
        let relay = || self.id.as_ref().or(self.doc_id.as_ref())?.as_str();
        self.document_id.as_deref().or_else(|| if self.has_text() { None } else { relay() })
    }

    /// Whether nothing says which document is meant.
    pub fn is_empty(&self) -> bool {
        let is_persisted =
            self.extensions.as_ref().is_some_and(|extensions| extensions.persisted_query.is_some());
        self.query.is_none() && self.document_id().is_none() && !is_persisted
    }

    fn has_text(&self) -> bool {
        self.query.as_ref().is_some_and(|text| !text.is_empty())
    }
}

/// What protocols put beside an operation. What is not ours is left alone.
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
    /// The SHA-256 of the document in hexadecimal; for a trusted one, whatever its list calls it.
    pub sha256_hash: String,
}

fn first_version() -> u32 {
    1
}

/// Reads an object or null. (What serde derives for a struct takes lists too.)
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
