//! Inserts many rows with few statements, each table after those that it refers to.

use entity::{account, category, order, order_line, product, variant};
use sea_orm::{ActiveModelTrait, EntityTrait, Iterable};

use crate::domain::{context::Txn, kernel::fault::Fault};

/// SQLite takes at most 32,766 parameters in a statement, PostgreSQL 65,535.
const PARAMETERS: usize = 32_766;

/// Longer statements gain nothing.
const ROWS: usize = 1_000;

/// Rows that wait to be inserted in one transaction.
pub(super) struct Inserts<'t> {
    txn: &'t Txn<'t>,
    accounts: Vec<account::ActiveModel>,
    categories: Vec<category::ActiveModel>,
    products: Vec<product::ActiveModel>,
    variants: Vec<variant::ActiveModel>,
    orders: Vec<order::ActiveModel>,
    lines: Vec<order_line::ActiveModel>,
}

/// A method for each table that takes one row, and inserts what waits when there is enough of it.
macro_rules! take {
    ($($name:ident: $rows:ident, $table:ident;)+) => {$(
        pub(super) async fn $name(&mut self, row: $table::ActiveModel) -> Result<(), Fault> {
            self.$rows.push(row);
            if self.$rows.len() >= ROWS { self.flush().await } else { Ok(()) }
        }
    )+};
}

impl<'t> Inserts<'t> {
    pub(super) fn new(txn: &'t Txn<'t>) -> Self {
        Self {
            txn,
            accounts: Vec::new(),
            categories: Vec::new(),
            products: Vec::new(),
            variants: Vec::new(),
            orders: Vec::new(),
            lines: Vec::new(),
        }
    }

    take! {
        account: accounts, account;
        category: categories, category;
        product: products, product;
        variant: variants, variant;
        order: orders, order;
        line: lines, order_line;
    }

    /// Inserts what still waits.
    pub(super) async fn finish(mut self) -> Result<(), Fault> {
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        insert(self.txn, &mut self.accounts).await?;
        insert(self.txn, &mut self.categories).await?;
        insert(self.txn, &mut self.products).await?;
        insert(self.txn, &mut self.variants).await?;
        insert(self.txn, &mut self.orders).await?;
        insert(self.txn, &mut self.lines).await
    }
}

async fn insert<A: ActiveModelTrait>(txn: &Txn<'_>, rows: &mut Vec<A>) -> Result<(), Fault> {
    let columns = <A::Entity as EntityTrait>::Column::iter().count();
    while !rows.is_empty() {
        let chunk = rows.drain(..rows.len().min(PARAMETERS / columns));
        A::Entity::insert_many(chunk).exec_without_returning(txn).await?;
    }
    Ok(())
}
