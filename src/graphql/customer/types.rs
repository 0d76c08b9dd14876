//! The inputs that choose among customers, and what becomes of changes to them.

use async_graphql::{Enum, ID, InputObject, SimpleObject, Union};

use crate::{
    domain::customer::{BlockError, Filter, Sort, SortKey, UnblockError, UpdateCustomerError},
    graphql::{
        account::{Account, AccountMayDoMore, AccountNotFound, InvalidName, LastAdmin},
        error::ResolverError,
        list::{SortDirection, search},
    },
};

/// Which customers are wanted: those that meet every condition given.
#[derive(InputObject)]
pub(super) struct CustomerFilter {
    /// With this text somewhere in the address or in the name, in capital or small letters.
    search: Option<String>,
    /// Blocked (true) or not (false).
    is_blocked: Option<bool>,
}

impl CustomerFilter {
    pub(super) fn decode(filter: Option<Self>) -> Result<Filter, ResolverError> {
        let Some(filter) = filter else { return Ok(Filter::default()) };
        Ok(Filter { search: search(filter.search)?, is_blocked: filter.is_blocked })
    }
}

/// In which order customers come; equal ones by their id.
#[derive(InputObject)]
pub(super) struct CustomerSort {
    /// By what.
    key: CustomerSortKey,
    /// In which direction.
    #[graphql(default)]
    direction: SortDirection,
}

/// By what customers can be sorted.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "SortKey")]
enum CustomerSortKey {
    /// When the account was made.
    CreatedAt,
    /// The address to log in with.
    Email,
    /// The name, letter by letter as the database compares text.
    Name,
}

impl CustomerSort {
    /// The newest first, unless the client says otherwise.
    pub(super) fn decode(sort: Option<Self>) -> Sort {
        sort.map_or(Sort { key: SortKey::CreatedAt, descending: true }, |sort| Sort {
            key: sort.key.into(),
            descending: sort.direction == SortDirection::Desc,
        })
    }
}

/// A change of a customer. What is left out, or null, stays.
#[derive(InputObject)]
pub(super) struct CustomerUpdateInput {
    /// The customer's account.
    pub(super) id: ID,
    /// What they are called: at most 100 characters on one line; may be empty.
    pub(super) name: Option<String>,
}

/// Which account is to be blocked.
#[derive(InputObject)]
pub(super) struct AccountBlockInput {
    /// The account.
    pub(super) id: ID,
}

/// Which account is to be given back.
#[derive(InputObject)]
pub(super) struct AccountUnblockInput {
    /// The account.
    pub(super) id: ID,
}

/// What became of a change of a customer.
#[derive(SimpleObject)]
pub(super) struct CustomerUpdatePayload {
    /// The customer as they are now; null when nothing was changed.
    pub(super) customer: Option<Account>,
    /// Why nothing was changed; empty when it was.
    pub(super) errors: Vec<CustomerUpdateError>,
}

/// Why a customer was not changed.
#[derive(Union)]
pub(super) enum CustomerUpdateError {
    NotFound(CustomerNotFound),
    InvalidName(InvalidName),
}

/// What became of an account that was to be blocked.
#[derive(SimpleObject)]
pub(super) struct AccountBlockPayload {
    /// The account as it is now; null when it was not blocked.
    pub(super) account: Option<Account>,
    /// Why it was not blocked; empty when it is.
    pub(super) errors: Vec<AccountBlockError>,
}

/// Why an account was not blocked.
#[derive(Union)]
pub(super) enum AccountBlockError {
    NotFound(AccountNotFound),
    Own(CannotBlockYourself),
    MayDoMore(AccountMayDoMore),
    LastAdmin(LastAdmin),
}

/// What became of an account that was to be given back.
#[derive(SimpleObject)]
pub(super) struct AccountUnblockPayload {
    /// The account as it is now; null when it was not given back.
    pub(super) account: Option<Account>,
    /// Why it was not given back; empty when it was.
    pub(super) errors: Vec<AccountUnblockError>,
}

/// Why an account was not given back.
#[derive(Union)]
pub(super) enum AccountUnblockError {
    NotFound(AccountNotFound),
    MayDoMore(AccountMayDoMore),
}

/// There is no customer with this id that the viewer may see.
#[derive(SimpleObject)]
pub struct CustomerNotFound {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// The account is the viewer's own.
#[derive(SimpleObject)]
pub struct CannotBlockYourself {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

impl CustomerUpdateError {
    /// The error as data, or the fault that it is.
    pub(super) fn new(error: UpdateCustomerError) -> Result<Self, ResolverError> {
        let message = error.to_string();
        Ok(match error {
            UpdateCustomerError::NotFound => Self::NotFound(CustomerNotFound { message, path: path("id") }),
            UpdateCustomerError::InvalidName(_) => {
                Self::InvalidName(InvalidName { message, path: path("name") })
            }
            UpdateCustomerError::Fault(fault) => return Err(fault.into()),
        })
    }
}

impl AccountBlockError {
    /// The error as data, or the fault that it is.
    pub(super) fn new(error: BlockError) -> Result<Self, ResolverError> {
        let (message, path) = (error.to_string(), path("id"));
        Ok(match error {
            BlockError::NotFound => Self::NotFound(AccountNotFound { message, path }),
            BlockError::Own => Self::Own(CannotBlockYourself { message, path }),
            BlockError::MayDoMore => Self::MayDoMore(AccountMayDoMore { message, path }),
            BlockError::LastAdmin => Self::LastAdmin(LastAdmin { message, path }),
            BlockError::Fault(fault) => return Err(fault.into()),
        })
    }
}

impl AccountUnblockError {
    /// The error as data, or the fault that it is.
    pub(super) fn new(error: UnblockError) -> Result<Self, ResolverError> {
        let (message, path) = (error.to_string(), path("id"));
        Ok(match error {
            UnblockError::NotFound => Self::NotFound(AccountNotFound { message, path }),
            UnblockError::MayDoMore => Self::MayDoMore(AccountMayDoMore { message, path }),
            UnblockError::Fault(fault) => return Err(fault.into()),
        })
    }
}

/// The way to a field of the argument `input`.
fn path(field: &str) -> Option<Vec<String>> {
    Some(["input", field].map(str::to_owned).into())
}
