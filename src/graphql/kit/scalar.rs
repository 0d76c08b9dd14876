//! Custom scalars, and money.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};
use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use entity::Currency;

use crate::domain::kernel::money;

#[derive(Clone, Copy)]
pub(in crate::graphql) struct Timestamp(pub(in crate::graphql) DateTime<Utc>);

/// Time in UTC in the format of [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339), like `2026-11-23T09:30:00.000000Z`, in the
/// years 1 to 9999.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for Timestamp {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let time = DateTime::parse_from_rfc3339(text)?.to_utc();
        // Both databases can compare these.
        match (1..=9999).contains(&time.year()) {
            true => Ok(Self(time)),
            false => Err(InputValueError::custom("The time must be between the years 1 and 9999.")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

#[derive(Clone)]
pub(in crate::graphql) struct Decimal(pub(in crate::graphql) String);

/// A decimal number as a string, like `12.50`, so that clients do not round it.
#[Scalar]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

#[derive(Clone, Copy)]
pub struct CurrencyCode(pub(in crate::graphql) Currency);

/// A currency code of [ISO 4217](https://www.iso.org/iso-4217-currency-codes.html), like `EUR`. Input may be in lower case.
#[Scalar]
impl ScalarType for CurrencyCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(code) => Ok(Self(code.to_ascii_uppercase().parse()?)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.code().to_owned())
    }
}

#[derive(Clone)]
pub(in crate::graphql) struct Json(pub(in crate::graphql) serde_json::Value);

/// JSON object without a fixed structure.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::Object(_) => Ok(Self(value.into_json()?)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// Whether the value of a variable is valid for the scalar of this name.
pub(in crate::graphql) fn is_valid(scalar: &str, value: &Value) -> bool {
    match (scalar, value) {
        ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        ("Float", Value::Number(_)) | ("Boolean", Value::Boolean(_)) => true,
        ("String" | "ID", Value::String(_)) => true,
        ("ID", Value::Number(number)) => !number.is_f64(),
        ("DateTime", value) => Timestamp::parse(value.clone()).is_ok(),
        ("Decimal", value) => Decimal::parse(value.clone()).is_ok(),
        ("CurrencyCode", value) => CurrencyCode::parse(value.clone()).is_ok(),
        ("JSON", Value::Object(_)) => true,
        _ => false,
    }
}

/// A valid value of the scalar of this name.
pub(in crate::graphql) fn sample(scalar: &str) -> Value {
    match scalar {
        "Int" | "Float" => 0.into(),
        "Boolean" => false.into(),
        "DateTime" => Timestamp(DateTime::UNIX_EPOCH).to_value(),
        "CurrencyCode" => Value::from("EUR"),
        "JSON" => Value::Object(Default::default()),
        _ => Value::from("0"),
    }
}

/// An amount of money.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Money {
    /// The amount, with as many decimal digits as the currency has.
    amount: Decimal,
    /// The currency.
    currency: CurrencyCode,
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        Self { amount: Decimal(money.to_string()), currency: CurrencyCode(money.currency) }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{parse_schema, types::TypeSystemDefinition};

    use super::*;

    /// A new scalar needs a line in both functions.
    #[test]
    fn every_scalar_of_the_schema_has_a_valid_sample() {
        let definitions = parse_schema(crate::graphql::sdl()).unwrap().definitions;
        let scalars = definitions.iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(ty)
                if matches!(ty.node.kind, async_graphql::parser::types::TypeKind::Scalar) =>
            {
                Some(ty.node.name.node.to_string())
            }
            _ => None,
        });
        let builtin = ["Int", "Float", "Boolean", "String", "ID"].map(str::to_owned);
        for scalar in scalars.chain(builtin) {
            assert!(is_valid(&scalar, &sample(&scalar)), "{scalar}");
            assert!(!is_valid(&scalar, &Value::List(vec![])), "{scalar}");
        }
    }
}
