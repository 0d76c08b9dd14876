//! Worked examples of the rules of tax offices. The rule is the source's; the figures are too where the comment says so, and
//! are computed by hand otherwise.

#![allow(clippy::inconsistent_digit_grouping, reason = "the last group are the cents")]

use bodega::domain::pricing::{
    Amounts, Basis, Basket, Discount, Effect, Line, Rounding, Shipping, ShippingTax, Taxation, Totals, totals,
};

use super::{line, taxation};

/// Lines of one piece with these prices, all taxed alike.
fn lines(prices: &[i64], tax: &Taxation) -> Vec<Line> {
    (1..).zip(prices).map(|(id, price)| line(id, 1, *price, tax)).collect()
}

fn priced(lines: Vec<Line>, rounding: Rounding) -> Totals {
    totals(&Basket { lines, rounding, ..Basket::default() }).unwrap()
}

fn shipped(lines: Vec<Line>, price: i64, tax: ShippingTax, rounding: Rounding) -> Totals {
    let shipping = Some(Shipping { price, tax });
    totals(&Basket { lines, shipping, rounding, ..Basket::default() }).unwrap()
}

fn reduced(lines: Vec<Line>, effect: Effect, rounding: Rounding) -> Totals {
    totals(&Basket { lines, discounts: vec![Discount { effect }], rounding, ..Basket::default() }).unwrap()
}

/// Key, taxed amount and tax of each rate.
fn taxes(amounts: &Amounts) -> Vec<(u32, i64, i64)> {
    amounts.taxes.iter().map(|tax| (tax.key, tax.net, tax.amount)).collect()
}

/// HMRC, "Charge, reclaim and record VAT: VAT on discounts and gifts": for a 20% discount, VAT is charged on the discounted
/// price. <https://www.gov.uk/charge-reclaim-record-vat/vat-on-discounts-and-gifts>
#[test]
fn uk_vat_is_charged_on_the_discounted_price() {
    let goods = lines(&[50_00], &taxation(Basis::Net, &[(0, 200_000)]));
    let effect = Effect::Percentage { ppm: 200_000, lines: vec![0] };
    let total = reduced(goods, effect, Rounding::PerLine).total;
    assert_eq!((total.discount, total.tax, total.total), (10_00, 8_00, 48_00));
}

/// HMRC, internal manual VATREC12010, on VAT Notice 700, paragraph 17.5: VAT may be computed by line, rounded to the nearer
/// penny. <https://www.gov.uk/hmrc-internal-manuals/vat-trader-records/vatrec12010>
#[test]
fn uk_vat_of_lines_is_rounded_to_the_nearer_penny() {
    let goods = || lines(&[83, 83, 83], &taxation(Basis::Net, &[(0, 200_000)]));
    // 16.6p each; together 49.8p.
    let by_line = priced(goods(), Rounding::PerLine);
    assert_eq!(by_line.lines.iter().map(|line| line.tax).collect::<Vec<_>>(), [17, 17, 17]);
    assert_eq!(by_line.total.total, 3_00);
    let by_invoice = priced(goods(), Rounding::PerRate);
    assert_eq!(by_invoice.lines.iter().map(|line| line.tax).collect::<Vec<_>>(), [17, 17, 16]);
    assert_eq!(by_invoice.total.total, 2_99);
}

/// HMRC, the same page as for discounts, and VAT Notice 700, section 31: an offer of goods with different rates is
/// apportioned, for instance by their selling prices.
#[test]
fn uk_offer_of_goods_with_different_rates_is_apportioned_by_price() {
    let goods = vec![
        line(1, 1, 3_00, &taxation(Basis::Gross, &[(0, 200_000)])),
        line(2, 1, 2_00, &taxation(Basis::Gross, &[(1, 0)])),
    ];
    let totals = reduced(goods, Effect::Amount { amount: 1_00, lines: vec![0, 1] }, Rounding::PerLine);
    assert_eq!((totals.lines[0].total, totals.lines[1].total), (2_40, 1_60));
    // A sixth of 2.40.
    assert_eq!(taxes(&totals.total), [(0, 2_00, 40), (1, 1_60, 0)]);
    assert_eq!(totals.total.total, 4_00);
}

/// Australia, A New Tax System (Goods and Services Tax) Act 1999, section 9-90 (1): the tax of one supply is rounded to the
/// nearest cent, 0.5 cents upwards.
/// <https://www.ato.gov.au/law/view/print?DocID=PAC%2F19990055%2F9-90&PiT=99991231235958>
#[test]
fn australian_gst_of_one_supply_is_rounded_half_up() {
    let total = priced(lines(&[1_15], &taxation(Basis::Net, &[(0, 100_000)])), Rounding::PerLine).total;
    // 11.5 cents.
    assert_eq!((total.tax, total.total), (12, 1_27));
}

/// Section 9-90 (2) (a), the total invoice rule: unrounded amounts are added, and the sum is rounded.
#[test]
fn australian_gst_by_the_total_invoice_rule() {
    let goods = lines(&[3_35; 5], &taxation(Basis::Net, &[(0, 100_000)]));
    let total = priced(goods, Rounding::PerRate).total;
    // 5 * 33.5 = 167.5 cents.
    assert_eq!((total.tax, total.total), (1_68, 18_43));
}

/// Section 9-90 (2) (b), the taxable supply rule, for accounts with two decimal places: the amount of each supply is rounded.
#[test]
fn australian_gst_by_the_taxable_supply_rule() {
    let goods = lines(&[3_35; 5], &taxation(Basis::Net, &[(0, 100_000)]));
    let total = priced(goods, Rounding::PerLine).total;
    assert_eq!((total.tax, total.total), (1_70, 18_45));
}

/// The same Act, sections 9-70 and 9-75: the tax is 10% of the value, which is 10/11 of the price; both rules of 9-90 (2).
#[test]
fn australian_gst_is_an_eleventh_of_the_price() {
    let goods = || lines(&[9_99; 3], &taxation(Basis::Gross, &[(0, 100_000)]));
    // 29.97 / 11 = 2.7245; 9.99 / 11 = 0.9082.
    assert_eq!(taxes(&priced(goods(), Rounding::PerRate).total), [(0, 27_25, 2_72)]);
    assert_eq!(taxes(&priced(goods(), Rounding::PerLine).total), [(0, 27_24, 2_73)]);
    assert_eq!(priced(goods(), Rounding::PerLine).total.total, 29_97);
}

fn quebec() -> Taxation {
    taxation(Basis::Net, &[(0, 50_000), (1, 99_750)])
}

/// Revenu Québec, "Calculating the Taxes": GST and QST side by side on the selling price. The figures are the source's.
/// <http://www.revenuquebec.ca/en/entreprise/taxes/tvq_tps/calcul-taxes.aspx>
#[test]
fn quebec_taxes_are_both_computed_on_the_selling_price() {
    let total = priced(lines(&[100_00], &quebec()), Rounding::PerLine).total;
    assert_eq!(taxes(&total), [(0, 100_00, 5_00), (1, 100_00, 9_98)]);
    assert_eq!(total.total, 114_98);
}

/// The same page: of several goods, the taxes can be computed on the total price before fractions are rounded.
#[test]
fn quebec_taxes_of_several_goods_are_rounded_once() {
    let total = priced(lines(&[10_10; 3], &quebec()), Rounding::PerRate).total;
    // 5% of 30.30 is 1.515; 9.975% is 3.022425.
    assert_eq!(taxes(&total), [(0, 30_30, 1_52), (1, 30_30, 3_02)]);
    assert_eq!(total.total, 34_84);
}

/// Revenu Québec, "Other Coupons": their value is deducted from the price before the taxes are computed.
/// <https://www.revenuquebec.ca/en/citizens/consumption-taxes/taxable-zero-rated-or-tax-exempt-goods-and-services/gst-and-qst/other-situations/coupons-customers/other-coupons-customers/>
#[test]
fn quebec_coupons_are_deducted_before_taxes() {
    let effect = Effect::Amount { amount: 2_00, lines: vec![0] };
    let total = reduced(lines(&[10_00], &quebec()), effect, Rounding::PerLine).total;
    // 9.975% of 8.00 is 0.798.
    assert_eq!(taxes(&total), [(0, 8_00, 40), (1, 8_00, 80)]);
    assert_eq!(total.total, 9_20);
}

/// Government of Canada, Budget 2012, "Rounding": a coffee of 1.83 and a sandwich of 2.86 cost 4.92 with 5% GST. The figures
/// are the source's. <https://www.budget.canada.ca/2012/themes/rounding-arrondissement-eng.html>
#[test]
fn canadian_coffee_and_sandwich() {
    for rounding in [Rounding::PerLine, Rounding::PerRate] {
        let total = priced(lines(&[1_83, 2_86], &taxation(Basis::Net, &[(0, 50_000)])), rounding).total;
        assert_eq!((total.tax, total.total), (23, 4_92));
    }
}

/// New York State, Tax Bulletin ST-838: an appliance (499.95), a service contract (30.00) and delivery (20.00) are taxed
/// together, on 549.95. The amounts are the source's; the rates are those of New York City (Publication 718): state 4%, city
/// 4.5%, commuter district 0.375%, side by side.
/// <https://www.tax.ny.gov/pubs_and_bulls/tg_bulletins/st/shipping_and_delivery_charges.htm>
#[test]
fn new_york_delivery_is_taxed_like_the_goods() {
    let tax = taxation(Basis::Net, &[(0, 40_000), (1, 45_000), (2, 3_750)]);
    let goods = lines(&[499_95, 30_00], &tax);
    let total = shipped(goods, 20_00, ShippingTax::LikeGoods, Rounding::PerRate).total;
    // 21.998; 24.74775; 2.0623125.
    assert_eq!(taxes(&total), [(0, 549_95, 22_00), (1, 549_95, 24_75), (2, 549_95, 2_06)]);
    assert_eq!(total.total, 598_76);
}

/// The same bulletin: furniture (3,500.00) and its transport (250.00), taxed on 3,750.00 (amounts of the source; Albany: state
/// and county 4% each); and without tax for a customer with a valid exemption certificate.
#[test]
fn new_york_exemption_certificate_frees_delivery_too() {
    let total = |rates: &[(u32, u32)]| {
        let goods = lines(&[3_500_00], &taxation(Basis::Net, rates));
        shipped(goods, 250_00, ShippingTax::LikeGoods, Rounding::PerLine).total
    };
    let taxed = total(&[(0, 40_000), (1, 40_000)]);
    assert_eq!(taxes(&taxed), [(0, 3_750_00, 150_00), (1, 3_750_00, 150_00)]);
    assert_eq!(taxed.total, 4_050_00);
    let exempt = total(&[]);
    assert_eq!((exempt.tax, exempt.total), (0, 3_750_00));
}

/// California, Regulation 1628 (a) and annotation 557.0003, case (1): separately stated transport by a carrier (10.00, not
/// above its cost) is not taxed, the goods (100.00) are. The amounts are the source's; statewide rate 7.25%.
/// <https://www.cdtfa.ca.gov/lawguides/vol2/suta/557-0003.html>
#[test]
fn california_transport_by_a_carrier_is_not_taxed() {
    let goods = lines(&[100_00], &taxation(Basis::Net, &[(0, 72_500)]));
    let untaxed = ShippingTax::Own(taxation(Basis::Net, &[]));
    let totals = shipped(goods, 10_00, untaxed, Rounding::PerLine);
    assert_eq!(taxes(&totals.total), [(0, 100_00, 7_25)]);
    assert_eq!(totals.shipping.unwrap().total, 10_00);
    assert_eq!(totals.total.total, 117_25);
}

/// Japan, National Tax Agency, Q&A on the invoice system, question on fractions (Q46 in the edition of 2022): tax is rounded
/// once for each rate on an invoice, by any method; amounts by line are for reference only. Yen have no decimals.
/// Summary in English: <https://www.ark-outsourcing.com/news/detail_103.html>
#[test]
fn japanese_tax_is_rounded_once_per_rate() {
    let full = taxation(Basis::Net, &[(0, 100_000)]);
    let reduced = taxation(Basis::Net, &[(1, 80_000)]);
    let mut goods = lines(&[115, 115, 115], &full);
    goods.extend([line(4, 1, 88, &reduced), line(5, 1, 88, &reduced)]);
    let totals = priced(goods, Rounding::PerRate);
    // 34.5 and 14.08; by line it would be 3 * 12.
    assert_eq!(taxes(&totals.total), [(0, 345, 35), (1, 176, 14)]);
    assert_eq!(totals.lines.iter().map(|line| line.tax).collect::<Vec<_>>(), [12, 12, 11, 7, 7]);
    assert_eq!(totals.total.total, 570);
}

/// Bahrain, VAT Executive Regulations on tax invoices: tax that is a fraction of a fils is rounded to the nearest fils by
/// mathematical rules. A dinar has 1,000 fils; 10% since 2022.
/// Summary: <https://narayanandnarayan.com/post/tax-invoice>
#[test]
fn bahraini_vat_is_rounded_to_the_nearest_fils() {
    let total = priced(lines(&[12_345], &taxation(Basis::Net, &[(0, 100_000)])), Rounding::PerLine).total;
    // 1,234.5 fils.
    assert_eq!((total.tax, total.total), (1_235, 13_580));
}

/// Germany, Umsatzsteuer-Anwendungserlass, section 3.10 (5): an ancillary supply is taxed like the main one; with several
/// rates, dispatch is divided in proportion to the goods.
/// <https://en.blog.taxdoo.com/umsatzsteuer-versandkosten-nebenleistungen/>
#[test]
fn german_dispatch_shares_the_rates_of_the_goods() {
    let goods = || {
        vec![
            line(1, 1, 20_00, &taxation(Basis::Gross, &[(0, 70_000)])),
            line(2, 1, 80_00, &taxation(Basis::Gross, &[(1, 190_000)])),
        ]
    };
    // 5.00 of dispatch: 1.00 with 7%, 4.00 with 19%. 21.00 * 7/107 = 1.3738; 84.00 * 19/119 = 13.4118.
    let totals = shipped(goods(), 5_00, ShippingTax::LikeGoods, Rounding::PerRate);
    assert_eq!(taxes(&totals.total), [(0, 19_63, 1_37), (1, 70_59, 13_41)]);
    assert_eq!(taxes(&totals.shipping.unwrap()), [(0, 93, 7), (1, 3_36, 64)]);
    assert_eq!(totals.total.total, 105_00);
    // By line: 1.3084 and 0.0654; 12.7731 and 0.6387.
    let totals = shipped(goods(), 5_00, ShippingTax::LikeGoods, Rounding::PerLine);
    assert_eq!(taxes(&totals.total), [(0, 19_62, 1_38), (1, 70_59, 13_41)]);
}

/// Directive 2006/112/EC, Articles 138 (1) and 146 (1) (a): goods dispatched to a business in another member state, or out
/// of the Union, are exempt. Prices that contain 19% are reduced by it.
/// <https://eur-lex.europa.eu/eli/dir/2006/112/oj>
#[test]
fn eu_exempt_dispatch_takes_the_tax_off_the_price() {
    let exempt = taxation(Basis::GrossOf { ppm: 190_000 }, &[]);
    let totals = priced(vec![line(1, 1, 119_00, &exempt), line(2, 3, 9_99, &exempt)], Rounding::PerLine);
    // 119.00 / 1.19 = 100.00; 29.97 / 1.19 = 25.1849.
    assert_eq!((totals.lines[0].total, totals.lines[1].total), (100_00, 25_18));
    assert_eq!((totals.total.tax_deducted, totals.total.tax, totals.total.total), (23_79, 0, 125_18));
}

/// The same directive, Articles 33 (a) and 93: a distance sale to a consumer is taxed where the goods arrive (France, 20%),
/// here by a seller who keeps the net price of a price with German tax.
#[test]
fn eu_distance_sale_is_taxed_at_the_destination() {
    let tax = taxation(Basis::GrossOf { ppm: 190_000 }, &[(0, 200_000)]);
    let total = priced(lines(&[119_00], &tax), Rounding::PerLine).total;
    assert_eq!((total.tax_deducted, total.tax_added), (19_00, 20_00));
    assert_eq!(taxes(&total), [(0, 100_00, 20_00)]);
    assert_eq!(total.total, 120_00);
}

/// Switzerland, Federal Act on Value Added Tax (SR 641.20), Article 25 (8.1% and 2.6%) and Article 19 (4): ancillary services
/// are taxed like the main one. <https://www.fedlex.admin.ch/eli/cc/2009/615/en>
#[test]
fn swiss_prices_contain_tax_and_delivery_follows_the_goods() {
    let goods = vec![
        line(1, 1, 108_10, &taxation(Basis::Gross, &[(0, 81_000)])),
        line(2, 1, 51_30, &taxation(Basis::Gross, &[(1, 26_000)])),
    ];
    // Delivery is a tenth of the goods: 10.81 and 5.13.
    let totals = shipped(goods, 15_94, ShippingTax::LikeGoods, Rounding::PerRate);
    assert_eq!(taxes(&totals.total), [(0, 110_00, 8_91), (1, 55_00, 1_43)]);
    assert_eq!(totals.total.total, 175_34);
}
