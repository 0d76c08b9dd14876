//! The GraphQL operations of the tests, checked against `schema.graphql` when these are compiled.
//!
//! To add one, write it into the file of its noun in this folder, with a name that begins with its field's. `mutation
//! CustomerUpdate` is the constant `CUSTOMER_UPDATE` here, of the type [`Mutation`](crate::support::Mutation); there are
//! `Query` and `Subscription` too. A mutation has one field and one variable, `$input`. All files are one document:
//! `...Error` selects what tests read of any error. What is invalid fails the build with its line; what no test uses is
//! reported as dead code. A new file is read when the tests are compiled next, which its first use sees to.
//!
//! ```ignore
//! let payload = client.mutate(CUSTOMER_UPDATE, json!({ "id": id, "name": "Ada" })).await.ok();
//! client.mutate(CUSTOMER_UPDATE, json!({ "id": id, "name": "" })).await.rejected("InvalidField").at("input.name");
//! client.mutate(CUSTOMER_UPDATE, input).await.failed("FORBIDDEN", "CUSTOMERS_EDIT");
//! let me = client.query(ME, json!({})).await.data()["me"].take();
//! ```
//!
//! Text in the test itself ([`Client::run`](crate::support::Client::run), [`ask`](crate::support::Client::ask)) is for
//! operations that are invalid or generated, and for tests of the endpoint, to which the operation does not matter.

operations::operations!("schema.graphql", "tests/it/operations");
