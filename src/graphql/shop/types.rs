//! The settings, and their change.

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};
use entity::{ShopId, shop as shop_row};

use crate::{
    domain::shop::{self, Settings},
    graphql::kit::{
        context::ContextExt,
        id::Node,
        loader::loader,
        member::{AnyNode, Conflict, InvalidField},
        payload::{payload, user_errors},
        scalar::CurrencyCode,
    },
};

/// Settings of the shop.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Shop {
    #[graphql(skip)]
    prefix: String,
    /// Global id of the shop.
    pub(in crate::graphql) id: ID,
    /// Display name, also in mails and authenticator apps.
    name: String,
    /// Currencies that prices can be given in, in display order.
    currencies: Vec<CurrencyCode>,
    /// Currency of prices where none is asked for.
    default_currency: CurrencyCode,
    /// Time zone of reports and order dates, like `Europe/Berlin`.
    time_zone: String,
    /// Number of the last change, for `shopUpdate`.
    version: i32,
}

impl From<Settings> for Shop {
    fn from(settings: Settings) -> Self {
        Self {
            prefix: settings.shop.order_number_prefix,
            id: shop_row::KEY.global(),
            name: settings.shop.name,
            currencies: settings.currencies.into_iter().map(CurrencyCode).collect(),
            default_currency: CurrencyCode(settings.shop.default_currency),
            time_zone: settings.shop.time_zone,
            version: settings.shop.version,
        }
    }
}

#[ComplexObject]
impl Shop {
    /// Text before the number of an order; may be empty. Null for viewers without `SETTINGS_EDIT`.
    async fn order_number_prefix(&self, ctx: &Context<'_>) -> Option<&str> {
        shop::for_staff(ctx.op(), self.prefix.as_str()).await
    }
}

loader!(ShopId => Settings, shop::by_ids);

/// Change of the shop's settings.
#[derive(InputObject)]
pub(super) struct ShopUpdateInput {
    /// Version that the change was made from. If the settings have another by now, nothing is changed, and `Conflict` has
    /// the present ones. Without it, the change is made to whatever version there is.
    version: Option<i32>,
    /// Display name, 1 to 100 characters on one line. Surrounding space is removed.
    name: Option<String>,
    /// 1 to 20 currencies, in display order. A currency that prices use cannot be removed.
    currencies: Option<Vec<CurrencyCode>>,
    /// One of the currencies.
    default_currency: Option<CurrencyCode>,
    /// Name in the IANA time zone database.
    time_zone: Option<String>,
    /// Text before the number of an order: at most 10 letters a to z, digits and `-`; empty for none.
    order_number_prefix: Option<String>,
}

impl From<ShopUpdateInput> for shop::ShopUpdate {
    fn from(input: ShopUpdateInput) -> Self {
        Self {
            version: input.version,
            name: input.name,
            currencies: input.currencies.map(|currencies| currencies.iter().map(|code| code.0).collect()),
            default_currency: input.default_currency.map(|code| code.0),
            time_zone: input.time_zone,
            order_number_prefix: input.order_number_prefix,
        }
    }
}

user_errors! {
    /// Prices use the currency, so that it cannot be removed.
    CurrencyInUse {
        /// The currency.
        currency: CurrencyCode,
    }
}

payload! {
    /// Payload of `shopUpdate`.
    ShopUpdatePayload {
        /// The settings; null on failure.
        shop: Shop,
    }
    /// Failure of `shopUpdate`.
    ShopUpdateError: InvalidField, Conflict, CurrencyInUse;
    from shop::UpdateError {
        Invalid(invalid) => InvalidField from invalid,
        Conflict(present) => Conflict { current: Some(AnyNode::new(Shop::from(*present))) } at "version",
        CurrencyInUse(currency) => CurrencyInUse { currency: CurrencyCode(currency) } at "currencies",
    }
}
