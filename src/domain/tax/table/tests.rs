use entity::{AccountId, TaxRateId, tax_settings};
use uuid::Uuid;

use super::*;

const STANDARD: TaxClassId = TaxClassId(Uuid::from_u128(1));
const REDUCED: TaxClassId = TaxClassId(Uuid::from_u128(2));
const UNUSED: TaxClassId = TaxClassId(Uuid::from_u128(3));

/// A shop in Germany whose prices in euro are with tax, and in dollars without.
fn settings(place: Option<&str>, cross_border: CrossBorder) -> TaxSettings {
    let row = tax_settings::Model {
        id: tax_settings::ID,
        place: place.map(str::to_owned),
        default_class_id: Some(STANDARD),
        rounding: Rounding::PerRate,
        cross_border,
        version: 1,
    };
    TaxSettings { row, currencies: vec![(Currency::EUR, true), (Currency::USD, false)] }
}

fn rate(class: TaxClassId, place: &str, name: &str, ppm: i32, reason: Reason) -> tax_rate::Model {
    let (place, name) = (place.to_owned(), name.to_owned());
    tax_rate::Model { id: TaxRateId(Uuid::nil()), tax_class_id: class, place, name, ppm, reason, version: 1 }
}

fn rates() -> Vec<tax_rate::Model> {
    vec![
        rate(STANDARD, "DE", "VAT 19 %", 190_000, Reason::Standard),
        rate(REDUCED, "DE", "VAT 7 %", 70_000, Reason::Reduced),
        rate(STANDARD, "FR", "TVA 20 %", 200_000, Reason::Standard),
        rate(REDUCED, "FR", "TVA 5,5 %", 55_000, Reason::Reduced),
        // As high as at home, under another name.
        rate(STANDARD, "CY", "VAT Cyprus", 190_000, Reason::Standard),
        rate(REDUCED, "IE", "VAT Ireland", 0, Reason::Zero),
        rate(STANDARD, "CA", "GST", 50_000, Reason::Standard),
        rate(REDUCED, "CA", "GST", 50_000, Reason::Standard),
        rate(STANDARD, "CA-QC", "QST", 99_750, Reason::Standard),
        rate(STANDARD, "CA-QC", "GST", 50_000, Reason::Standard),
        rate(STANDARD, "*", "Export", 0, Reason::Export),
        rate(STANDARD, "PT-30", "Exempt", 0, Reason::Exempt),
    ]
}

/// Basis, and names of the rates.
fn taxed(
    table: &TaxTable,
    class: Option<TaxClassId>,
    currency: Currency,
    exemption: Exemption,
) -> (Basis, Vec<String>) {
    let exemption = exemption.map(|reason| account_tax::Model {
        account_id: AccountId(Uuid::nil()),
        reason,
        tax_id: None,
    });
    let taxation = table.taxation(class, currency, exemption.as_ref());
    for rate in &taxation.rates {
        assert_eq!(table.applied(rate.key).ppm, rate.ppm);
    }
    let name = |rate: &Rate| {
        let applied = table.applied(rate.key);
        format!("{} {:?}", applied.name, applied.reason)
    };
    (taxation.basis, taxation.rates.iter().map(name).collect())
}

type Exemption = Option<account_tax::Reason>;

const EXEMPT: Exemption = Some(account_tax::Reason::Exempt);
const REVERSE: Exemption = Some(account_tax::Reason::ReverseCharge);
const HOME_19: Basis = Basis::GrossOf { ppm: 190_000 };
const HOME_7: Basis = Basis::GrossOf { ppm: 70_000 };

#[test]
fn taxation_follows_destination_customer_and_settings() {
    use CrossBorder::{GrossStays, NetStays};
    let (standard, reduced) = (Some(STANDARD), Some(REDUCED));
    /// Destination, setting, class of the goods, exemption of the customer; what prices contain, and the rates.
    type Case = (&'static str, CrossBorder, Option<TaxClassId>, Exemption, Basis, &'static [&'static str]);
    let with_tax: &[Case] = &[
        // At home.
        ("", GrossStays, standard, None, Basis::Gross, &["VAT 19 % Standard"]),
        ("", NetStays, standard, None, Basis::Gross, &["VAT 19 % Standard"]),
        ("DE-BE", NetStays, reduced, None, Basis::Gross, &["VAT 7 % Reduced"]),
        ("DE", NetStays, None, None, Basis::Gross, &["VAT 19 % Standard"]),
        // Other rates.
        ("FR", GrossStays, standard, None, Basis::Gross, &["TVA 20 % Standard"]),
        ("FR", NetStays, standard, None, HOME_19, &["TVA 20 % Standard"]),
        ("FR", NetStays, reduced, None, HOME_7, &["TVA 5,5 % Reduced"]),
        ("FR", NetStays, None, None, HOME_19, &["TVA 20 % Standard"]),
        ("CY", NetStays, standard, None, Basis::Gross, &["VAT Cyprus Standard"]),
        ("IE", GrossStays, reduced, None, Basis::Gross, &["VAT Ireland Zero"]),
        ("IE", NetStays, reduced, None, HOME_7, &["VAT Ireland Zero"]),
        // Several rates, and the most specific place for each class.
        ("CA-QC", GrossStays, standard, None, Basis::Gross, &["GST Standard", "QST Standard"]),
        ("CA-QC", NetStays, standard, None, HOME_19, &["GST Standard", "QST Standard"]),
        ("CA-QC", NetStays, reduced, None, HOME_7, &["GST Standard"]),
        ("CA-ON", NetStays, standard, None, HOME_19, &["GST Standard"]),
        // Exports, whatever the setting.
        ("CH", GrossStays, standard, None, HOME_19, &["Export Export"]),
        ("CH", NetStays, standard, None, HOME_19, &["Export Export"]),
        ("PT", GrossStays, None, None, HOME_19, &["Export Export"]),
        ("PT-30", GrossStays, standard, None, Basis::Gross, &["Exempt Exempt"]),
        // No rates.
        ("CH", NetStays, reduced, None, Basis::Gross, &[]),
        ("", NetStays, Some(UNUSED), None, Basis::Gross, &[]),
        // Exempt customers.
        ("", GrossStays, standard, EXEMPT, HOME_19, &["Exempt Exempt"]),
        ("FR", GrossStays, reduced, EXEMPT, HOME_7, &["Exempt Exempt"]),
        ("CH", GrossStays, reduced, EXEMPT, HOME_7, &["Exempt Exempt"]),
        ("", GrossStays, Some(UNUSED), EXEMPT, Basis::Gross, &[]),
        ("", GrossStays, standard, REVERSE, Basis::Gross, &["VAT 19 % Standard"]),
        ("DE-BY", NetStays, standard, REVERSE, Basis::Gross, &["VAT 19 % Standard"]),
        ("FR", GrossStays, standard, REVERSE, HOME_19, &["Reverse charge ReverseCharge"]),
        ("CH", NetStays, reduced, REVERSE, HOME_7, &["Reverse charge ReverseCharge"]),
    ];
    for (key, cross_border, class, exemption, basis, names) in with_tax {
        let destination = Place::of_key(key).filter(|place| !place.country.is_empty());
        let table = TaxTable::new(settings(Some("DE"), *cross_border), destination.as_ref(), &rates());
        let case = format!("{key:?} {cross_border:?} {class:?} {exemption:?}");
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(taxed(&table, *class, Currency::EUR, *exemption), (*basis, names.clone()), "{case}");
        let without_tax = taxed(&table, *class, Currency::USD, *exemption);
        assert_eq!(without_tax, (Basis::Net, names), "{case} without tax");
    }
}

#[test]
fn prices_of_a_shop_whose_place_has_no_rates_contain_no_tax() {
    let abroad = Place::of_key("FR");
    let shop =
        |cross_border| TaxTable::new(settings(Some("US"), cross_border), abroad.as_ref(), &rates()[..4]);
    let french = vec!["TVA 20 % Standard".to_owned()];
    let table = shop(CrossBorder::NetStays);
    assert_eq!(taxed(&table, None, Currency::EUR, None), (Basis::Net, french.clone()));
    let exempt = vec!["Exempt Exempt".to_owned()];
    assert_eq!(taxed(&table, None, Currency::EUR, EXEMPT), (Basis::Net, exempt));
    let table = shop(CrossBorder::GrossStays);
    assert_eq!(taxed(&table, None, Currency::EUR, None), (Basis::Gross, french));
}

#[test]
fn shop_without_a_place_computes_no_tax() {
    let abroad = Place::of_key("FR");
    for destination in [None, abroad.as_ref()] {
        let table = TaxTable::new(settings(None, CrossBorder::NetStays), destination, &rates());
        for exemption in [None, EXEMPT, REVERSE] {
            assert_eq!(taxed(&table, None, Currency::EUR, exemption), (Basis::Gross, vec![]));
            assert_eq!(taxed(&table, None, Currency::USD, exemption), (Basis::Net, vec![]));
        }
        assert_eq!(table.country(), None);
    }
}

#[test]
fn table_tells_settings_and_whose_tax_it_is() {
    let abroad = Place::of_key("CA-QC");
    let table =
        |destination| TaxTable::new(settings(Some("DE"), CrossBorder::GrossStays), destination, &rates());
    assert_eq!((table(None).country(), table(abroad.as_ref()).country()), (Some("DE"), Some("CA")));
    let table = table(None);
    assert_eq!(table.rounding(), pricing::Rounding::PerRate);
    let currencies = [Currency::EUR, Currency::USD, "CHF".parse().unwrap()];
    assert_eq!(currencies.map(|currency| table.prices_include_tax(currency)), [true, false, true]);
    assert_eq!(currencies.map(|currency| table.includes_tax(currency)), [Some(true), Some(false), None]);
}

/// Shipping and goods of two classes with the same rate are rounded and shown together.
#[test]
fn rates_that_look_alike_have_one_key() {
    let shop = settings(Some("CA"), CrossBorder::GrossStays);
    let table = TaxTable::new(shop, None, &rates());
    let key = |class| table.taxation(Some(class), Currency::EUR, None).rates[0].key;
    assert_eq!(key(STANDARD), key(REDUCED));
    assert_eq!(
        table.taxation(None, Currency::EUR, None),
        table.taxation(Some(STANDARD), Currency::EUR, None)
    );
}
