//! Inputs that select customers, and the change of a customer.

use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject};
use entity::AccountId;

use crate::{
    domain::customer::{self, Filter, Sort, SortKey},
    graphql::{
        account::{Account, AccountConnection},
        kit::{
            error::ResolverError,
            id::Node,
            listing::{SortDirection, search},
            loader::loader,
            member::{InvalidField, NotFound},
            payload::payload,
        },
    },
};

/// The account of a customer.
pub(super) type Customer = Account;

pub(super) type CustomerConnection = AccountConnection;

/// Conditions on customers; all that are given must hold.
#[derive(InputObject)]
pub(super) struct CustomerFilter {
    /// Text in the email address or in the name, at most 200 characters. Upper and lower case are the same.
    search: Option<String>,
    /// Whether the account is blocked.
    is_blocked: Option<bool>,
}

impl CustomerFilter {
    pub(super) fn decode(filter: Option<Self>) -> Result<Filter, ResolverError> {
        let Some(filter) = filter else { return Ok(Filter::default()) };
        Ok(Filter { search: search(filter.search)?, is_blocked: filter.is_blocked })
    }
}

/// Order of customers; those with equal sort keys are ordered by id.
#[derive(InputObject)]
pub(super) struct CustomerSort {
    /// Sort key.
    key: CustomerSortKey,
    /// Direction.
    #[graphql(default)]
    direction: SortDirection,
}

/// Sort key of customers.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "SortKey")]
enum CustomerSortKey {
    /// Time at which the account was created.
    CreatedAt,
    /// Email address.
    Email,
    /// Name, character by character as the database compares text.
    Name,
}

impl CustomerSort {
    /// The newest first by default.
    pub(super) fn decode(sort: Option<Self>) -> Sort {
        sort.map_or(Sort { key: SortKey::CreatedAt, descending: true }, |sort| Sort {
            key: sort.key.into(),
            descending: sort.direction == SortDirection::Desc,
        })
    }
}

/// Change of a customer. Fields that are missing or null stay as they are.
#[derive(InputObject)]
pub(super) struct CustomerUpdateInput {
    /// Global id of the customer's account.
    pub(super) id: ID,
    /// Name, at most 100 characters on one line; may be empty.
    pub(super) name: Option<String>,
}

payload! {
    /// Payload of `customerUpdate`.
    CustomerUpdatePayload {
        /// The customer after the change; null on failure.
        customer: Account,
    }
    /// Failure of `customerUpdate`.
    CustomerUpdateError: NotFound, InvalidField;
    from customer::UpdateError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}

/// Tags of a customer, in place of the present ones.
#[derive(InputObject)]
pub(super) struct CustomerTagsSetInput {
    /// Global id of the customer's account.
    pub(super) id: ID,
    /// All tags of the customer: at most 50 of 1 to 50 characters on one line.
    pub(super) tags: Vec<String>,
}

payload! {
    /// Payload of `customerTagsSet`.
    CustomerTagsSetPayload {
        /// The customer after the change; null on failure.
        customer: Account,
    }
    /// Failure of `customerTagsSet`.
    CustomerTagsSetError: NotFound, InvalidField;
    from customer::TagsSetError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}

loader! {
    /// Loads the tags of a customer, for staff.
    TagsOfCustomer(AccountId) => Arc<[String]>, customer::tags_of
}
