//! Accounts that somebody asked for and whose address nobody has verified yet.

use sea_orm::{QueryFilter, QueryOrder, Select, entity::prelude::*};

use crate::RegistrationId;

/// One registration. There may be several for one address; whichever is verified first becomes the account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "registration")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RegistrationId,
    /// The address in its normal form.
    pub email: String,
    pub name: String,
    /// The argon2id hash in PHC string form.
    pub password_hash: String,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The latest registration of this address that waits at `now`.
    pub fn latest_of(email: &str, now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(COLUMN.email.eq(email))
            .filter(COLUMN.expires_at.gt(now))
            .order_by_desc(COLUMN.created_at)
            .order_by_desc(COLUMN.id)
    }
}
