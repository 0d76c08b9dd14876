//! The interface of all errors that are data. Only this file and its parent know the members of every noun.

use async_graphql::Interface;

use super::{
    account::{
        AccountMayDoMore, CannotBlockYourself, InvalidToken, LastAdmin, PasswordRequired, WrongPassword,
    },
    address::AddressLimitReached,
    auth::{AlreadyEnrolled, ChallengeExpired, InvalidCode, InvalidCredentials, NotEnrolled},
    cart::{InsufficientStock, NotSoldInCurrency},
    discount::DiscountInUse,
    inventory::{IdempotencyKeyReused, StockConflict},
    kit::member::{Conflict, InvalidField, NotFound, PermissionsNotHeld, RateLimited},
    product::{CategoryCycle, CategoryInUse, CombinationTaken, NoVariants, OptionValueInUse, ProductInUse},
    shop::CurrencyInUse,
    staff::{AdminRequired, RoleInUse},
    tax::TaxClassInUse,
};

/// Expected failure, to be shown to the user: a member of the payload's `errors`.
#[derive(Interface)]
#[graphql(
    field(name = "message", ty = "&String", desc = "Human-readable message."),
    field(
        name = "path",
        ty = "&Option<Vec<String>>",
        desc = "Path to the invalid input field, outermost first; null when no field is at fault."
    )
)]
pub(super) enum UserError {
    AccountMayDoMore(AccountMayDoMore),
    AddressLimitReached(AddressLimitReached),
    AdminRequired(AdminRequired),
    AlreadyEnrolled(AlreadyEnrolled),
    CannotBlockYourself(CannotBlockYourself),
    CategoryCycle(CategoryCycle),
    CategoryInUse(CategoryInUse),
    ChallengeExpired(ChallengeExpired),
    CombinationTaken(CombinationTaken),
    Conflict(Conflict),
    CurrencyInUse(CurrencyInUse),
    DiscountInUse(DiscountInUse),
    IdempotencyKeyReused(IdempotencyKeyReused),
    InsufficientStock(InsufficientStock),
    InvalidCode(InvalidCode),
    InvalidCredentials(InvalidCredentials),
    InvalidField(InvalidField),
    InvalidToken(InvalidToken),
    LastAdmin(LastAdmin),
    NotEnrolled(NotEnrolled),
    NotFound(NotFound),
    NotSoldInCurrency(NotSoldInCurrency),
    OptionValueInUse(OptionValueInUse),
    NoVariants(NoVariants),
    PasswordRequired(PasswordRequired),
    PermissionsNotHeld(PermissionsNotHeld),
    ProductInUse(ProductInUse),
    RateLimited(RateLimited),
    RoleInUse(RoleInUse),
    StockConflict(StockConflict),
    TaxClassInUse(TaxClassInUse),
    WrongPassword(WrongPassword),
}
