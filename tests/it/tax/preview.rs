//! Previews of tax: worked examples, and what is refused.

use entity::Permission::{ProductsEdit, SettingsEdit};
use serde_json::{Value, json};

use super::{A_CATEGORY, UNKNOWN, add_currency, add_rate, change_settings, create, with};
use crate::{
    operations::{TAX_PREVIEW, TAX_SETTINGS},
    support::{Client, TestApp},
};

/// A shop in Germany with rates of a standard class, which is the default, and a reduced one.
struct Shop {
    app: TestApp,
    staff: Client,
    standard: Value,
    reduced: Value,
}

async fn german_shop() -> Shop {
    let app = TestApp::empty().await;
    let staff = app.staff_with(&[SettingsEdit, ProductsEdit]).await;
    let (standard, reduced) = (create(&staff, "Standard").await, create(&staff, "Reduced").await);
    for (class, place, name, percentage, reason) in [
        (&standard, "DE", "VAT 19 %", "19", "STANDARD"),
        (&reduced, "DE", "VAT 7 %", "7", "REDUCED"),
        (&standard, "FR", "TVA 20 %", "20", "STANDARD"),
        (&standard, "CA", "GST", "5", "STANDARD"),
        (&standard, "CA-QC", "GST", "5", "STANDARD"),
        (&standard, "CA-QC", "QST", "9.975", "STANDARD"),
        (&standard, "", "Export", "0", "EXPORT"),
    ] {
        add_rate(&staff, class, place, name, percentage, reason).await;
    }
    change_settings(&staff, json!({ "countryCode": "DE", "defaultTaxClassId": standard })).await;
    Shop { app, staff, standard, reduced }
}

impl Shop {
    async fn preview(&self, input: Value) -> Value {
        self.staff.query(TAX_PREVIEW, json!({ "input": input })).await.data()["taxPreview"].take()
    }

    /// Totals of one piece of the default class.
    async fn one(&self, price: &str, fields: Value) -> Value {
        let input = with(json!({ "currency": "EUR", "items": [{ "price": price }] }), &fields);
        let preview = self.preview(input).await;
        assert_eq!(preview["items"][0], preview["totals"], "one item is all");
        preview["totals"].clone()
    }
}

/// Totals without discount: subtotal, tax deducted, tax added, tax, total; and the rates.
fn totals(amounts: [&str; 5], currency: &str, taxes: &[[&str; 5]]) -> Value {
    let [subtotal, deducted, added, tax, total] = amounts.map(|amount| json!({ "amount": amount }));
    let zero = subtotal["amount"].as_str().unwrap().chars().map(|c| if c == '.' { '.' } else { '0' });
    let digits = zero.collect::<String>().split_once('.').map_or(0, |(_, digits)| digits.len());
    let zero = if digits == 0 { "0".to_owned() } else { format!("0.{}", "0".repeat(digits)) };
    let rate = |[name, percentage, reason, net, amount]: &[&str; 5]| {
        json!({ "name": name, "percentage": percentage, "reason": reason, "net": { "amount": net },
            "amount": { "amount": amount } })
    };
    json!({ "subtotal": subtotal, "discount": { "amount": zero }, "taxDeducted": deducted, "taxAdded": added, "tax": tax,
        "taxes": taxes.iter().map(rate).collect::<Vec<_>>(), "total": with(total, &json!({ "currency": currency })) })
}

#[tokio::test]
async fn tax_preview_shows_the_tax_in_german_prices() {
    let shop = german_shop().await;
    let items = json!([{ "taxClassId": shop.standard, "price": "9.99", "quantity": 3 },
        { "taxClassId": shop.reduced, "price": "4.99" }]);
    let preview = shop.preview(json!({ "currency": "EUR", "items": items })).await;
    let standard = ["VAT 19 %", "19", "STANDARD", "25.18", "4.79"];
    let reduced = ["VAT 7 %", "7", "REDUCED", "4.66", "0.33"];
    let first = totals(["29.97", "0.00", "0.00", "4.79", "29.97"], "EUR", &[standard]);
    let second = totals(["4.99", "0.00", "0.00", "0.33", "4.99"], "EUR", &[reduced]);
    let all = totals(["34.96", "0.00", "0.00", "5.12", "34.96"], "EUR", &[standard, reduced]);
    assert_eq!(preview, json!({ "items": [first, second], "totals": all }));
}

#[tokio::test]
async fn tax_preview_rounds_per_line_or_per_rate() {
    let shop = german_shop().await;
    let items = json!([{ "price": "0.99" }, { "price": "0.99" }, { "price": "0.99" }]);
    let input = json!({ "currency": "EUR", "items": items });
    for (rounding, tax, lines) in
        [("PER_LINE", "0.48", ["0.16", "0.16", "0.16"]), ("PER_RATE", "0.47", ["0.16", "0.16", "0.15"])]
    {
        change_settings(&shop.staff, json!({ "rounding": rounding })).await;
        let preview = shop.preview(input.clone()).await;
        assert_eq!(preview["totals"]["tax"]["amount"], tax, "{rounding}");
        let of_lines = [0, 1, 2].map(|line| preview["items"][line]["tax"]["amount"].as_str().unwrap());
        assert_eq!(of_lines, lines, "{rounding}");
    }
}

/// Goods and services tax and Québec sales tax: 5 % and 9.975 %, both of the price.
#[tokio::test]
async fn tax_preview_adds_several_rates_side_by_side() {
    let shop = german_shop().await;
    add_currency(&shop.app, "CAD").await;
    let home = json!({ "countryCode": "CA", "subdivisionCode": "CA-QC", "currenciesWithoutTax": ["CAD"] });
    change_settings(&shop.staff, home).await;
    let quebec = shop.one("100", json!({ "currency": "CAD" })).await;
    let (gst, qst) =
        (["GST", "5", "STANDARD", "100.00", "5.00"], ["QST", "9.975", "STANDARD", "100.00", "9.98"]);
    assert_eq!(quebec, totals(["100.00", "0.00", "14.98", "14.98", "114.98"], "CAD", &[gst, qst]));
    let ontario = json!({ "currency": "CAD", "countryCode": "CA", "subdivisionCode": "CA-ON" });
    let elsewhere = totals(["100.00", "0.00", "5.00", "5.00", "105.00"], "CAD", &[gst]);
    assert_eq!(shop.one("100", ontario).await, elsewhere);
    // Prices in euro contain both.
    let (gst, qst) =
        (["GST", "5", "STANDARD", "100.00", "5.00"], ["QST", "9.975", "STANDARD", "100.00", "9.98"]);
    let contained = totals(["114.98", "0.00", "0.00", "14.98", "114.98"], "EUR", &[gst, qst]);
    assert_eq!(shop.one("114.98", json!({})).await, contained);
}

#[tokio::test]
async fn tax_preview_takes_the_shops_tax_off_exports_and_exempt_customers() {
    let shop = german_shop().await;
    let without = |name, reason| {
        totals(["119.00", "19.00", "0.00", "0.00", "100.00"], "EUR", &[[name, "0", reason, "100.00", "0.00"]])
    };
    let export = shop.one("119", json!({ "countryCode": "CH" })).await;
    assert_eq!(export, without("Export", "EXPORT"));
    let exempt = without("Exempt", "EXEMPT");
    for place in [json!({ "exemption": "EXEMPT" }), json!({ "exemption": "EXEMPT", "countryCode": "FR" })] {
        assert_eq!(shop.one("119", place).await, exempt);
    }
    let abroad = shop.one("119", json!({ "exemption": "REVERSE_CHARGE", "countryCode": "FR" })).await;
    assert_eq!(abroad, without("Reverse charge", "REVERSE_CHARGE"));
    let taxed = [["VAT 19 %", "19", "STANDARD", "100.00", "19.00"]];
    let home = shop.one("119", json!({ "exemption": "REVERSE_CHARGE", "countryCode": "DE" })).await;
    assert_eq!(home, totals(["119.00", "0.00", "0.00", "19.00", "119.00"], "EUR", &taxed));
}

#[tokio::test]
async fn tax_preview_keeps_the_gross_or_the_net_price_abroad() {
    let shop = german_shop().await;
    let france = json!({ "countryCode": "FR" });
    let gross = [["TVA 20 %", "20", "STANDARD", "99.17", "19.83"]];
    let gross = totals(["119.00", "0.00", "0.00", "19.83", "119.00"], "EUR", &gross);
    assert_eq!(shop.one("119", france.clone()).await, gross);
    change_settings(&shop.staff, json!({ "crossBorderPrices": "NET_STAYS" })).await;
    let net = [["TVA 20 %", "20", "STANDARD", "100.00", "20.00"]];
    let net = totals(["119.00", "19.00", "20.00", "20.00", "120.00"], "EUR", &net);
    assert_eq!(shop.one("119", france).await, net);
}

#[tokio::test]
async fn tax_preview_rounds_to_the_digits_of_the_currency() {
    let shop = german_shop().await;
    for code in ["JPY", "KWD"] {
        add_currency(&shop.app, code).await;
    }
    let rate = |net, amount| [["VAT 19 %", "19", "STANDARD", net, amount]];
    let yen = totals(["100", "0", "0", "16", "100"], "JPY", &rate("84", "16"));
    assert_eq!(shop.one("100", json!({ "currency": "JPY" })).await, yen);
    let dinars = totals(["0.100", "0.000", "0.000", "0.016", "0.100"], "KWD", &rate("0.084", "0.016"));
    assert_eq!(shop.one("0.1", json!({ "currency": "KWD" })).await, dinars);
    change_settings(&shop.staff, json!({ "currenciesWithoutTax": ["JPY"] })).await;
    let yen = totals(["100", "0", "19", "19", "119"], "JPY", &rate("100", "19"));
    assert_eq!(shop.one("100", json!({ "currency": "JPY" })).await, yen);
}

#[tokio::test]
async fn tax_preview_computes_no_tax_until_the_shop_has_a_place() {
    let shop = german_shop().await;
    change_settings(&shop.staff, json!({ "countryCode": null })).await;
    let untaxed = totals(["119.00", "0.00", "0.00", "0.00", "119.00"], "EUR", &[]);
    for fields in [json!({}), json!({ "countryCode": "FR" }), json!({ "exemption": "EXEMPT" })] {
        assert_eq!(shop.one("119", fields).await, untaxed);
    }
    change_settings(&shop.staff, json!({ "countryCode": "DE", "defaultTaxClassId": null })).await;
    assert_eq!(shop.one("119", json!({})).await, untaxed, "variants without a class are not taxed");
}

#[tokio::test]
async fn tax_preview_takes_as_many_statements_whatever_it_holds() {
    let shop = german_shop().await;
    let (_, reads) = shop.app.counting_statements(shop.staff.query(TAX_SETTINGS, json!({}))).await;
    let count = async |items: Value, country: &str| {
        let input = json!({ "currency": "EUR", "countryCode": country, "items": items });
        shop.app.counting_statements(shop.preview(input)).await.1 - reads
    };
    let many: Vec<_> = (0..50)
        .flat_map(|_| [&shop.standard, &shop.reduced])
        .map(|class| json!({ "taxClassId": class, "price": "1" }))
        .collect();
    // Settings with rates; and the classes, if some are named.
    assert_eq!(count(json!([{ "price": "1" }]), "DE").await, 0, "beside the session's, and one");
    assert_eq!(count(json!(many), "CA").await, 1, "beside the session's, and one");
}

#[tokio::test]
async fn tax_preview_refuses_invalid_input() {
    let shop = german_shop().await;
    let item = |fields: Value| json!({ "items": [{ "price": "1" }, with(json!({ "price": "1" }), &fields)] });
    let highest = json!({ "price": "100000000000" });
    for (fields, message) in [
        (json!({ "items": [] }), "`input.items`: Give 1 to 100 items."),
        (json!({ "items": vec![json!({ "price": "1" }); 101] }), "`input.items`: Give 1 to 100 items."),
        (json!({ "items": [highest, highest] }), "`input.items`: The amounts are too large"),
        (item(json!({ "price": "1,5" })), "`input.items.1.price`: The amount is wrong"),
        (item(json!({ "price": "1.505" })), "`input.items.1.price`: The amount is wrong"),
        (item(json!({ "price": "-1" })), "`input.items.1.price`: The amount must be between 0 and"),
        (item(json!({ "price": "1\u{0}" })), "contains a NUL character"),
        (
            item(json!({ "quantity": 0 })),
            "`input.items.1.quantity`: The quantity must be between 1 and 9999.",
        ),
        (
            item(json!({ "quantity": 10_000 })),
            "`input.items.1.quantity`: The quantity must be between 1 and 9999.",
        ),
        (
            item(json!({ "quantity": -1 })),
            "`input.items.1.quantity`: The quantity must be between 1 and 9999.",
        ),
        (
            item(json!({ "taxClassId": UNKNOWN })),
            "`input.items.1.taxClassId`: There is no tax class with this id.",
        ),
        (item(json!({ "taxClassId": A_CATEGORY })), "`input.items.1.taxClassId` is the id of a Category"),
        (json!({ "currency": "CHF" }), "`input.currency`: CHF is none of the shop's currencies."),
        (json!({ "countryCode": "XX" }), "`input.countryCode`: This is not a country code"),
        (json!({ "subdivisionCode": "US-CA" }), "`input.subdivisionCode`: A subdivision needs its country."),
        (
            json!({ "countryCode": "DE", "subdivisionCode": "US-CA" }),
            "`input.subdivisionCode`: The subdivision does not belong to the country.",
        ),
    ] {
        let input = with(json!({ "currency": "EUR", "items": [{ "price": "1" }] }), &fields);
        shop.staff.query(TAX_PREVIEW, json!({ "input": input })).await.failed("BAD_USER_INPUT", message);
    }
    let clerk = shop.app.staff_with(&[ProductsEdit]).await;
    let input = json!({ "currency": "EUR", "items": [{ "price": "1" }] });
    clerk.query(TAX_PREVIEW, json!({ "input": input })).await.failed("FORBIDDEN", "SETTINGS_EDIT");
}
