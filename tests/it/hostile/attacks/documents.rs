//! Documents that are too much of something.

use super::{Attack, document, many};

/// Brackets within brackets.
pub(super) fn nesting() -> Vec<Attack> {
    let nested = |open: &str, within: &str, close: &str, levels: usize| {
        format!("{}{within}{}", open.repeat(levels), close.repeat(levels))
    };
    let mut attacks = vec![];
    for levels in [30, 99, 20_000] {
        let list = nested("[", "1", "]", levels);
        let object = nested("{a:", "1", "}", levels);
        attacks.extend([
            document(format!("nesting: sets, {levels}"), nested("{ me ", "{ id }", "}", levels)),
            document(format!("nesting: a list, {levels}"), format!("{{ nodes(ids: {list}) {{ id }} }}")),
            document(
                format!("nesting: an object, {levels}"),
                format!("{{ products(filter: {object}) {{ totalCount }} }}"),
            ),
            document(
                format!("nesting: a default, {levels}"),
                format!("query($a: [ID!] = {list}) {{ nodes(ids: $a) {{ id }} }}"),
            ),
            document(
                format!("nesting: a type, {levels}"),
                format!("query($a: {}) {{ me {{ id }} }}", nested("[", "Int", "]!", levels)),
            ),
            document(
                format!("nesting: inline fragments, {levels}"),
                format!("{{ me {{ {} }} }}", nested("... { ", "id", "}", levels)),
            ),
            document(
                format!("nesting: typed fragments, {levels}"),
                format!("{{ me {{ {} }} }}", nested("... on Account { ", "id", "}", levels)),
            ),
            document(
                format!("nesting: a directive's value, {levels}"),
                format!("{{ me @skip(if: {list}) {{ id }} }}"),
            ),
            document(
                format!("nesting: after an open block string, {levels}"),
                format!("{{ nodes(ids: [\"\"\"x\" {list}]) {{ id }} }}"),
            ),
            document(
                format!("nesting: after open text, {levels}"),
                format!("{{ nodes(ids: [\"x\n {list}]) {{ id }} }}"),
            ),
            document(format!("nesting: without an end, {levels}"), "{ me ".repeat(levels)),
            document(
                format!("nesting: lists without an end, {levels}"),
                format!("{{ a(b: {}", "[".repeat(levels)),
            ),
            document(
                format!("nesting: after comments, {levels}"),
                format!("{{ a(b: [ # \"\"\"\n{list}\n# \"\"\"\n]) }}"),
            ),
        ]);
    }
    let categories = nested("children { ", "id", "}", 13);
    attacks.push(document(
        "nesting: lists of lists",
        format!("{{ categories {{ nodes {{ {categories} }} }} }}"),
    ));
    let products = nested("variants { product { ", "id", "} }", 7);
    attacks.push(document(
        "nesting: there and back",
        format!("{{ products(first: 100) {{ nodes {{ {products} }} }} }}"),
    ));
    attacks
}

/// Much of one kind.
pub(super) fn crowds() -> Vec<Attack> {
    let doubled = |levels: usize| {
        let fragments = many(levels, |n| format!("fragment F{n} on Account {{ ...F{0} ...F{0} }} ", n + 1));
        format!("{fragments} fragment F{levels} on Account {{ id }}")
    };
    let dense = |count: usize| {
        many(count, |n| {
            let spreads = many(count - n - 1, |m| format!("...F{} ", n + m + 1));
            format!("fragment F{n} on Account {{ id {spreads} }} ")
        })
    };
    let plan = "fragment F0 on Category { ...F1 ...F1 } ".to_owned()
        + &many(9, |n| format!("fragment F{} on Category {{ ...F{1} ...F{1} }} ", n + 1, n + 2))
        + "fragment F10 on Category { children { id } }";
    [
        ("aliases", format!("{{ me {{ {} }} }}", many(50_000, |n| format!("a{n}:id ")))),
        ("aliases within the tokens", format!("{{ me {{ {} }} }}", many(3_000, |n| format!("a{n}:id ")))),
        ("tokens", format!("{{ {} }}", "a ".repeat(100_000))),
        ("a root field", format!("{{ {} }}", "me { id } ".repeat(2_400))),
        ("a root field 50 times", format!("{{ {} }}", "me { id } ".repeat(50))),
        ("root fields", format!("{{ {} }}", many(50, |n| format!("a{n}: products(first: {n}) {{ totalCount }} ")))),
        ("a field", format!("{{ products(first: 2) {{ nodes {{ {} }} }} }}", "id ".repeat(4_900))),
        ("introspected fields", format!("{{ __schema {{ types {{ {} }} }} }}", "description ".repeat(1_200))),
        ("unknown fields", format!("{{ me {{ {} }} }}", many(4_900, |n| format!("f{n} ")))),
        ("unknown fields alike", format!("{{ me {{ {} }} }}", many(4_900, |n| format!("{}{n} ", "email".repeat(7))))),
        ("unknown arguments", format!("{{ product({}) {{ id }} }}", many(3_200, |n| format!("slugg{n}:1 ")))),
        ("unknown directives", format!("{{ me {{ {} }} }}", many(3_000, |n| format!("id @skipp{n} ")))),
        ("unknown input fields", format!("{{ products(filter: {{ {} }}) {{ totalCount }} }}", many(3_200, |n| format!("searc{n}:1 ")))),
        ("unknown types", format!("query({}) {{ me {{ id }} }}", many(2_400, |n| format!("$a{n}:Bollean ")))),
        ("an argument again", format!("{{ product({}) {{ id }} }}", "slug: \"a\" ".repeat(3_200))),
        ("an input field again", format!("{{ products(filter: {{ {} }}) {{ totalCount }} }}", "search: \"a\" ".repeat(3_200))),
        ("a variable again", format!("query({}) {{ me {{ id }} }}", "$a:Int ".repeat(2_400))),
        ("variables that nobody uses", format!("query({}) {{ me {{ id }} }}", many(2_400, |n| format!("$a{n}:Int ")))),
        ("variables", format!("query({}) {{ {} }}", many(800, |n| format!("$a{n}:Boolean=true ")), many(800, |n| format!("me @skip(if:$a{n}) {{ id }} ")))),
        ("variables that are not there", format!("query {} {{ nodes(ids: [{}]) {{ id }} }}", "N".repeat(250), many(4_900, |n| format!("$a{n} ")))),
        ("directives", format!("{{ me {} {{ id }} }}", "@skip(if: false) ".repeat(1_600))),
        ("directives everywhere", format!("{{ me {{ {} }} }}", many(150, |_| format!("id {} ", "@include(if: true) ".repeat(10))))),
        ("operations", many(1_900, |n| format!("query A{n} {{ me }} "))),
        ("operations without names", "{ me { id } } ".repeat(1_600)),
        ("operations of one name", "query A { me { id } } ".repeat(1_200)),
        ("fragments", format!("{{ me {{ {} }} }} {}", many(1_000, |n| format!("...F{n} ")), many(1_000, |n| format!("fragment F{n} on Account {{ id }} ")))),
        ("fragments that nobody uses", format!("{{ me {{ id }} }} {}", many(1_200, |n| format!("fragment F{n} on Account {{ id }} ")))),
        ("fragments of one name", format!("{{ me {{ ...F }} }} {}", "fragment F on Account { id } ".repeat(1_200))),
        ("fragments that are not there", format!("{{ me {{ {} }} }}", many(4_900, |n| format!("...F{n} ")))),
        ("a chain", format!("{{ me {{ ...F0 }} }} {} fragment F1200 on Account {{ id }}", many(1_200, |n| format!("fragment F{n} on Account {{ ...F{} }} ", n + 1)))),
        ("a chain that nobody uses", format!("{{ me {{ id }} }} {} fragment F1200 on Account {{ id }}", many(1_200, |n| format!("fragment F{n} on Account {{ ...F{} }} ", n + 1)))),
        ("doubled", format!("{{ me {{ ...F0 }} }} {}", doubled(29))),
        ("doubled within the limit", format!("{{ me {{ ...F0 }} }} {}", doubled(10))),
        ("doubled and not used", format!("{{ me {{ id }} }} {}", doubled(29))),
        ("doubled in many operations", format!("{} {}", many(300, |n| format!("query A{n} {{ me {{ ...F0 }} }} ")), doubled(29))),
        ("doubled to plan", format!("query {{ categories {{ nodes {{ ...F0 }} }} }} {plan}")),
        ("each in all others", format!("{{ me {{ ...F0 }} }} {}", dense(90))),
        ("each in all others, not used", format!("{{ me {{ id }} }} {}", dense(90))),
        ("a circle", "{ me { ...A } } fragment A on Account { ...A }".to_owned()),
        ("a circle of two", "{ me { ...A } } fragment A on Account { id ...B } fragment B on Account { email ...A }".to_owned()),
        ("a circle through inline fragments", "{ me { ...A } } fragment A on Account { ... { ... on Account { ...A } } }".to_owned()),
        ("a circle that nobody uses", "{ me { id } } fragment A on Account { ...B } fragment B on Account { ...A }".to_owned()),
        ("a circle of 1,000", format!("{{ me {{ ...F0 }} }} {}", many(1_000, |n| format!("fragment F{n} on Account {{ ...F{} }} ", (n + 1) % 1_000)))),
        ("conflicts", format!("{{ me {{ {} }} }}", "a: id a: email ".repeat(50))),
        ("conflicts of arguments", format!("{{ {} }}", many(50, |n| format!("products(first: {n}) {{ totalCount }} ")))),
        ("conflicts in fragments", format!("{{ me {{ {} }} }}", "... on Account { a: id a: email } ".repeat(50))),
        ("logins", format!("mutation {{ {} }}", many(50, |n| format!("a{n}: login(input: {{ email: \"a@b.example\", password: \"x\" }}) {{ errors {{ __typename }} }} ")))),
        ("9 logins", format!("mutation {{ {} }}", many(9, |n| format!("a{n}: login(input: {{ email: \"a@b.example\", password: \"x\" }}) {{ errors {{ __typename }} }} ")))),
        ("ids", format!("{{ nodes(ids: [{}]) {{ id }} }}", "\"x\" ".repeat(9_900))),
        ("numbers", format!("{{ nodes(ids: [{}]) {{ id }} }}", "1 ".repeat(9_900))),
    ]
    .map(|(name, text)| document(format!("many: {name}"), text))
    .into()
}

/// Long texts of a document.
pub(super) fn texts() -> Vec<Attack> {
    let slug = |text: &str| format!("{{ product(slug: {text}) {{ id }} }}");
    let fill = |text: &str| text.repeat(240_000 / text.len());
    [
        ("blanks", format!("{{ me {{ id {} }} }}", fill(" "))),
        ("blanks between all", format!("{{ me {{ {} }} }}", format!("id{}", " ".repeat(50)).repeat(4_000))),
        ("commas", format!("{{ me {{ id {} }} }}", fill(","))),
        ("line ends", format!("{{ me {{ id {} }} }}", "\n".repeat(120_000))),
        ("byte order marks", format!("{{ me {{ id {} }} }}", fill("\u{feff}"))),
        ("a comment", format!("#{}\n{{ me {{ id }} }}", fill("x"))),
        ("a comment and nothing else", format!("#{}", fill("{"))),
        ("comments", format!("{}{{ me {{ id }} }}", "#\n".repeat(80_000))),
        ("comments of escapes", format!("#{}\n{{ me {{ id }} }}", "\\u{".repeat(60_000))),
        ("escaped zeros", format!("#\\u{{{}\n{{ me {{ id }} }}", fill("0"))),
        ("escapes of zeros", format!("#{}\n{{ me {{ id }} }}", "\\u{0".repeat(45_000))),
        ("backslashes", format!("#{}\n{{ me {{ id }} }}", "\\".repeat(120_000))),
        ("a name", format!("{{ {} }}", fill("n"))),
        ("a known name with more", format!("{{ me {{ id{} }} }}", fill("d"))),
        (
            "an operation's name",
            format!(
                "query {}({}) {{ me {{ id }} }}",
                "N".repeat(200_000),
                many(2_000, |n| format!("$a{n}:Int "))
            ),
        ),
        ("an alias", format!("{{ {}: me {{ id }} }}", fill("a"))),
        (
            "a fragment's name",
            format!("{{ me {{ ...{0} }} }} fragment {0} on Account {{ id }}", "F".repeat(100_000)),
        ),
        ("a type's name", format!("query($a: {}) {{ me {{ id }} }}", fill("T"))),
        ("an enum value", format!("{{ products(sort: {{ key: {} }}) {{ totalCount }} }}", fill("E"))),
        ("a text", slug(&format!("\"{}\"", fill("x")))),
        ("a text of another script", slug(&format!("\"{}\"", fill("\u{65e5}")))),
        ("a text without an end", slug(&format!("\"{}", fill("x")))),
        ("escapes", slug(&format!("\"{}\"", "\\\"".repeat(60_000)))),
        ("escaped characters", slug(&format!("\"{}\"", "\\u00e9".repeat(35_000)))),
        ("half surrogates", slug(&format!("\"{}\"", "\\ud83d".repeat(1_000)))),
        ("pairs of surrogates", slug("\"\\ud83d\\ude00\"")),
        ("a block string", slug(&format!("\"\"\"{}\"\"\"", fill("x")))),
        ("lines of a block string", slug(&format!("\"\"\"{}\"\"\"", "\n  x".repeat(45_000)))),
        ("empty lines of a block string", slug(&format!("\"\"\"{}\"\"\"", "\n".repeat(120_000)))),
        ("quotes of a block string", slug(&format!("\"\"\"{}\"\"\"", "\"\" ".repeat(60_000)))),
        ("escaped quotes of a block string", slug(&format!("\"\"\"{}\"\"\"", "\\\"\"\"".repeat(28_000)))),
        ("block strings", format!("{{ nodes(ids: [{}]) {{ id }} }}", "\"\"\"x\"\"\" ".repeat(9_000))),
        ("empty texts", format!("{{ nodes(ids: [{}]) {{ id }} }}", "\"\"".repeat(9_900))),
        ("quotes", "\"".repeat(120_000)),
        ("an open block string", slug(&format!("\"\"\"{}", fill("x")))),
        ("open block strings", slug(&format!("\"\"\"{}", " \" \\\"\"\"".repeat(25_000)))),
        ("an integer", format!("{{ products(first: {}) {{ totalCount }} }}", fill("9"))),
        ("an integer of 250 digits", format!("{{ products(first: {}) {{ totalCount }} }}", "9".repeat(250))),
        ("a fraction", format!("{{ products(first: 0.{}) {{ totalCount }} }}", fill("9"))),
        ("an exponent", "{ products(first: 1e999999) { totalCount } }".to_owned()),
        (
            "an exponent of 200 digits",
            format!("{{ products(first: 1e-{}) {{ totalCount }} }}", "9".repeat(200)),
        ),
        ("minus signs", format!("{{ products(first: {}1) {{ totalCount }} }}", "-".repeat(5_000))),
        ("points", fill(".")),
        ("signs", fill("!$&()...:=@[]{|}")),
        ("emoji", fill("\u{1f600}")),
        ("characters from right to left", format!("{{ me {{ id {} }} }}", "\u{202e}".repeat(1_000))),
        ("a directive's arguments", format!("{{ me @skip(if: true, {}) {{ id }} }}", "a: 1 ".repeat(3_000))),
    ]
    .map(|(name, text)| document(format!("text: {name}"), text))
    .into()
}
