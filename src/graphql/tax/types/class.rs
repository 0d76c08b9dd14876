//! Tax classes, and the inputs and payloads of their mutations.

use async_graphql::{ID, InputObject, SimpleObject};
use entity::{TaxClassId, tax_class};

use crate::{
    domain::tax,
    graphql::kit::{
        id::Node,
        loader::loader,
        member::{InvalidField, NotFound},
        payload::{payload, user_errors},
    },
};

/// Name for variants and shipping methods that are taxed alike, like `Books`.
#[derive(SimpleObject)]
pub struct TaxClass {
    /// Global id of the tax class.
    pub(in crate::graphql) id: ID,
    /// Name, unique in the shop.
    name: String,
}

impl From<tax_class::Model> for TaxClass {
    fn from(row: tax_class::Model) -> Self {
        Self { id: row.id.global(), name: row.name }
    }
}

loader!(TaxClassId => tax_class::Model, tax::tax_classes_by_ids);

/// New tax class.
#[derive(InputObject)]
pub(in crate::graphql) struct TaxClassCreateInput {
    /// Name, 1 to 100 characters on one line, unique in the shop.
    pub(in crate::graphql) name: String,
}

/// New name of a tax class.
#[derive(InputObject)]
pub(in crate::graphql) struct TaxClassUpdateInput {
    /// Global id of the tax class.
    pub(in crate::graphql) id: ID,
    /// Name, 1 to 100 characters on one line, unique in the shop.
    pub(in crate::graphql) name: String,
}

/// Tax class to delete.
#[derive(InputObject)]
pub(in crate::graphql) struct TaxClassDeleteInput {
    /// Global id of the tax class.
    pub(in crate::graphql) id: ID,
}

user_errors! {
    /// Variants or shipping methods have the tax class, or it is the shop's default.
    TaxClassInUse
}

payload! {
    /// Payload of `taxClassCreate`.
    TaxClassCreatePayload {
        /// The new tax class; null on failure.
        tax_class: TaxClass,
    }
    /// Failure of `taxClassCreate`.
    TaxClassCreateError: InvalidField;
    from tax::TaxClassCreateError {
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `taxClassUpdate`.
    TaxClassUpdatePayload {
        /// The tax class after the change; null on failure.
        tax_class: TaxClass,
    }
    /// Failure of `taxClassUpdate`.
    TaxClassUpdateError: NotFound, InvalidField;
    from tax::TaxClassUpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `taxClassDelete`.
    TaxClassDeletePayload {
        /// Global id of the deleted tax class; null on failure.
        deleted_id: ID,
    }
    /// Failure of `taxClassDelete`.
    TaxClassDeleteError: NotFound, TaxClassInUse;
    from tax::TaxClassDeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        InUse => TaxClassInUse at "id",
    }
}
