//! Payloads of mutations and their errors, declared as tables.

use std::time::Duration;

use crate::domain::kernel::quota::whole_seconds;

/// Declares objects that implement `UserError`: a `message`, a `path`, and further fields.
///
/// ```ignore
/// user_errors! {
///     /// Accounts have the role.
///     RoleInUse {
///         /// Number of accounts that have the role.
///         accounts: u64,
///     }
/// }
/// ```
///
/// makes `struct RoleInUse { message: String, path: Option<Vec<String>>, accounts: u64 }` as a `SimpleObject`.
macro_rules! user_errors {
    ($(
        $(#[$doc:meta])*
        $name:ident $({ $( $(#[$field_doc:meta])* $field:ident: $ty:ty, )* })?
    )+) => {$(
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            /// Human-readable message.
            pub(in crate::graphql) message: String,
            /// Path to the invalid input field, outermost first; null when no field is at fault.
            pub(in crate::graphql) path: Option<Vec<String>>,
            $($( $(#[$field_doc])* pub $field: $ty, )*)?
        }
    )+};
}

/// Declares the payload of a mutation, the union of its errors, and the conversion of the operation's result to both.
///
/// ```ignore
/// payload! {
///     /// Payload of `customerUpdate`.
///     CustomerUpdatePayload {
///         /// The customer; null when nothing was changed.
///         customer: Account,
///     }
///     /// Failure of `customerUpdate`.
///     CustomerUpdateError: NotFound, InvalidField;
///     from customer::UpdateError {
///         NotFound(id) => NotFound { id: id.global() } at "id",
///         Invalid(invalid) => InvalidField from invalid,
///     }
/// }
/// ```
///
/// declares `CustomerUpdatePayload { customer: Option<Account>, errors: Vec<CustomerUpdateError> }`, the union, and
/// `CustomerUpdatePayload::from_result(result)`, which converts the operation's value to `customer` with
/// `Into<Account>`. A fault is an error of the resolver.
///
/// With several fields, `from_result(result, |value| (a, b))` takes a function that returns a tuple of them; without
/// fields it takes `Result<(), _>`. An arm `X(list) => each InvalidField from list` creates an error for each item.
/// `Fault` of `operation_error!` needs no arm; for `RateLimited` write `throttled` before the table.
macro_rules! payload {
    // No field, one field, several fields: only the way from a value to the fields differs.
    (
        $(#[$doc:meta])* $payload:ident {}
        $(#[$error_doc:meta])* $error:ident: $($member:ident),+; $($table:tt)*
    ) => {
        $crate::graphql::kit::payload::payload!(@types [$(#[$doc])* $payload {}] [$(#[$error_doc])* $error: $($member),+] $($table)*);
        impl $payload {
            pub(in crate::graphql) fn from_result(
                result: Result<(), $crate::graphql::kit::payload::error_type!($($table)*)>,
            ) -> Result<Self, $crate::graphql::kit::error::ResolverError> {
                let errors = match result {
                    Ok(()) => Vec::new(),
                    Err(error) => $error::list(error)?,
                };
                Ok(Self { errors })
            }
        }
    };
    (
        $(#[$doc:meta])* $payload:ident { $(#[$field_doc:meta])* $field:ident: $ty:ty, }
        $(#[$error_doc:meta])* $error:ident: $($member:ident),+; $($table:tt)*
    ) => {
        $crate::graphql::kit::payload::payload!(@types
            [$(#[$doc])* $payload { $(#[$field_doc])* $field: $ty, }] [$(#[$error_doc])* $error: $($member),+] $($table)*);
        impl $payload {
            pub(in crate::graphql) fn from_result(
                result: Result<impl Into<$ty>, $crate::graphql::kit::payload::error_type!($($table)*)>,
            ) -> Result<Self, $crate::graphql::kit::error::ResolverError> {
                Ok(match result {
                    Ok(value) => Self { $field: Some(value.into()), errors: Vec::new() },
                    Err(error) => Self { $field: None, errors: $error::list(error)? },
                })
            }
        }
    };
    (
        $(#[$doc:meta])* $payload:ident { $( $(#[$field_doc:meta])* $field:ident: $ty:ty, )+ }
        $(#[$error_doc:meta])* $error:ident: $($member:ident),+; $($table:tt)*
    ) => {
        $crate::graphql::kit::payload::payload!(@types
            [$(#[$doc])* $payload { $( $(#[$field_doc])* $field: $ty, )+ }] [$(#[$error_doc])* $error: $($member),+] $($table)*);
        impl $payload {
            pub(in crate::graphql) fn from_result<T>(
                result: Result<T, $crate::graphql::kit::payload::error_type!($($table)*)>,
                fields: impl FnOnce(T) -> ($(Option<$ty>,)+),
            ) -> Result<Self, $crate::graphql::kit::error::ResolverError> {
                Ok(match result {
                    Ok(value) => {
                        let ($($field,)+) = fields(value);
                        Self { $($field,)+ errors: Vec::new() }
                    }
                    Err(error) => Self { $($field: None,)+ errors: $error::list(error)? },
                })
            }
        }
    };
    (@types
        [$(#[$doc:meta])* $payload:ident { $( $(#[$field_doc:meta])* $field:ident: $ty:ty, )* }]
        [$(#[$error_doc:meta])* $error:ident: $($member:ident),+]
        $($table:tt)*
    ) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub(in crate::graphql) struct $payload {
            $( $(#[$field_doc])* $field: Option<$ty>, )*
            /// Failures; empty on success.
            errors: Vec<$error>,
        }

        $crate::graphql::kit::payload::payload!(@union [$(#[$error_doc])* $error: $($member),+] $($table)*);
    };
    (@union [$(#[$error_doc:meta])* $error:ident: $($member:ident),+] throttled from $from:ty { $($arms:tt)* }) => {
        $crate::graphql::kit::payload::payload!(@union [$(#[$error_doc])* $error: $($member,)+ RateLimited] from $from {
            $($arms)*
            RateLimited { retry_after } => RateLimited { retry_after: $crate::graphql::kit::payload::seconds(retry_after) },
        });
    };
    (@union [$(#[$error_doc:meta])* $error:ident: $($member:ident),+] from $from:ty { $($arms:tt)* }) => {
        $(#[$error_doc])*
        #[derive(async_graphql::Union)]
        pub(in crate::graphql) enum $error {
            $( $member($member), )+
        }

        impl $error {
            /// Converts expected failures to data; a fault is an error of the resolver.
            fn list(error: $from) -> Result<Vec<Self>, $crate::graphql::kit::error::ResolverError> {
                type Domain = $from;
                #[allow(unused_variables, reason = "some members carry a message of their own")]
                let message = error.to_string();
                $crate::graphql::kit::payload::payload!(@match error, message, $error, [] $($arms)*)
            }
        }
    };
    // One arm after the other, gathered in brackets.
    (@match $value:ident, $message:ident, $error:ident, [$($done:tt)*]) => {
        match $value {
            $($done)*
            Domain::Fault(fault) => Err(fault.into()),
        }
    };
    (@match $value:ident, $message:ident, $error:ident, [$($done:tt)*]
        $variant:ident($binding:ident) => each $member:ident from $list:ident, $($rest:tt)*) => {
        $crate::graphql::kit::payload::payload!(@match $value, $message, $error, [$($done)*
            Domain::$variant($binding) => Ok($list.into_iter().map(|item| $error::$member(item.into())).collect()),
        ] $($rest)*)
    };
    (@match $value:ident, $message:ident, $error:ident, [$($done:tt)*]
        $variant:ident($binding:ident) => $member:ident from $from:ident, $($rest:tt)*) => {
        $crate::graphql::kit::payload::payload!(@match $value, $message, $error, [$($done)*
            Domain::$variant($binding) => Ok(vec![$error::$member($from.into())]),
        ] $($rest)*)
    };
    (@match $value:ident, $message:ident, $error:ident, [$($done:tt)*]
        $variant:ident $(($binding:ident))? $({ $($named:ident),* })? =>
            $member:ident $({ $($field:ident: $set:expr),* })? $(at $path:literal)?, $($rest:tt)*) => {
        $crate::graphql::kit::payload::payload!(@match $value, $message, $error, [$($done)*
            Domain::$variant $(($binding))? $({ $($named),* })? => Ok(vec![$error::$member($member {
                message: $message,
                path: $crate::graphql::kit::payload::path(&[$($path)?]),
                $($($field: $set,)*)?
            })]),
        ] $($rest)*)
    };
}

/// Type of the operation's error in a table of [`payload!`].
macro_rules! error_type {
    (throttled from $from:ty { $($arms:tt)* }) => {
        $from
    };
    (from $from:ty { $($arms:tt)* }) => {
        $from
    };
}

/// The path to a field of the argument `input`, outermost first; `None` for no field.
pub(in crate::graphql) fn path(field: &[&str]) -> Option<Vec<String>> {
    let input = ["input"].into_iter().chain(field.iter().copied());
    (!field.is_empty()).then(|| input.map(str::to_owned).collect())
}

/// Whole seconds, rounded up.
pub(in crate::graphql) fn seconds(duration: Duration) -> u32 {
    whole_seconds(&duration).try_into().unwrap_or(u32::MAX)
}

pub(in crate::graphql) use error_type;
pub(in crate::graphql) use payload;
pub(in crate::graphql) use user_errors;
