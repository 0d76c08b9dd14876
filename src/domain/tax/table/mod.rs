//! How amounts are taxed at a destination.
//!
//! | prices | customer, and rates of the class at the destination | basis | rates |
//! | --- | --- | --- | --- |
//! | any | no class, or no rates | as prices are | none |
//! | without tax | exempt | net | zero |
//! | without tax | others | net | of the destination |
//! | with tax | exempt, or an export | gross of the shop's place | zero |
//! | with tax | as at the shop's place, or the setting is "gross stays" | gross | of the destination |
//! | with tax | others, and the setting is "net stays" | gross of the shop's place | of the destination |
//!
//! An exemption counts wherever the class has rates at the destination or at the shop's place.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use entity::{
    Currency, TaxClassId, account_tax,
    tax_rate::{self, Reason},
    tax_settings::{CrossBorder, Rounding},
};
use sea_orm::ConnectionTrait;

use super::TaxSettings;
use crate::domain::{
    address::Place,
    kernel::fault::Fault,
    pricing::{self, Basis, Rate, Taxation},
};

/// What taxing needs at a destination: settings and rates.
#[derive(Clone, Debug)]
pub struct TaxTable {
    settings: TaxSettings,
    /// The shop's place, and the place whose tax is computed; `None` until the shop has a place.
    places: Option<(Place, Place)>,
    /// Rates at the shop's place.
    home: HashMap<TaxClassId, Vec<Rate>>,
    /// Rates at the place whose tax is computed.
    destination: HashMap<TaxClassId, Vec<Rate>>,
    /// Rates by their keys.
    applied: Vec<AppliedRate>,
}

/// A rate as it is shown beside the tax.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppliedRate {
    pub name: String,
    /// Parts per million.
    pub ppm: u32,
    pub reason: Reason,
}

/// Key of the rate of customers who are exempt everywhere.
const EXEMPT: u32 = 0;

/// Key of the rate of customers who pay the tax themselves.
const REVERSE_CHARGE: u32 = 1;

/// Reads the settings, and the rates of the shop's place and of a destination, in one statement. Without a destination it is the
/// shop's place.
#[tracing::instrument(name = "tax::table", level = "debug", skip_all, err(level = "debug"))]
pub async fn table(db: &impl ConnectionTrait, destination: Option<&Place>) -> Result<TaxTable, Fault> {
    let keys = destination.into_iter().flat_map(Place::keys);
    let (settings, rates) = TaxSettings::read_with_rates(db, keys).await?;
    Ok(TaxTable::new(settings, destination, &rates))
}

impl TaxTable {
    /// How an amount of a class is taxed, in a currency, for a customer with this exemption. The keys of its rates are those
    /// of [`applied`](Self::applied). Without a class it is the default one.
    pub fn taxation(
        &self,
        class: Option<TaxClassId>,
        currency: Currency,
        exemption: Option<&account_tax::Model>,
    ) -> Taxation {
        self.taxation_of(class, currency, exemption.map(|exemption| exemption.reason))
    }

    /// The rate with a key of a [`taxation`](Self::taxation) of this table.
    pub fn applied(&self, key: u32) -> &AppliedRate {
        &self.applied[key as usize]
    }

    /// Whether prices in a currency contain tax.
    pub fn prices_include_tax(&self, currency: Currency) -> bool {
        self.includes_tax(currency).unwrap_or(true)
    }

    /// What is rounded.
    pub fn rounding(&self) -> pricing::Rounding {
        match self.settings.row.rounding {
            Rounding::PerLine => pricing::Rounding::PerLine,
            Rounding::PerRate => pricing::Rounding::PerRate,
        }
    }

    /// Code of the country whose tax is computed.
    pub fn country(&self) -> Option<&str> {
        self.places.as_ref().map(|(_, destination)| destination.country.as_str())
    }

    /// The same, `None` for a currency that the shop has not.
    pub(super) fn includes_tax(&self, currency: Currency) -> Option<bool> {
        let found = self.settings.currencies.iter().find(|(known, _)| *known == currency);
        found.map(|(_, includes_tax)| *includes_tax)
    }

    pub(super) fn taxation_of(
        &self,
        class: Option<TaxClassId>,
        currency: Currency,
        exemption: Option<account_tax::Reason>,
    ) -> Taxation {
        let class = class.or(self.settings.row.default_class_id);
        let of_class = |rates: &HashMap<TaxClassId, Vec<Rate>>| {
            class.and_then(|class| rates.get(&class)).cloned().unwrap_or_default()
        };
        let (home, rates) = (of_class(&self.home), of_class(&self.destination));
        let basis = |with_tax| if self.prices_include_tax(currency) { with_tax } else { Basis::Net };
        let without_home = match home.iter().map(|rate| rate.ppm).sum() {
            0 => Basis::Net,
            ppm => Basis::GrossOf { ppm },
        };
        let is_taxed = !(home.is_empty() && rates.is_empty());
        if let Some(key) = self.exempt(exemption).filter(|_| is_taxed) {
            return Taxation { basis: basis(without_home), rates: vec![Rate { key, ppm: 0 }] };
        }
        let is_export = rates.iter().any(|rate| self.applied(rate.key).reason == Reason::Export);
        let stays = rates.is_empty()
            || self.settings.row.cross_border == CrossBorder::GrossStays
            || is_same(&rates, &home);
        let with_tax = if stays && !is_export { Basis::Gross } else { without_home };
        Taxation { basis: basis(with_tax), rates }
    }

    /// Key of the rate of a customer with an exemption that counts at the destination.
    fn exempt(&self, exemption: Option<account_tax::Reason>) -> Option<u32> {
        let (home, destination) = self.places.as_ref()?;
        match exemption? {
            account_tax::Reason::Exempt => Some(EXEMPT),
            account_tax::Reason::ReverseCharge => {
                (home.country != destination.country).then_some(REVERSE_CHARGE)
            }
        }
    }

    fn new(settings: TaxSettings, destination: Option<&Place>, rates: &[tax_rate::Model]) -> Self {
        let exempt = |name: &str, reason| AppliedRate { name: name.to_owned(), ppm: 0, reason };
        let mut applied =
            vec![exempt("Exempt", Reason::Exempt), exempt("Reverse charge", Reason::ReverseCharge)];
        let others: BTreeSet<_> = rates.iter().map(AppliedRate::from).collect();
        applied.extend(others);
        let home = settings.place();
        let places = home.map(|home| (home.clone(), destination.cloned().unwrap_or(home)));
        let (home, destination) = match &places {
            Some((home, place)) => (at(home, rates, &applied), at(place, rates, &applied)),
            None => Default::default(),
        };
        Self { settings, places, home, destination, applied }
    }
}

impl From<&tax_rate::Model> for AppliedRate {
    fn from(rate: &tax_rate::Model) -> Self {
        Self { name: rate.name.clone(), ppm: rate.ppm.unsigned_abs(), reason: rate.reason }
    }
}

/// The rates of each class at a place: those of the most specific key of the place under which the class has rates, by key.
fn at(place: &Place, rates: &[tax_rate::Model], applied: &[AppliedRate]) -> HashMap<TaxClassId, Vec<Rate>> {
    let mut found = HashMap::new();
    for code in place.keys() {
        let mut here: HashMap<_, Vec<_>> = HashMap::new();
        for rate in rates.iter().filter(|rate| rate.place == code) {
            // Rates of customers have a name and a reason that rates of classes may have, too: theirs come last.
            let shown = AppliedRate::from(rate);
            let key = applied.iter().rposition(|applied| *applied == shown).unwrap_or_default();
            let key = key.try_into().unwrap_or(u32::MAX);
            here.entry(rate.tax_class_id).or_default().push(Rate { key, ppm: shown.ppm });
        }
        for (class, mut rates) in here {
            rates.sort_by_key(|rate| rate.key);
            found.entry(class).or_insert(rates);
        }
    }
    found
}

/// Whether rates are as high as others.
fn is_same(rates: &[Rate], others: &[Rate]) -> bool {
    let sorted = |rates: &[Rate]| {
        let mut ppm: Vec<_> = rates.iter().map(|rate| rate.ppm).collect();
        ppm.sort_unstable();
        ppm
    };
    sorted(rates) == sorted(others)
}
