//! Registrations whose e-mail address is not verified yet.

use sea_orm::{QueryFilter, QueryOrder, Select, entity::prelude::*};

use crate::RegistrationId;

/// One registration. Several may share one e-mail address; the first to be verified becomes the account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "registration")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RegistrationId,
    /// Normalized e-mail address.
    pub email: String,
    pub name: String,
    /// Argon2id hash in PHC string format.
    pub password_hash: String,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Selects the registrations of this e-mail address that are pending at `now`, latest first.
    pub fn latest_of(email: &str, now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(COLUMN.email.eq(email))
            .filter(COLUMN.expires_at.gt(now))
            .order_by_desc(COLUMN.created_at)
            .order_by_desc(COLUMN.id)
    }
}
