//! Codes of discounts.

use std::collections::HashSet;

use entity::discount_code;
use futures_util::future::join;
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};

use super::{NO_CODE, NO_DISCOUNT, new_code, new_discount, rows, shop};
use crate::operations::{DISCOUNT, DISCOUNT_CODE_DELETE, DISCOUNT_CODES_ADD, DISCOUNT_CODES_GENERATE};

#[tokio::test]
async fn codes_are_added_listed_and_deleted() {
    let (app, staff) = shop().await;
    let id = new_discount(&staff, json!({})).await;
    let codes = json!([{ "code": " Spring-26 ", "maxUses": 5 }, { "code": "été_1" }]);
    let added = staff.mutate(DISCOUNT_CODES_ADD, json!({ "discountId": id, "codes": codes })).await.ok();
    assert_eq!((&added["codes"][0]["code"], &added["codes"][0]["maxUses"]), (&json!("Spring-26"), &json!(5)));
    assert_eq!((&added["codes"][1]["code"], &added["codes"][1]["maxUses"]), (&json!("été_1"), &Value::Null));
    let discount = staff.query(DISCOUNT, json!({ "id": id })).await.data()["discount"].take();
    assert_eq!(discount["codes"]["totalCount"], 2);
    assert_eq!(discount["codes"]["nodes"][1]["discount"]["id"], id);
    assert_eq!(discount["version"], 1, "codes are no change of the discount");
    let code = added["codes"][0]["id"].clone();
    staff.mutate(DISCOUNT_CODE_DELETE, json!({ "id": code })).await.ok();
    assert_eq!(rows(&app).await.3.len(), 1);
    for (action, count) in [("discountCodesAdd", 1), ("discountCodeDelete", 1)] {
        assert_eq!(app.audited(action).await.len(), count, "{action}");
    }
    let db = app.services().db.connection();
    let used = discount_code::Entity::update_many().col_expr(discount_code::Column::Used, Expr::value(1_i64));
    used.exec(db).await.unwrap();
    let input = json!({ "id": added["codes"][1]["id"] });
    staff.mutate(DISCOUNT_CODE_DELETE, input).await.rejected("DiscountInUse").at("input.id");
    let gone = staff.mutate(DISCOUNT_CODE_DELETE, json!({ "id": NO_CODE })).await;
    assert_eq!(gone.rejected("NotFound").at("input.id")["id"], NO_CODE);
    assert_eq!(rows(&app).await.3.len(), 1);
}

#[tokio::test]
async fn codes_that_cannot_be_are_refused_and_none_is_added() {
    let (app, staff) = shop().await;
    let other = new_code(&staff, "Taken", json!({})).await;
    let id = new_discount(&staff, json!({})).await;
    let automatic = new_discount(&staff, json!({ "isAutomatic": true })).await;
    let before = rows(&app).await;
    for (codes, at, problem) in [
        (json!([]), "codes", "OUT_OF_RANGE"),
        (json!(vec![json!({ "code": "x" }); 101]), "codes", "OUT_OF_RANGE"),
        (json!([{ "code": "" }]), "codes.0.code", "REQUIRED"),
        (json!([{ "code": "a" }, { "code": "x".repeat(51) }]), "codes.1.code", "TOO_LONG"),
        (json!([{ "code": "a b" }]), "codes.0.code", "INVALID_FORMAT"),
        (json!([{ "code": "a\nb" }]), "codes.0.code", "FORBIDDEN_CHARACTER"),
        (json!([{ "code": "10%" }]), "codes.0.code", "INVALID_FORMAT"),
        (json!([{ "code": "a" }, { "code": "A" }]), "codes.1.code", "TAKEN"),
        (json!([{ "code": "a" }, { "code": "tÀken" }]), "codes.1.code", "TAKEN"),
        (json!([{ "code": "a", "maxUses": 0 }]), "codes.0.maxUses", "OUT_OF_RANGE"),
    ] {
        let input = json!({ "discountId": id, "codes": codes });
        let error = staff.mutate(DISCOUNT_CODES_ADD, input).await.rejected("InvalidField");
        assert_eq!(error.at(&format!("input.{at}"))["problem"], problem, "{codes}");
    }
    for (field, value) in
        [("count", json!(0)), ("count", json!(1_001)), ("length", json!(7)), ("length", json!(25))]
    {
        let mut input = json!({ "discountId": id, "count": 1 });
        input[field] = value.clone();
        let error = staff.mutate(DISCOUNT_CODES_GENERATE, input).await.rejected("InvalidField");
        assert_eq!(error.at(&format!("input.{field}"))["problem"], "OUT_OF_RANGE", "{field} {value}");
    }
    let prefix = json!({ "discountId": id, "count": 1, "prefix": "a b" });
    let error = staff.mutate(DISCOUNT_CODES_GENERATE, prefix).await.rejected("InvalidField");
    assert_eq!(error.at("input.prefix")["problem"], "INVALID_FORMAT");
    let one = json!([{ "code": "a" }]);
    let error = staff.mutate(DISCOUNT_CODES_ADD, json!({ "discountId": automatic, "codes": one })).await;
    assert_eq!(error.rejected("InvalidField").at("input.discountId")["problem"], "INCONSISTENT");
    let error = staff.mutate(DISCOUNT_CODES_GENERATE, json!({ "discountId": automatic, "count": 1 })).await;
    assert_eq!(error.rejected("InvalidField").at("input.discountId")["problem"], "INCONSISTENT");
    let missing = staff.mutate(DISCOUNT_CODES_ADD, json!({ "discountId": NO_DISCOUNT, "codes": one })).await;
    assert_eq!(missing.rejected("NotFound").at("input.discountId")["id"], NO_DISCOUNT);
    let missing =
        staff.mutate(DISCOUNT_CODES_GENERATE, json!({ "discountId": NO_DISCOUNT, "count": 1 })).await;
    assert_eq!(missing.rejected("NotFound").at("input.discountId")["id"], NO_DISCOUNT);
    assert_ne!(other, id);
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn generated_codes_are_unique_and_readable() {
    let (app, staff) = shop().await;
    let id = new_discount(&staff, json!({})).await;
    let mut counts = Vec::new();
    let mut all = HashSet::new();
    for count in [10, 1_000] {
        let input = json!({ "discountId": id, "count": count, "prefix": "VIP-", "length": 8 });
        let (made, statements) = app.counting_statements(staff.mutate(DISCOUNT_CODES_GENERATE, input)).await;
        counts.push(statements);
        let made = made.ok()["codes"].take();
        assert_eq!(made.as_array().unwrap().len(), count);
        for code in made.as_array().unwrap() {
            let random = code.as_str().unwrap().strip_prefix("VIP-").unwrap();
            assert!(random.len() == 8 && !random.contains(['0', 'O', '1', 'I']), "{code}");
            assert_eq!(random, random.to_uppercase());
            assert!(all.insert(code.clone()), "{code}");
        }
    }
    assert_eq!(counts[0], counts[1]);
    let codes = rows(&app).await.3;
    assert_eq!(codes.len(), 1_010);
    assert!(codes.iter().all(|code| code.max_uses == Some(1)), "one order each by default");
    assert_eq!(app.audited("discountCodesGenerate").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn code_that_two_add_at_once_is_added_once() {
    let (app, staff) = shop().await;
    let id = new_discount(&staff, json!({})).await;
    for number in 0..5 {
        let codes = json!([{ "code": format!("Code{number}") }]);
        let add = || staff.mutate(DISCOUNT_CODES_ADD, json!({ "discountId": id, "codes": codes }));
        let (a, b) = join(add(), add()).await;
        let refused = if a.is_ok() { b } else { a };
        assert_eq!(refused.rejected("InvalidField").at("input.codes.0.code")["problem"], "TAKEN");
    }
    assert_eq!(rows(&app).await.3.len(), 5);
}
