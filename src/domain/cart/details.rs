//! Details of a cart: email address, language, note, currency, addresses.

use entity::Currency;
use scoped_futures::ScopedFutureExt;
use serde_json::Value;

use super::{
    Cart, CartKey, ChangeError,
    change::{Claim, Locked},
    contents::lines_of,
};
use crate::domain::{
    address::{AddressPatch, PostalAddress},
    context::{OpContext, Txn},
    identity::Email,
    kernel::{
        fault::Fault,
        patch::{Patch, set},
        text::{FieldProblem, InvalidField, Rejected, paragraphs},
    },
    shop,
};

/// Maximum number of characters of a note.
const MAX_NOTE: usize = 1_000;

/// Maximum number of characters of a language tag ([RFC 5646, 4.4.1](https://www.rfc-editor.org/rfc/rfc5646#section-4.4.1)).
const MAX_LOCALE: usize = 35;

/// A change of details; `None` leaves a field as it is, `Some(None)` clears it.
#[derive(Debug, Default)]
pub struct CartPatch {
    pub email: Patch<String>,
    /// [BCP 47](https://www.rfc-editor.org/info/bcp47) tag, like `de-CH`.
    pub locale: Patch<String>,
    pub note: Patch<String>,
    /// One of the shop's currencies.
    pub currency: Option<Currency>,
    pub shipping_address: Patch<AddressPatch>,
    pub billing_address: Patch<AddressPatch>,
}

/// A change whose texts are valid.
#[derive(Debug, Default)]
pub(super) struct ValidPatch {
    email: Patch<String>,
    locale: Patch<String>,
    note: Option<String>,
    pub(super) currency: Option<Currency>,
    shipping_address: Option<Value>,
    billing_address: Option<Value>,
}

/// Changes details of a cart. With another currency all prices are other ones, which is no change to be noticed.
#[tracing::instrument(name = "cart::update", level = "debug", skip_all, err(level = "debug"))]
pub async fn update(ctx: &OpContext, key: CartKey, patch: CartPatch) -> Result<Cart, ChangeError> {
    let patch = patch.validated().map_err(ChangeError::InvalidFields)?;
    let claim = Claim::new(ctx, key).await?;
    ctx.write(|txn| update_in_txn(txn, &claim, &patch).scope_boxed()).await
}

async fn update_in_txn(txn: &Txn<'_>, claim: &Claim, patch: &ValidPatch) -> Result<Cart, ChangeError> {
    let mut locked = claim.lock(txn).await?;
    apply(txn, &mut locked, patch).await?;
    Ok(locked.store(txn).await?)
}

/// Applies a change to a locked cart.
pub(super) async fn apply(txn: &Txn<'_>, locked: &mut Locked, patch: &ValidPatch) -> Result<(), Rejected> {
    let row = &mut locked.cart.row;
    set(&mut row.email, patch.email.clone());
    set(&mut row.locale, patch.locale.clone());
    set(&mut row.note, patch.note.clone());
    set(&mut row.shipping_address, patch.shipping_address.clone());
    set(&mut row.billing_address, patch.billing_address.clone());
    if let Some(currency) = patch.currency {
        if !shop::currencies(txn).await?.contains(&currency) {
            let message = format!("The shop has no prices in {currency}.");
            return Err(InvalidField::new("currency", FieldProblem::UnknownValue, message).into());
        }
        if currency != row.currency {
            row.currency = currency;
            let id = row.id;
            locked.reprice(lines_of(txn, id, currency).await?);
        }
    }
    Ok(())
}

impl Locked {
    /// Replaces the lines by the same in another currency.
    fn reprice(&mut self, lines: Vec<super::Line>) {
        self.cart.lines = lines;
        self.note(|_| true);
    }
}

impl CartPatch {
    pub(super) fn validated(self) -> Result<ValidPatch, Vec<InvalidField>> {
        let email = self.email.map(|email| non_empty(email).map(|email| Email::of_field("email", &email)));
        let locale = self.locale.map(|locale| non_empty(locale).map(|locale| parse_locale(&locale)));
        let note = self.note.map(|note| paragraphs("note", &note.unwrap_or_default(), MAX_NOTE));
        let (shipping, billing) = (
            parse_address("shipping_address", self.shipping_address),
            parse_address("billing_address", self.billing_address),
        );
        let mut wrong = Vec::new();
        let patch = ValidPatch {
            email: valid(&mut wrong, email.map(Option::transpose).transpose())
                .flatten()
                .map(|email| email.map(|email| email.as_str().to_owned())),
            locale: valid(&mut wrong, locale.map(Option::transpose).transpose()).flatten(),
            note: valid(&mut wrong, note.transpose()).flatten(),
            currency: self.currency,
            shipping_address: shipping.unwrap_or_else(|invalid| {
                wrong.extend(invalid);
                None
            }),
            billing_address: billing.unwrap_or_else(|invalid| {
                wrong.extend(invalid);
                None
            }),
        };
        if wrong.is_empty() { Ok(patch) } else { Err(wrong) }
    }
}

fn valid<T>(wrong: &mut Vec<InvalidField>, parsed: Result<T, InvalidField>) -> Option<T> {
    parsed.map_err(|invalid| wrong.push(invalid)).ok()
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// Reads a tag by its shape: subtags of letters and digits with hyphens between them, the first one a language.
fn parse_locale(text: &str) -> Result<String, InvalidField> {
    let text = text.trim();
    let mut tags = text.split('-');
    let is_language =
        |tag: &str| (2..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_tag =
        |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if text.len() <= MAX_LOCALE && tags.next().is_some_and(is_language) && tags.all(is_tag) {
        return Ok(text.to_owned());
    }
    let message = "This is not a language tag of BCP 47, like de-CH.";
    Err(InvalidField::new("locale", FieldProblem::InvalidFormat, message))
}

/// An address as it is stored; null for none.
fn parse_address(
    name: &'static str,
    written: Patch<AddressPatch>,
) -> Result<Option<Value>, Vec<InvalidField>> {
    let Some(written) = written else { return Ok(None) };
    let Some(written) = written else { return Ok(Some(Value::Null)) };
    let in_object = |wrong: Vec<InvalidField>| -> Vec<_> {
        wrong.into_iter().map(|invalid| invalid.in_object(name)).collect()
    };
    let address = PostalAddress::parse(&written).map_err(in_object)?;
    Ok(serde_json::to_value(address).ok())
}

impl Cart {
    /// Address that the cart is shipped to.
    pub fn shipping_address(&self) -> Result<Option<PostalAddress>, Fault> {
        serde_json::from_value(self.row.shipping_address.clone()).map_err(Fault::internal)
    }

    /// Address of the invoice.
    pub fn billing_address(&self) -> Result<Option<PostalAddress>, Fault> {
        serde_json::from_value(self.row.billing_address.clone()).map_err(Fault::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locale_is_a_language_tag() {
        for tag in ["de", "de-CH", "zh-Hant-TW", " en "] {
            assert_eq!(parse_locale(tag).unwrap(), tag.trim(), "{tag}");
        }
        for text in
            ["d", "de_CH", "de-", "-de", "de--CH", "1a", &"a".repeat(9), &format!("de{}", "-abc".repeat(9))]
        {
            assert!(parse_locale(text).is_err(), "{text}");
        }
    }
}
