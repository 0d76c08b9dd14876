//! Writing into the address book.

use async_graphql::{Context, Object};
use entity::AddressId;

use super::{
    error::{AddressLimitReached, AddressNotFound},
    types::{
        AddressCreateError, AddressCreateInput, AddressCreatePayload, AddressDeleteError, AddressDeleteInput,
        AddressDeletePayload, AddressUpdateError, AddressUpdateInput, AddressUpdatePayload,
    },
};
use crate::{
    domain::address::{self, CreateAddressError, RemoveAddressError, UpdateAddressError},
    graphql::{
        context::ContextExt,
        cost::{STATEMENT, cost},
        error::ResolverError,
        id::Node,
    },
};

/// Mutations on addresses.
#[derive(Default)]
pub struct AddressMutation;

#[Object]
impl AddressMutation {
    /// Adds an address to the viewer's account, which can have 50. The first one becomes the default for both shipping and
    /// billing.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn address_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: AddressCreateInput,
    ) -> Result<AddressCreatePayload, ResolverError> {
        let errors = match address::create(ctx.op(), input.into()).await {
            Ok(row) => return Ok(AddressCreatePayload { address: Some(row.into()), errors: Vec::new() }),
            Err(CreateAddressError::Invalid(fields)) => {
                fields.into_iter().map(|field| AddressCreateError::Invalid(field.into())).collect()
            }
            Err(error @ CreateAddressError::LimitReached { .. }) => {
                vec![AddressCreateError::LimitReached(AddressLimitReached::new(error.to_string()))]
            }
            Err(CreateAddressError::Fault(fault)) => return Err(fault.into()),
        };
        Ok(AddressCreatePayload { address: None, errors })
    }

    /// Changes an address of the viewer's account. What the input leaves out stays.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn address_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which address, and what changes.")] input: AddressUpdateInput,
    ) -> Result<AddressUpdatePayload, ResolverError> {
        let id = AddressId::from_global(&input.id, "input.id")?;
        let errors = match address::update(ctx.op(), id, input.into()).await {
            Ok(row) => return Ok(AddressUpdatePayload { address: Some(row.into()), errors: Vec::new() }),
            Err(error @ UpdateAddressError::NotFound) => {
                vec![AddressUpdateError::NotFound(AddressNotFound::new(error.to_string()))]
            }
            Err(UpdateAddressError::Invalid(fields)) => {
                fields.into_iter().map(|field| AddressUpdateError::Invalid(field.into())).collect()
            }
            Err(UpdateAddressError::Fault(fault)) => return Err(fault.into()),
        };
        Ok(AddressUpdatePayload { address: None, errors })
    }

    /// Deletes an address of the viewer's account. If it was a default one, none takes its place.
    #[graphql(directive = cost::apply(STATEMENT))]
    async fn address_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which address.")] input: AddressDeleteInput,
    ) -> Result<AddressDeletePayload, ResolverError> {
        let id = AddressId::from_global(&input.id, "input.id")?;
        match address::remove(ctx.op(), id).await {
            Ok(()) => Ok(AddressDeletePayload { deleted_id: Some(id.global()), errors: Vec::new() }),
            Err(error @ RemoveAddressError::NotFound) => {
                let error = AddressNotFound::new(error.to_string());
                Ok(AddressDeletePayload {
                    deleted_id: None,
                    errors: vec![AddressDeleteError::NotFound(error)],
                })
            }
            Err(RemoveAddressError::Fault(fault)) => Err(fault.into()),
        }
    }
}
