//! A zone with its places, as one unit of change: read under the lock of the zone's row, changed in memory, and written as the
//! difference.

use std::{collections::BTreeSet, sync::Arc};

use entity::{ShippingZoneId, shipping_zone, shipping_zone_place};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{LockType, OnConflict},
};
use serde_json::{Value, json};

use crate::domain::{
    address::{ELSEWHERE, Place},
    audit::AuditEntry,
    context::Txn,
    database,
    kernel::{
        fault::Fault,
        text::{FieldProblem, InvalidField, Line, Rejected},
    },
};

/// Maximum number of places of a zone.
const MAX_PLACES: usize = 300;

/// Changes of a zone. `None` keeps a field, or gives a new zone nothing.
#[derive(Clone, Debug, Default)]
pub struct ZonePatch {
    /// Display name, unique.
    pub name: Option<String>,
    /// All places, apart from everywhere else.
    pub places: Option<Vec<NewPlace>>,
    /// Whether the zone has all places that no zone has.
    pub is_everywhere_else: Option<bool>,
}

/// A place in the input.
#[derive(Clone, Debug)]
pub struct NewPlace {
    /// ISO 3166-1 code.
    pub country_code: String,
    /// ISO 3166-2 code; `None` for the whole country.
    pub subdivision_code: Option<String>,
}

/// Changes whose values can be stored. The places are keys, in the order of the input.
#[derive(Clone, Debug)]
pub(super) struct ValidPatch {
    name: Option<String>,
    places: Option<Vec<String>>,
    is_everywhere_else: Option<bool>,
}

/// A zone and its places.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Zone {
    pub row: shipping_zone::Model,
    /// Keys of places, see [`Place::key`].
    pub places: BTreeSet<String>,
}

impl ZonePatch {
    /// Checks all that can be checked without the database.
    pub(super) fn validated(self) -> Result<ValidPatch, InvalidField> {
        let name = self.name.map(|name| Line::<1, 100>::of_field("name", &name).map(String::from));
        Ok(ValidPatch {
            name: name.transpose()?,
            places: self.places.map(|places| keys(&places)).transpose()?,
            is_everywhere_else: self.is_everywhere_else,
        })
    }
}

/// The keys of places, each of which is there once.
fn keys(places: &[NewPlace]) -> Result<Vec<String>, InvalidField> {
    if places.len() > MAX_PLACES {
        let message = format!("Give at most {MAX_PLACES} places.");
        return Err(InvalidField::new("places", FieldProblem::OutOfRange, message));
    }
    let mut keys: Vec<String> = Vec::with_capacity(places.len());
    for (index, NewPlace { country_code, subdivision_code }) in places.iter().enumerate() {
        let place = Place::of_fields(country_code, subdivision_code.as_deref())
            .map_err(|invalid| invalid.in_item("places", index))?;
        if keys.iter().any(|key| key == place.key()) {
            let message = format!("The place {} is in the list twice.", place.key());
            return Err(InvalidField::of_item("places", index, FieldProblem::Inconsistent, message));
        }
        keys.push(place.key().to_owned());
    }
    Ok(keys)
}

impl ValidPatch {
    pub(super) fn apply(&self, zone: &mut Zone) {
        if let Some(name) = &self.name {
            zone.row.name.clone_from(name);
        }
        let was_elsewhere = zone.places.contains(ELSEWHERE);
        if let Some(places) = &self.places {
            zone.places = places.iter().cloned().collect();
        }
        match self.is_everywhere_else.unwrap_or(was_elsewhere) {
            true => zone.places.insert(ELSEWHERE.to_owned()),
            false => zone.places.remove(ELSEWHERE),
        };
    }

    /// The error that another zone has a place of the input.
    fn taken(&self, place: &str, owner: &str) -> InvalidField {
        let places = self.places.iter().flatten();
        match places.enumerate().find(|(_, key)| *key == place) {
            Some((index, _)) => {
                let message = format!("{place} belongs to the zone `{owner}`. Remove it there first.");
                InvalidField::of_item("places", index, FieldProblem::Taken, message)
            }
            None => {
                let message = format!("The zone `{owner}` is everywhere else. Change that one first.");
                InvalidField::new("is_everywhere_else", FieldProblem::Taken, message)
            }
        }
    }
}

/// The zone, locked against other changes of it, of its places and of the order of its methods.
pub(super) async fn lock(txn: &Txn<'_>, id: ShippingZoneId) -> Result<Option<shipping_zone::Model>, DbErr> {
    shipping_zone::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(txn).await
}

/// The keys of a zone's places.
pub(super) async fn places(txn: &Txn<'_>, id: ShippingZoneId) -> Result<BTreeSet<String>, DbErr> {
    let of_zone = shipping_zone_place::Entity::find().filter(shipping_zone_place::Column::ZoneId.eq(id));
    Ok(of_zone.all(txn).await?.into_iter().map(|row| row.place).collect())
}

/// Brings the database from one state of a locked zone to another, and writes an audit entry; without `before` the zone is
/// new.
pub(super) async fn save(
    txn: &Txn<'_>,
    entry: AuditEntry,
    before: Option<&Zone>,
    after: &Zone,
    patch: &ValidPatch,
) -> Result<(), Rejected> {
    let row = after.row.clone().into_active_model().reset_all();
    let saved = match before {
        None => shipping_zone::Entity::insert(row).exec_without_returning(txn).await.map(drop),
        Some(_) => row.update(txn).await.map(drop),
    };
    saved.map_err(name_error)?;
    let none = BTreeSet::new();
    let was = before.map_or(&none, |before| &before.places);
    // First, and in one order: transactions that wait for a place of another have removed none yet, so they do not wait for
    // each other.
    let added: Vec<_> = after.places.difference(was).map(String::as_str).collect();
    insert(txn, after.row.id, &added, patch).await?;
    let removed: Vec<_> = was.difference(&after.places).cloned().collect();
    if !removed.is_empty() {
        let chosen = txn.services().db.any_of(shipping_zone_place::Column::Place, removed);
        let of_zone = shipping_zone_place::Column::ZoneId.eq(after.row.id);
        shipping_zone_place::Entity::delete_many().filter(of_zone).filter(chosen).exec(txn).await?;
    }
    let entry = entry.about("ShippingZone", after.row.id);
    let was = before.map_or(Value::Null, Zone::audit_json);
    Ok(txn.audit(entry.difference(was, after.audit_json())).await?)
}

/// Gives a zone these places. Those that other zones have by then are not inserted.
async fn insert(
    txn: &Txn<'_>,
    zone: ShippingZoneId,
    places: &[&str],
    patch: &ValidPatch,
) -> Result<(), Rejected> {
    use shipping_zone_place::Column::Place;
    if places.is_empty() {
        return Ok(());
    }
    let rows = places.iter().map(|place| shipping_zone_place::ActiveModel {
        place: Set((*place).to_owned()),
        zone_id: Set(zone),
    });
    let free_only = OnConflict::column(Place).do_nothing().to_owned();
    let inserted =
        shipping_zone_place::Entity::insert_many(rows).on_conflict(free_only).exec_without_returning(txn);
    if inserted.await? == places.len() as u64 {
        return Ok(());
    }
    let chosen = txn.services().db.any_of(Place, places.iter().map(|place| (*place).to_owned()));
    let others = shipping_zone_place::Entity::find().filter(chosen);
    let others = others.filter(shipping_zone_place::Column::ZoneId.ne(zone)).all(txn).await?;
    let in_input = |place: &str| patch.places.iter().flatten().position(|key| key == place);
    let first = others.iter().min_by_key(|row| in_input(&row.place).unwrap_or(usize::MAX));
    let owner = match first {
        Some(row) => shipping_zone::Entity::find_by_id(row.zone_id).one(txn).await?,
        None => None,
    };
    // A place that its zone has given up meanwhile is free at the next try.
    let again = || Fault::Conflict(Arc::new(DbErr::RecordNotInserted));
    let (row, owner) = first.zip(owner).ok_or_else(again)?;
    Err(patch.taken(&row.place, &owner.name).into())
}

fn name_error(error: DbErr) -> Rejected {
    match database::is_duplicate(&error, "shipping_zone", "name") {
        true => {
            let message = "A shipping zone with this name exists already. Choose another name.";
            InvalidField::new("name", FieldProblem::Taken, message).into()
        }
        false => error.into(),
    }
}

impl Zone {
    /// The zone in the audit log.
    pub(super) fn audit_json(&self) -> Value {
        let places: Vec<_> = self.places.iter().filter(|key| *key != ELSEWHERE).collect();
        let is_everywhere_else = self.places.contains(ELSEWHERE);
        json!({ "name": self.row.name, "places": places, "isEverywhereElse": is_everywhere_else })
    }
}
