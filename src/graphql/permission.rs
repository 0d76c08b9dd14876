//! What staff and programs may do, in the API.

use async_graphql::Enum;

/// What staff and programs may do, one right for each part of the shop.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Permission")]
pub(super) enum Permission {
    /// Change the catalogue.
    ProductsEdit,
    /// Change what is in stock.
    InventoryEdit,
    /// See everybody's orders.
    OrdersView,
    /// Change orders.
    OrdersEdit,
    /// Give money back.
    RefundsIssue,
    /// See customers.
    CustomersView,
    /// Change, block and unblock customers.
    CustomersEdit,
    /// Read reports.
    ReportsView,
    /// See who works in the shop, and change what they may do.
    StaffEdit,
    /// Change how the shop works: API keys, the audit log, effects that failed.
    SettingsEdit,
}

#[cfg(test)]
mod tests {
    use async_graphql::resolver_utils::{EnumType, enum_value};

    use super::*;

    #[test]
    fn permissions_have_the_names_that_are_stored() {
        assert_eq!(Permission::items().len(), entity::Permission::ALL.len());
        for permission in entity::Permission::ALL {
            assert_eq!(enum_value(Permission::from(*permission)).to_string(), permission.name());
        }
    }
}
