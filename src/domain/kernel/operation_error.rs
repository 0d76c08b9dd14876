//! Error enums of operations.

/// Declares the error enum of an operation: its own members, and `Fault` for all other failures. With `throttled`
/// before the enum it also has `RateLimited { retry_after }`, for operations that count attempts; with `validated` it also
/// has `Invalid(InvalidField)`, and steps that fail with [`Rejected`](crate::domain::kernel::text::Rejected) pass with `?`.
///
/// ```ignore
/// operation_error! {
///     /// Why a customer was not changed.
///     pub enum UpdateError {
///         /// The viewer sees no such customer.
///         #[error("There is no customer with this id.")]
///         NotFound,
///     }
/// }
/// ```
///
/// makes
///
/// ```ignore
/// #[derive(Debug, thiserror::Error)]
/// pub enum UpdateError {
///     #[error("There is no customer with this id.")]
///     NotFound,
///     #[error(transparent)]
///     Fault(Fault),
/// }
/// impl From<Fault> for UpdateError { /* … */ }
/// impl From<DbErr> for UpdateError { /* by way of `Fault` */ }
/// impl AsFault for UpdateError { /* … */ }
/// ```
///
/// `From<DbErr>` lets a statement's error pass with `?`; only `domain` sees database errors.
macro_rules! operation_error {
    (throttled $(#[$doc:meta])* pub enum $name:ident { $($own:tt)* }) => {
        $crate::domain::kernel::operation_error::operation_error! {
            $(#[$doc])*
            pub enum $name {
                $($own)*
                /// Too many attempts.
                #[error("Too many attempts. Try again in {}.", $crate::domain::kernel::words::seconds(.retry_after))]
                RateLimited {
                    /// Time until the next attempt is allowed.
                    retry_after: std::time::Duration,
                },
            }
        }

        impl From<$crate::domain::kernel::fault::Throttled> for $name {
            fn from(throttled: $crate::domain::kernel::fault::Throttled) -> Self {
                match throttled {
                    $crate::domain::kernel::fault::Throttled::TooSoon { retry_after } => Self::RateLimited { retry_after },
                    $crate::domain::kernel::fault::Throttled::Fault(fault) => Self::Fault(fault),
                }
            }
        }
    };
    (validated $(#[$doc:meta])* pub enum $name:ident { $($own:tt)* }) => {
        $crate::domain::kernel::operation_error::operation_error! {
            $(#[$doc])*
            pub enum $name {
                $($own)*
                #[error("{0}")]
                Invalid(#[from] $crate::domain::kernel::text::InvalidField),
            }
        }

        impl From<$crate::domain::kernel::text::Rejected> for $name {
            fn from(rejected: $crate::domain::kernel::text::Rejected) -> Self {
                match rejected {
                    $crate::domain::kernel::text::Rejected::Invalid(invalid) => Self::Invalid(invalid),
                    $crate::domain::kernel::text::Rejected::Fault(fault) => Self::Fault(fault),
                }
            }
        }
    };
    ($(#[$doc:meta])* pub enum $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, thiserror::Error)]
        pub enum $name {
            $($own)*
            #[error(transparent)]
            Fault($crate::domain::kernel::fault::Fault),
        }

        impl<E: Into<$crate::domain::kernel::fault::Fault>> From<E> for $name {
            fn from(error: E) -> Self {
                Self::Fault(error.into())
            }
        }

        impl $crate::domain::kernel::fault::AsFault for $name {
            fn as_fault(&self) -> Option<&$crate::domain::kernel::fault::Fault> {
                match self {
                    Self::Fault(fault) => Some(fault),
                    #[allow(unreachable_patterns, reason = "an operation may have no failure of its own")]
                    _ => None,
                }
            }
        }
    };
}

pub(in crate::domain) use operation_error;
