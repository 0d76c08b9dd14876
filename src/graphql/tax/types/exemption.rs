//! Exemptions of customers from tax.

use async_graphql::{Enum, ID, InputObject, SimpleObject};
use entity::{AccountId, account_tax};

use crate::{
    domain::tax,
    graphql::{
        account::Account,
        kit::{
            id::Node,
            loader::loader,
            member::{InvalidField, NotFound},
            payload::payload,
        },
    },
};

/// Exemption of a customer from tax.
#[derive(SimpleObject)]
pub struct TaxExemption {
    /// Reason for the exemption.
    reason: TaxExemptionReason,
    /// Number by which a tax office knows the customer, like a VAT number; null for none.
    tax_id: Option<String>,
}

/// Reason for which a customer pays no tax.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "account_tax::Reason")]
pub(in crate::graphql) enum TaxExemptionReason {
    /// Charity, public body or reseller: never taxed.
    Exempt,
    /// Business in another country that pays the tax itself ([Directive 2006/112/EC, Article
    /// 196](https://eur-lex.europa.eu/eli/dir/2006/112/oj)): not taxed when the destination is in another country than the
    /// shop. Requires a tax id.
    ReverseCharge,
}

impl From<account_tax::Model> for TaxExemption {
    fn from(row: account_tax::Model) -> Self {
        Self { reason: row.reason.into(), tax_id: row.tax_id }
    }
}

loader! {
    /// Exemption of an account, if the viewer may see it.
    TaxExemptionOf(AccountId) => account_tax::Model, tax::exemptions_of
}

/// Exemption of a customer from tax, in place of the present one.
#[derive(InputObject)]
pub(in crate::graphql) struct CustomerTaxExemptionSetInput {
    /// Global id of the customer's account.
    pub(in crate::graphql) id: ID,
    /// Reason for the exemption; null ends it.
    pub(in crate::graphql) reason: Option<TaxExemptionReason>,
    /// Number by which a tax office knows the customer: at most 32 letters a to z, digits, spaces and `.`, `-`, `/`. Required
    /// for `REVERSE_CHARGE`. A number that begins with the letters of a state of the European Union (`EL` for Greece) must have
    /// the format of that state's VAT numbers; no check digit is computed and no registry is asked.
    pub(in crate::graphql) tax_id: Option<String>,
}

payload! {
    /// Payload of `customerTaxExemptionSet`.
    CustomerTaxExemptionSetPayload {
        /// The customer after the change; null on failure.
        customer: Account,
    }
    /// Failure of `customerTaxExemptionSet`.
    CustomerTaxExemptionSetError: NotFound, InvalidField;
    from tax::CustomerTaxExemptionSetError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Invalid(invalid) => InvalidField from invalid,
    }
}
