//! What staff and programs may do, one right for each part of the shop.

use std::{convert::Infallible, fmt, str::FromStr};

use sea_orm::DeriveValueType;

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// A right. Its name is stored and told to clients: none is ever renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $name,)+
        }

        impl Permission {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

permissions! {
    /// Change the catalogue.
    ProductsEdit = "PRODUCTS_EDIT",
    /// Change what is in stock.
    InventoryEdit = "INVENTORY_EDIT",
    /// See everybody's orders.
    OrdersView = "ORDERS_VIEW",
    /// Change orders.
    OrdersEdit = "ORDERS_EDIT",
    /// Give money back.
    RefundsIssue = "REFUNDS_ISSUE",
    /// See customers.
    CustomersView = "CUSTOMERS_VIEW",
    /// Change, block and unblock customers.
    CustomersEdit = "CUSTOMERS_EDIT",
    /// Read reports.
    ReportsView = "REPORTS_VIEW",
    /// See who works in the shop, and change what they may do.
    StaffEdit = "STAFF_EDIT",
    /// Change how the shop works: API keys, the audit log, effects that failed.
    SettingsEdit = "SETTINGS_EDIT",
}

/// A set of rights; in the database their names with spaces between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct Permissions(u32);

impl Permissions {
    /// No right.
    pub const NONE: Self = Self(0);

    /// Every right.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Whether this right is among them.
    pub fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Whether all of `others` are among them.
    pub fn cover(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// These and those.
    pub fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// These without those.
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |set, permission| set | 1 << permission as u32))
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iter().map(Permission::name).collect::<Vec<_>>().join(" "))
    }
}

/// A name that this version does not know gives no right.
impl FromStr for Permissions {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let named = |name| Permission::ALL.iter().copied().find(|permission| permission.name() == name);
        Ok(text.split(' ').filter_map(named).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_survives_its_text() {
        for set in [Permissions::NONE, Permissions::all(), [Permission::StaffEdit].into_iter().collect()] {
            assert_eq!(set.to_string().parse(), Ok(set));
        }
        assert_eq!(
            "NEWER ORDERS_VIEW".parse(),
            Ok([Permission::OrdersView].into_iter().collect::<Permissions>())
        );
    }

    #[test]
    fn a_set_covers_what_it_holds() {
        let few: Permissions = [Permission::OrdersView, Permission::OrdersEdit].into_iter().collect();
        assert!(Permissions::all().cover(few) && few.cover(few) && few.cover(Permissions::NONE));
        assert!(!few.cover(Permissions::all()));
        assert!(!Permissions::all().without(few).has(Permission::OrdersEdit));
    }
}
