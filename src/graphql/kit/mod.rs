//! Building blocks of types and resolvers: context, errors, payloads, ids, lists, loaders, scalars, costs, permissions.
//! Independent of the nouns.

pub mod context;
pub mod cookie;
pub mod cost;
pub mod error;
pub mod id;
pub mod listing;
pub mod load;
pub mod loader;
pub mod member;
pub mod page;
pub mod payload;
pub mod permission;
pub mod scalar;
