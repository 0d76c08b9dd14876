//! Permissions of staff and API keys, by area of the shop.

use std::{convert::Infallible, fmt, str::FromStr};

use sea_orm::DeriveValueType;

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// One permission. Its name is stored in the database and visible in the API, so it must never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $name,)+
        }

        impl Permission {
            /// All permissions.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Name in the database and the API, like `ORDERS_VIEW`.
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
    /// Change stock levels.
    InventoryEdit = "INVENTORY_EDIT",
    /// View and change discounts.
    DiscountsEdit = "DISCOUNTS_EDIT",
    /// View the orders of all customers.
    OrdersView = "ORDERS_VIEW",
    /// Change orders.
    OrdersEdit = "ORDERS_EDIT",
    /// Issue refunds.
    RefundsIssue = "REFUNDS_ISSUE",
    /// View customers.
    CustomersView = "CUSTOMERS_VIEW",
    /// Change, block and unblock customers.
    CustomersEdit = "CUSTOMERS_EDIT",
    /// View reports.
    ReportsView = "REPORTS_VIEW",
    /// View staff and change their permissions.
    StaffEdit = "STAFF_EDIT",
    /// Manage the shop's settings, API keys, the audit log and dead letters.
    SettingsEdit = "SETTINGS_EDIT",
}

/// A set of permissions, stored as their names separated by spaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct Permissions(u32);

impl Permissions {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// The set of all permissions.
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Returns whether the set contains `permission`.
    pub fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Returns whether the set contains all of `others`.
    pub fn cover(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// Union of both sets.
    pub fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Intersection of both sets.
    pub fn common(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Difference: this set without `others`.
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Iterates over the permissions in the set.
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

/// Ignores names that this version does not know.
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
    fn permissions_round_trip_through_text() {
        for set in [Permissions::NONE, Permissions::all(), [Permission::StaffEdit].into_iter().collect()] {
            assert_eq!(set.to_string().parse(), Ok(set));
        }
        assert_eq!(
            "NEWER ORDERS_VIEW".parse(),
            Ok([Permission::OrdersView].into_iter().collect::<Permissions>())
        );
    }

    #[test]
    fn permissions_cover_their_subsets() {
        let few: Permissions = [Permission::OrdersView, Permission::OrdersEdit].into_iter().collect();
        assert!(Permissions::all().cover(few) && few.cover(few) && few.cover(Permissions::NONE));
        assert!(!few.cover(Permissions::all()));
        assert!(!Permissions::all().without(few).has(Permission::OrdersEdit));
        assert_eq!(Permissions::all().common(few), few);
    }
}
