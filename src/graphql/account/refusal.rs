//! What can go wrong when accounts are changed by others than their owners.

use async_graphql::SimpleObject;

/// There is no account with this id that the viewer may see.
#[derive(SimpleObject)]
pub struct AccountNotFound {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// The account may do more than the viewer, who therefore cannot change it.
#[derive(SimpleObject)]
pub struct AccountMayDoMore {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}

/// The account is the last admin who can log in, and has to stay that.
#[derive(SimpleObject)]
pub struct LastAdmin {
    /// What is wrong, for people.
    pub(in crate::graphql) message: String,
    /// The input field that is to blame, from the outside in; null when it is none.
    pub(in crate::graphql) path: Option<Vec<String>>,
}
