//! What the errors of operations on accounts have in common.

/// An operation's error: besides its own members it has the wait that somebody is told who tried too often, and faults.
macro_rules! operation_error {
    ($(#[$doc:meta])* pub enum $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, thiserror::Error)]
        pub enum $name {
            $($own)*
            /// Too many attempts came before it.
            #[error("Too many attempts. Try again in {} seconds.", $crate::domain::quota::whole_seconds(.retry_after))]
            RateLimited {
                /// When the next one is allowed.
                retry_after: std::time::Duration,
            },
            #[error(transparent)]
            Fault(#[from] $crate::domain::Fault),
        }

        impl From<$crate::domain::guard::Refused> for $name {
            fn from(refused: $crate::domain::guard::Refused) -> Self {
                match refused {
                    $crate::domain::guard::Refused::TooSoon { retry_after } => Self::RateLimited { retry_after },
                    $crate::domain::guard::Refused::Fault(fault) => Self::Fault(fault),
                }
            }
        }

        impl $crate::domain::database::AsFault for $name {
            fn as_fault(&self) -> Option<&$crate::domain::Fault> {
                match self {
                    Self::Fault(fault) => Some(fault),
                    _ => None,
                }
            }
        }
    };
}

pub(in crate::domain) use operation_error;
