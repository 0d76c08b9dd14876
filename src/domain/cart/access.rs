//! Rights to carts: a guest's token in the input or in the cookie, or the session of the account.

use entity::{AccountId, CartId, cart};
use sea_orm::{ColumnTrait, ConnectionTrait};
use secrecy::SecretString;

use super::contents::{self, Found};
use crate::domain::{
    context::OpContext,
    identity::{TokenHash, Viewer},
    kernel::fault::Fault,
};

/// Names a cart, and shows a right to it.
#[derive(Debug)]
pub struct CartKey {
    pub id: CartId,
    /// A guest's token; without it the session or the cookie of the request counts.
    pub token: Option<SecretString>,
    /// The version that the change was made from.
    pub expected_version: Option<i32>,
}

/// What a request has to show for a cart.
#[derive(Debug)]
pub struct Right {
    account: Option<AccountId>,
    token: Option<TokenHash>,
    to_all: bool,
}

/// The rights of a request. A token in the input takes precedence over the cookie; one that is malformed opens nothing.
pub(super) async fn right(ctx: &OpContext, token: Option<SecretString>) -> Result<Right, Fault> {
    let account = match ctx.viewer().await? {
        Viewer::Account(viewer) => Some(viewer.account.id),
        Viewer::Anonymous | Viewer::ApiClient(_) => None,
    };
    Ok(Right { account, token: ctx.cart_token(token.as_ref()), to_all: false })
}

impl Right {
    /// The right of staff to the carts of all.
    pub(super) const TO_ALL: Self = Self { account: None, token: None, to_all: true };

    /// Whether it is one to this cart.
    pub(super) fn covers(&self, cart: &cart::Model) -> bool {
        let by_account = cart.account_id.is_some() && cart.account_id == self.account;
        let token = self.token.as_ref().map(TokenHash::as_bytes);
        self.to_all || by_account || (cart.token_hash.is_some() && cart.token_hash.as_deref() == token)
    }

    /// The cart of the account, else that of the token.
    pub(super) async fn own(&self, db: &impl ConnectionTrait) -> Result<Option<Found>, Fault> {
        if let Some(account) = self.account
            && let Some(found) = contents::find(db, cart::Column::AccountId.eq(account)).await?
        {
            return Ok(Some(found));
        }
        self.of_token(db).await
    }

    /// The cart of the account, and that of the token.
    pub(super) async fn all_own(&self, db: &impl ConnectionTrait) -> Result<Vec<Found>, Fault> {
        let of_account = match self.account {
            Some(account) => contents::find(db, cart::Column::AccountId.eq(account)).await?,
            None => None,
        };
        Ok(of_account.into_iter().chain(self.of_token(db).await?).collect())
    }

    async fn of_token(&self, db: &impl ConnectionTrait) -> Result<Option<Found>, Fault> {
        match &self.token {
            Some(token) => contents::find(db, cart::Column::TokenHash.eq(token.as_bytes().to_vec())).await,
            None => Ok(None),
        }
    }
}
