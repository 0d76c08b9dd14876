//! Codes of discounts, and the inputs and payloads of their mutations.

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};
use entity::{DiscountCodeId, DiscountId, discount_code};

use super::{Discount, DiscountInUse};
use crate::{
    domain::discount::{self, NewCode, NewCodes},
    graphql::kit::{
        error::ResolverError,
        id::Node,
        listing::ListConnection,
        load,
        loader::loader,
        member::{InvalidField, NotFound},
        payload::payload,
        scalar::Timestamp,
    },
};

pub type DiscountCodeConnection = ListConnection<DiscountCode>;

/// Code that shoppers enter to get a discount. Visible with `DISCOUNTS_EDIT`.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct DiscountCode {
    #[graphql(skip)]
    of: DiscountId,
    /// Global id of the code.
    pub(in crate::graphql) id: ID,
    /// The code. Shoppers may enter it in upper or lower case.
    code: String,
    /// Maximum number of orders with the code; null for no limit of its own.
    max_uses: Option<i32>,
    /// Number of orders with the code.
    used: i32,
    /// Time of creation.
    created_at: Timestamp,
}

impl From<discount_code::Model> for DiscountCode {
    fn from(row: discount_code::Model) -> Self {
        Self {
            of: row.discount_id,
            id: row.id.global(),
            code: row.code,
            max_uses: row.max_uses,
            used: row.used.try_into().unwrap_or(i32::MAX),
            created_at: Timestamp(row.created_at),
        }
    }
}

#[ComplexObject]
impl DiscountCode {
    /// Discount that the code gives.
    async fn discount(&self, ctx: &Context<'_>) -> Result<Discount, ResolverError> {
        load::required(ctx, self.of, "discount of a code").await
    }
}

loader!(DiscountCodeId => discount_code::Model, discount::codes_by_ids);

/// New code.
#[derive(InputObject)]
pub(in crate::graphql::discount) struct DiscountCodeInput {
    /// Code of 1 to 50 letters, digits, `-` and `_`, unique in the shop without regard to case and accents.
    code: String,
    /// Maximum number of orders with the code, 1 to 1,000,000,000; no limit of its own by default.
    max_uses: Option<i32>,
}

/// Codes to add to a discount.
#[derive(InputObject)]
pub(in crate::graphql::discount) struct DiscountCodesAddInput {
    /// Global id of the discount, which is not automatic.
    discount_id: ID,
    /// 1 to 100 codes.
    codes: Vec<DiscountCodeInput>,
}

impl DiscountCodesAddInput {
    pub(in crate::graphql::discount) fn decode(self) -> Result<(DiscountId, Vec<NewCode>), ResolverError> {
        let code = |code: DiscountCodeInput| NewCode { code: code.code, max_uses: code.max_uses };
        let id = DiscountId::from_global(&self.discount_id, "input.discountId")?;
        Ok((id, self.codes.into_iter().map(code).collect()))
    }
}

payload! {
    /// Payload of `discountCodesAdd`.
    DiscountCodesAddPayload {
        /// New codes, in the order of the input; null on failure.
        codes: Vec<DiscountCode>,
    }
    /// Failure of `discountCodesAdd`.
    DiscountCodesAddError: NotFound, InvalidField;
    from discount::CodesAddError {
        NotFound(id) => NotFound { id: id.global() } at "discountId",
        Invalid(invalid) => InvalidField from invalid,
    }
}

/// Codes to generate for a discount.
#[derive(InputObject)]
pub(in crate::graphql::discount) struct DiscountCodesGenerateInput {
    /// Global id of the discount, which is not automatic.
    pub(in crate::graphql::discount) discount_id: ID,
    /// Number of codes, 1 to 1,000.
    count: i32,
    /// Text before the random characters: at most 20 letters, digits, `-` and `_`.
    #[graphql(default)]
    prefix: String,
    /// Number of random characters, 8 to 24.
    #[graphql(default = 10)]
    length: i32,
    /// Maximum number of orders with each code, 1 to 1,000,000,000; null for no limit of its own.
    #[graphql(default_with = "Some(1)")]
    max_uses: Option<i32>,
}

impl From<DiscountCodesGenerateInput> for NewCodes {
    fn from(input: DiscountCodesGenerateInput) -> Self {
        Self { count: input.count, prefix: input.prefix, length: input.length, max_uses: input.max_uses }
    }
}

payload! {
    /// Payload of `discountCodesGenerate`.
    DiscountCodesGeneratePayload {
        /// New codes; null on failure.
        codes: Vec<String>,
    }
    /// Failure of `discountCodesGenerate`.
    DiscountCodesGenerateError: NotFound, InvalidField;
    from discount::CodesGenerateError {
        NotFound(id) => NotFound { id: id.global() } at "discountId",
        Invalid(invalid) => InvalidField from invalid,
    }
}

/// Code to delete.
#[derive(InputObject)]
pub(in crate::graphql::discount) struct DiscountCodeDeleteInput {
    /// Global id of the code.
    pub(in crate::graphql::discount) id: ID,
}

payload! {
    /// Payload of `discountCodeDelete`.
    DiscountCodeDeletePayload {
        /// Global id of the deleted code; null on failure.
        deleted_id: ID,
    }
    /// Failure of `discountCodeDelete`.
    DiscountCodeDeleteError: NotFound, DiscountInUse;
    from discount::CodeDeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        InUse => DiscountInUse at "id",
    }
}
