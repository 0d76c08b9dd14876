//! What tax is charged at a destination: the rules by which rates are chosen.

use std::collections::{BTreeSet, HashMap};

use entity::{
    Currency, TaxClassId,
    account_tax::{self, Exemption},
    shop_currency,
    tax_rate::{self, Reason},
    tax_settings::{self, CrossBorder, Rounding},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, Iterable, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::domain::{
    address::Place,
    kernel::fault::Fault,
    pricing::{self, Basis, Rate, Taxation},
};

/// What taxing needs at a destination, in one currency: settings and rates.
#[derive(Clone, Debug)]
pub struct TaxTable {
    settings: tax_settings::Model,
    prices_include_tax: bool,
    /// Place of the shop, if it is set.
    home: Option<Place>,
    /// Where the goods go, or the shop's place where that is not known.
    destination: Option<Place>,
    /// The rates of a class at a place. A key is the place of a rate in `applied`.
    rates: HashMap<(TaxClassId, String), Vec<Rate>>,
    /// Without equal ones; the last two stand for the exemptions of customers.
    applied: Vec<AppliedRate>,
}

/// A rate as it stands on an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedRate {
    pub name: String,
    /// Parts per million.
    pub ppm: u32,
    pub reason: Reason,
}

/// The settings, with whether prices in a currency contain tax.
#[derive(FromQueryResult)]
struct Settings {
    #[sea_orm(nested)]
    settings: tax_settings::Model,
    prices_include_tax: Option<bool>,
}

/// Reads what taxing needs at `destination`, in two statements; `None` stands for the shop's own place.
#[tracing::instrument(name = "tax::table", level = "debug", skip_all, err(level = "debug"))]
pub async fn table(
    db: &impl ConnectionTrait,
    destination: Option<&Place>,
    currency: Currency,
) -> Result<TaxTable, Fault> {
    let of_currency = Expr::col((shop_currency::Entity, shop_currency::Column::Currency)).eq(currency);
    let query = Query::select()
        .columns(tax_settings::Column::iter().map(|column| (tax_settings::Entity, column)))
        .column((shop_currency::Entity, shop_currency::Column::PricesIncludeTax))
        .from(tax_settings::Entity)
        .left_join(shop_currency::Entity, of_currency)
        .to_owned();
    let row = db.query_one(&query).await?;
    let row = row.ok_or_else(|| Fault::internal("the row of the tax settings is missing"))?;
    let Settings { settings, prices_include_tax } = Settings::from_query_result(&row, "")?;
    let home = settings.place.as_deref().and_then(Place::of_key);
    let places: BTreeSet<_> = destination.into_iter().chain(&home).flat_map(Place::keys).collect();
    let rates = tax_rate::Entity::find()
        .filter(tax_rate::Column::Place.is_in(places))
        .order_by_asc(tax_rate::Column::Id)
        .all(db)
        .await?;
    Ok(TaxTable::new(settings, prices_include_tax.unwrap_or(true), destination, rates))
}

impl TaxTable {
    fn new(
        settings: tax_settings::Model,
        prices_include_tax: bool,
        destination: Option<&Place>,
        rows: Vec<tax_rate::Model>,
    ) -> Self {
        let mut rates: HashMap<_, Vec<_>> = HashMap::new();
        let mut applied: Vec<AppliedRate> = Vec::new();
        for row in rows {
            let ppm = row.ppm.unsigned_abs();
            let rate = AppliedRate { name: row.name, ppm, reason: row.reason };
            let key = applied.iter().position(|known| *known == rate).unwrap_or_else(|| {
                applied.push(rate);
                applied.len() - 1
            });
            rates.entry((row.tax_class_id, row.place)).or_default().push(Rate { key: key as u32, ppm });
        }
        for (name, reason) in [("Exempt", Reason::Exempt), ("Reverse charge", Reason::ReverseCharge)] {
            applied.push(AppliedRate { name: name.to_owned(), ppm: 0, reason });
        }
        let home = settings.place.as_deref().and_then(Place::of_key);
        let destination = destination.cloned().or_else(|| home.clone());
        Self { settings, prices_include_tax, home, destination, rates, applied }
    }

    /// How amounts of a class are taxed, for a customer with this exemption. Without a class the shop's default counts.
    pub fn taxation(&self, class: Option<TaxClassId>, exemption: Option<&account_tax::Model>) -> Taxation {
        let class = class.or(self.settings.default_class_id);
        let home = self.rates_at(class, self.home.as_ref());
        let rates = self.rates_at(class, self.destination.as_ref());
        let home_ppm = home.iter().map(|rate| rate.ppm).sum();
        let is_same = home == rates;
        let exempt = exemption.and_then(|exemption| self.exempt(exemption.reason));
        let is_export = rates.iter().any(|rate| self.applied(rate.key).reason == Reason::Export);
        let basis = match self.prices_include_tax {
            false => Basis::Net,
            true if exempt.is_some() || is_export => Basis::GrossOf { ppm: home_ppm },
            true if is_same || self.settings.cross_border == CrossBorder::GrossStays => Basis::Gross,
            true => Basis::GrossOf { ppm: home_ppm },
        };
        Taxation { basis, rates: exempt.map_or_else(|| rates.to_vec(), |rate| vec![rate]) }
    }

    /// The rate of 0 % of an exemption, where it counts.
    fn exempt(&self, reason: Exemption) -> Option<Rate> {
        let country = |place: &Option<Place>| place.as_ref().map(|place| place.country.clone());
        let last = self.applied.len() as u32 - 1;
        match reason {
            Exemption::Exempt => Some(Rate { key: last - 1, ppm: 0 }),
            Exemption::ReverseCharge if country(&self.home) != country(&self.destination) => {
                Some(Rate { key: last, ppm: 0 })
            }
            Exemption::ReverseCharge => None,
        }
    }

    /// All rates of a class at the most specific place that has any.
    fn rates_at(&self, class: Option<TaxClassId>, place: Option<&Place>) -> &[Rate] {
        let (Some(class), Some(place)) = (class, place) else { return &[] };
        let found = place.keys().find_map(|key| self.rates.get(&(class, key.to_owned())));
        found.map_or(&[], Vec::as_slice)
    }

    /// The rate of a key in a [`Taxation`] of this table.
    pub fn applied(&self, key: u32) -> &AppliedRate {
        &self.applied[key as usize]
    }

    /// Whether prices in the currency contain tax.
    pub fn prices_include_tax(&self) -> bool {
        self.prices_include_tax
    }

    pub fn rounding(&self) -> pricing::Rounding {
        match self.settings.rounding {
            Rounding::PerLine => pricing::Rounding::PerLine,
            Rounding::PerRate => pricing::Rounding::PerRate,
        }
    }

    /// Code of the country whose tax is computed.
    pub fn country(&self) -> Option<&str> {
        self.destination.as_ref().map(|place| place.country.as_str())
    }
}

#[cfg(test)]
mod tests {
    use entity::{AccountId, TaxRateId};
    use uuid::Uuid;

    use super::*;

    const GOODS: TaxClassId = TaxClassId(Uuid::from_u128(1));
    const BOOKS: TaxClassId = TaxClassId(Uuid::from_u128(2));

    fn rate(class: TaxClassId, place: &str, name: &str, ppm: i32, reason: Reason) -> tax_rate::Model {
        let id = TaxRateId(Uuid::nil());
        tax_rate::Model {
            id,
            tax_class_id: class,
            place: place.into(),
            name: name.into(),
            ppm,
            reason,
            version: 1,
        }
    }

    /// A German shop that delivers to Austria, Quebec and Switzerland.
    fn table(
        destination: Option<(&str, Option<&str>)>,
        cross_border: CrossBorder,
        with_tax: bool,
    ) -> TaxTable {
        use Reason::*;
        let settings = tax_settings::Model {
            id: tax_settings::ID,
            place: Some("DE".into()),
            default_class_id: Some(GOODS),
            rounding: Rounding::PerLine,
            cross_border,
            version: 1,
        };
        let rates = vec![
            rate(GOODS, "DE", "USt 19 %", 190_000, Standard),
            rate(BOOKS, "DE", "USt 7 %", 70_000, Reduced),
            rate(GOODS, "AT", "USt 20 %", 200_000, Standard),
            rate(GOODS, "CA", "GST", 50_000, Standard),
            rate(GOODS, "CA-QC", "GST", 50_000, Standard),
            rate(GOODS, "CA-QC", "QST", 99_750, Standard),
            rate(GOODS, "*", "Export", 0, Export),
        ];
        let place = |(country, part)| Place::of_fields(country, part).unwrap();
        TaxTable::new(settings, with_tax, destination.map(place).as_ref(), rates)
    }

    fn shown(
        table: &TaxTable,
        class: Option<TaxClassId>,
        exemption: Option<Exemption>,
    ) -> (Basis, Vec<String>) {
        let exemption = exemption.map(|reason| account_tax::Model {
            account_id: AccountId(Uuid::nil()),
            reason,
            tax_id: None,
        });
        let taxation = table.taxation(class, exemption.as_ref());
        let names = taxation.rates.iter().map(|rate| table.applied(rate.key).name.clone()).collect();
        (taxation.basis, names)
    }

    #[test]
    fn rates_are_those_of_the_most_specific_place() {
        let names =
            |destination| shown(&table(destination, CrossBorder::GrossStays, false), Some(GOODS), None).1;
        assert_eq!(names(None), ["USt 19 %"], "without a destination the shop's place counts");
        assert_eq!(names(Some(("AT", None))), ["USt 20 %"]);
        assert_eq!(names(Some(("CA", Some("CA-ON")))), ["GST"]);
        assert_eq!(names(Some(("CA", Some("CA-QC")))), ["GST", "QST"]);
        assert_eq!(names(Some(("CH", None))), ["Export"]);
        let books =
            |destination| shown(&table(destination, CrossBorder::GrossStays, false), Some(BOOKS), None).1;
        assert!(books(Some(("AT", None))).is_empty(), "the class has no rate there");
    }

    #[test]
    fn variants_without_class_have_the_default_one() {
        let table = table(None, CrossBorder::GrossStays, true);
        assert_eq!(shown(&table, None, None).1, ["USt 19 %"]);
        assert_eq!(shown(&table, Some(BOOKS), None).1, ["USt 7 %"]);
    }

    #[test]
    fn prices_with_tax_stay_or_lose_the_tax_of_the_shop() {
        use CrossBorder::{GrossStays, NetStays};
        let basis = |destination, cross_border, exemption| {
            shown(&table(destination, cross_border, true), Some(GOODS), exemption).0
        };
        let (austria, swiss) = (Some(("AT", None)), Some(("CH", None)));
        let without_home = Basis::GrossOf { ppm: 190_000 };
        assert_eq!(basis(None, NetStays, None), Basis::Gross);
        assert_eq!(basis(austria, GrossStays, None), Basis::Gross);
        assert_eq!(basis(austria, NetStays, None), without_home);
        assert_eq!(basis(swiss, GrossStays, None), without_home, "exports lose the tax");
        assert_eq!(basis(None, GrossStays, Some(Exemption::Exempt)), without_home);
        assert_eq!(basis(None, GrossStays, Some(Exemption::ReverseCharge)), Basis::Gross, "not at home");
        assert_eq!(basis(austria, GrossStays, Some(Exemption::ReverseCharge)), without_home);
    }

    #[test]
    fn exemptions_are_shown_as_a_rate() {
        let table = table(Some(("AT", None)), CrossBorder::GrossStays, false);
        let reason = |exemption| {
            let exempt =
                account_tax::Model { account_id: AccountId(Uuid::nil()), reason: exemption, tax_id: None };
            let rates = table.taxation(Some(GOODS), Some(&exempt)).rates;
            assert_eq!(rates.len(), 1);
            (rates[0].ppm, table.applied(rates[0].key).reason)
        };
        assert_eq!(reason(Exemption::Exempt), (0, Reason::Exempt));
        assert_eq!(reason(Exemption::ReverseCharge), (0, Reason::ReverseCharge));
    }
}
