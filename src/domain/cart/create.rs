//! Opening a cart.

use entity::{AccountId, CartId, Currency, cart};
use scoped_futures::ScopedFutureExt;
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::OnConflict,
};
use serde_json::{Map, Value};

use super::{
    Cart, CartPatch, NewLine, NotSold, Short,
    change::{Locked, Unfit},
    contents,
    details::{self, ValidPatch},
    line_add,
};
use crate::domain::{
    context::{OpContext, Txn},
    identity::{Token, TokenHash, Viewer},
    kernel::{
        fault::Fault,
        operation_error::operation_error,
        text::{InvalidField, Rejected},
    },
    shop,
};

/// Number of idle carts that a new one removes at most: more than come, so that their number falls.
const REMOVED_AT_ONCE: u64 = 100;

operation_error! {
    validated
    /// Why no cart was opened.
    pub enum CreateError {
        /// There are too few pieces of some variants.
        #[error("There is not enough in stock.")]
        InsufficientStock(Vec<Short>),
        /// Some variants have no price in the currency of the cart.
        #[error("The variant is not sold in the currency of the cart.")]
        NotSoldInCurrency(Vec<NotSold>),
        /// Details that cannot be used, at least one.
        #[error("Some details cannot be used.")]
        InvalidFields(Vec<InvalidField>),
    }
}

impl From<Unfit> for CreateError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::InsufficientStock(short) => Self::InsufficientStock(short),
            Unfit::NotSoldInCurrency(lines) => Self::NotSoldInCurrency(lines),
            Unfit::Rejected(rejected) => rejected.into(),
        }
    }
}

/// A cart to open.
#[derive(Debug, Default)]
pub struct NewCart {
    /// Details of the cart; the shop's default currency without one.
    pub details: CartPatch,
    pub lines: Vec<NewLine>,
}

/// An open cart.
#[derive(Debug)]
pub struct Created {
    pub cart: Cart,
    /// Token of a guest's cart, which is shown once.
    pub token: Option<Token>,
}

/// Opens a cart: with a session that of the account, which keeps the one that it has; else one of a guest, who keeps that of
/// the cookie. Also removes some carts that have been idle for long.
#[tracing::instrument(name = "cart::create", level = "debug", skip_all, err(level = "debug"))]
pub async fn create(ctx: &OpContext, new: NewCart) -> Result<Created, CreateError> {
    line_add::check(&new.lines, 0)?;
    let details = new.details.validated().map_err(CreateError::InvalidFields)?;
    let owner = match ctx.viewer().await? {
        Viewer::Account(viewer) => Some((viewer.account.id, viewer.account.email.clone())),
        Viewer::Anonymous | Viewer::ApiClient(_) => None,
    };
    let token = Token::new(ctx.random().secret());
    let hash = |hash: TokenHash| hash.as_bytes().to_vec();
    let known = ctx.caller().cart_token.clone().filter(|_| owner.is_none()).map(hash);
    let work = Work { owner, token_hash: hash(token.hash()), known, details, lines: new.lines };
    let cart = ctx.write(|txn| work.run(txn).scope_boxed()).await?;
    let is_new = cart.row.token_hash.as_ref() == Some(&work.token_hash);
    Ok(Created { token: is_new.then_some(token), cart })
}

struct Work {
    owner: Option<(AccountId, String)>,
    token_hash: Vec<u8>,
    /// Hash of the token in the cookie of a guest.
    known: Option<Vec<u8>>,
    details: ValidPatch,
    lines: Vec<NewLine>,
}

impl Work {
    async fn run(&self, txn: &Txn<'_>) -> Result<Cart, CreateError> {
        delete_idle(txn).await?;
        let mut locked = match self.known(txn).await? {
            Some(locked) => locked,
            None => self.open(txn).await?,
        };
        details::apply(txn, &mut locked, &self.details).await?;
        line_add::add(txn, &mut locked, &self.lines).await?;
        Ok(locked.store(txn).await?)
    }

    /// The cart of the cookie, if it is still there.
    async fn known(&self, txn: &Txn<'_>) -> Result<Option<Locked>, Fault> {
        let Some(hash) = &self.known else { return Ok(None) };
        match contents::lock(txn, cart::Column::TokenHash.eq(hash.clone())).await? {
            Some(found) => Ok(Some(Locked::new(Cart::read(txn, found).await?))),
            None => Ok(None),
        }
    }

    /// A new cart, or that of the account.
    async fn open(&self, txn: &Txn<'_>) -> Result<Locked, Fault> {
        let currency = shop::default_currency(txn).await?;
        let row = self.row(CartId(txn.random().id(txn.now())), txn, currency);
        let condition = match &self.owner {
            Some((account, _)) => cart::Column::AccountId.eq(*account),
            None => cart::Column::Id.eq(row.id),
        };
        // An account that has a cart keeps it.
        let columns = OnConflict::column(cart::Column::AccountId).do_nothing().to_owned();
        cart::Entity::insert(row.into_active_model())
            .on_conflict(columns)
            .exec_without_returning(txn)
            .await?;
        let missing = || Fault::internal("a new cart is missing");
        let found = contents::lock(txn, condition).await?.ok_or_else(missing)?;
        Ok(Locked::new(Cart::read(txn, found).await?))
    }

    fn row(&self, id: CartId, txn: &Txn<'_>, currency: Currency) -> cart::Model {
        cart::Model {
            id,
            token_hash: self.owner.is_none().then(|| self.token_hash.clone()),
            account_id: self.owner.as_ref().map(|owner| owner.0),
            currency,
            email: self.owner.as_ref().map(|owner| owner.1.clone()),
            locale: None,
            note: String::new(),
            shipping_address: Value::Null,
            billing_address: Value::Null,
            shipping_method_id: None,
            discount_codes: Default::default(),
            metadata: Map::new().into(),
            private_metadata: Map::new().into(),
            // `store` makes the first version of it.
            version: 0,
            created_at: txn.now(),
            updated_at: txn.now(),
        }
    }
}

/// Removes some of the carts that were not changed for longer than the setting allows.
async fn delete_idle(txn: &Txn<'_>) -> Result<(), Rejected> {
    let before = txn.now() - txn.services().cart_lifetime;
    let idle = cart::Entity::find()
        .select_only()
        .column(cart::Column::Id)
        .filter(cart::Column::UpdatedAt.lt(before))
        .order_by_asc(cart::Column::UpdatedAt)
        .limit(REMOVED_AT_ONCE)
        .into_query();
    cart::Entity::delete_many().filter(cart::Column::Id.in_subquery(idle)).exec(txn).await?;
    Ok(())
}
