use super::{Checked, Source, check};

const SCHEMA: &str = "type Query { shop(name: String!): Shop node: Node } interface Node { id: ID! }
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
         { ...Outer } } fragment Outer on Shop { ...Inner } fragment Inner on Shop { name }\" };\n",
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
        ("query A { shop(name: 1) { id } }", "expected value of type String!"),
        ("query A { shop { id } }", "the required argument `Query.shop(name:)` is not provided"),
        ("query A { shop(name: \"a\", size: 1) { id } }", "the argument `size` is not supported"),
        ("query A { shop(name: \"a\") { size } }", "does not have a field `size`"),
        ("query A { shop(name: \"a\") }", "must have a subselection set"),
        ("query A($name: String!) { node { id } }", "unused variable: `$name`"),
        ("query A { shop(name: $name) { id } }", "variable `$name` is not defined"),
        ("query A($name: String) { shop(name: $name) { id } }", "cannot be used for argument"),
        ("query A { node { ...Missing } }", "cannot find fragment `Missing`"),
        ("query A { node { id } } fragment Unused on Shop { id }", "fragment `Unused` must be used"),
        ("query A { node { ... on Query { node { id } } } }", "cannot be applied to `Node`"),
        ("query Known { node { id } }", "is defined multiple times"),
        ("query A { node { id }", "expected"),
        ("query A @size { node { id } }", "cannot find directive `@size`"),
        ("mutation A($input: Missing!) { rename(input: $input) { id } }", "cannot find type `Missing`"),
        ("mutation A($name: String!) { rename(input: { name: $name }) { id } }", "no variable but `$input`"),
        ("mutation A { close { id } again: close { id } }", "a mutation has one field"),
        ("{ node { id } }", "provide a name"),
        ("query close_it { node { id } }", "needs a name like"),
    ] {
        let Checked { operations, errors } = checked(&["query Known { node { id } }", &format!("\n{fault}")]);
        let errors = errors.join("\n");
        assert!(errors.contains("operations/1.graphql:2"), "{fault}: {errors}");
        assert!(errors.contains(message), "{fault}: {errors}");
        assert_eq!(operations[0].name, "Known", "others are there all the same");
    }
}
