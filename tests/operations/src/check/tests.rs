use super::{Checked, Source, check};

const SCHEMA: &str = "type Query { shop(name: String!): Shop node: Node found(kinds: [Kind!]): [Shop!]! } enum Kind { SHOP } interface Node { id: ID! }
    type Shop implements Node { id: ID! name: String! } type Mutation { rename(input: RenameInput!): Shop close: Shop }
    input RenameInput { name: String! } type Subscription { closed: Boolean! }";

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

fn checked(files: &[&str]) -> Checked {
    let files: Vec<_> = files
        .iter()
        .enumerate()
        .map(|(at, text)| source(&format!("operations/{at}.graphql"), text))
        .collect();
    check(&source("schema.graphql", SCHEMA), &files)
}

#[test]
fn operations_become_constants_with_their_fragments() {
    let checked = checked(&[
        "query TheShop { shop(name: \"a\") { ...Outer } } subscription Closed { closed }",
        "fragment Outer on Shop { ...Inner } fragment Inner on Shop { name }
         mutation Rename($input: RenameInput!) { renamed: rename(input: $input) { id } }",
    ]);
    assert_eq!(checked.errors, [""; 0]);
    let constants: Vec<_> = checked.operations.iter().map(|operation| operation.constant()).collect();
    let expected = [
        "/// `TheShop` in `operations/0.graphql:1`.\n\
         pub(crate) const THE_SHOP: crate::support::Query = crate::support::Query { text: \"query TheShop { shop(name: \\\"a\\\") \
         { ...Outer } }\\nfragment Outer on Shop { ...Inner }\\nfragment Inner on Shop { name }\" };\n",
        "/// `Closed` in `operations/0.graphql:1`.\n\
         pub(crate) const CLOSED: crate::support::Subscription = crate::support::Subscription \
         { text: \"subscription Closed { closed }\" };\n",
        "/// `Rename` in `operations/1.graphql:2`.\n\
         pub(crate) const RENAME: crate::support::Mutation = crate::support::Mutation { text: \"mutation \
         Rename($input: RenameInput!) { renamed: rename(input: $input) { id } }\", field: \"renamed\" };\n",
    ];
    assert_eq!(constants, expected);
}

/// Each fault is in the second file, on its second line.
#[test]
fn faults_are_reported_with_file_and_line() {
    for (fault, message) in [
        ("query A { shop(name: 1) { id } }", "`1` is no `String!`"),
        ("query A { shop(name: null) { id } }", "`null` is no `String!`"),
        ("query A { shop(name: [\"a\"]) { id } }", "is no `String!`"),
        ("query A { shop { id } }", "`Query.shop` needs `name`"),
        ("query A { shop(name: \"a\", size: 1) { id } }", "`Query.shop` takes no `size`"),
        ("query A { shop(name: \"a\") { size } }", "there is no field `Shop.size`"),
        ("query A { shop(name: \"a\") }", "`Query.shop` needs a selection of the fields of `Shop`"),
        ("query A { node { id { size } } }", "`Node.id` is `ID`, without fields to select"),
        ("query A { found(kinds: [SHOP, SHIP]) { id } }", "`SHIP` is no `Kind!`"),
        ("query A { found(kinds: \"SHOP\") { id } }", "`\"SHOP\"` is no `Kind!`"),
        (
            "query A($kind: Kind!) { found(kinds: $kind) { id } }",
            "`$kind` is `Kind!`, which does not fit `[Kind!]`",
        ),
        ("query A($name: String!) { node { id } }", "`$name` is never used"),
        ("query A($name: Shop) { shop(name: $name) { id } }", "`$name` is of no input type: `Shop`"),
        ("query A { shop(name: $name) { id } }", "`$name` is not defined"),
        (
            "query A($name: String) { shop(name: $name) { id } }",
            "`$name` is `String`, which does not fit `String!`",
        ),
        ("query A($name: String! = 1) { shop(name: $name) { id } }", "`1` is no `String!`"),
        ("query A { node { ...Missing } }", "there is no fragment `Missing`"),
        ("query A { node { ... on Missing { id } } }", "there is no type `Missing` with fields"),
        ("query A { node { id } } fragment Unused on Shop { id }", "the fragment `Unused` is never used"),
        ("query A { node { ...F } } fragment F on Shop { size }", "there is no field `Shop.size`"),
        ("query A { node { ... on Query { node { id } } } }", "`Node` is never `Query`"),
        ("query Known { node { id } }", "the operation `Known` is defined more than once"),
        ("query A { node { id }", "expected"),
        ("query A @size { node { id } }", "`@size`: there are no directives here"),
        ("query A { node @skip(if: true) { id } }", "`@skip`: there are no directives here"),
        (
            "mutation A($input: Missing!) { rename(input: $input) { id } }",
            "`$input` is of no input type: `Missing!`",
        ),
        ("mutation A { rename(input: {}) { id } }", "`RenameInput` needs `name`"),
        ("mutation A { rename(input: { name: \"a\", size: 1 }) { id } }", "`RenameInput` takes no `size`"),
        ("mutation A { rename(input: \"a\") { id } }", "`\"a\"` is no `RenameInput!`"),
        ("mutation A($name: String!) { rename(input: { name: $name }) { id } }", "no variable but `$input`"),
        ("mutation A { close { id } again: close { id } }", "a mutation has one field"),
        ("{ node { id } }", "needs a name like"),
        ("query close_it { node { id } }", "needs a name like"),
    ] {
        let Checked { operations, errors } = checked(&["query Known { node { id } }", &format!("\n{fault}")]);
        assert!(
            errors.iter().all(|error| error.starts_with("operations/1.graphql:2: ")),
            "{fault}: {errors:#?}"
        );
        assert!(errors.iter().any(|error| error.contains(message)), "{fault}: {errors:#?}");
        assert_eq!(operations[0].name, "Known", "others are there all the same");
    }
}
