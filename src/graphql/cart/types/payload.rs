//! Payloads of the mutations of carts.

use async_graphql::ID;

use super::{Cart, InsufficientStock, NotSoldInCurrency};
use crate::{
    domain::cart,
    graphql::kit::{
        id::Node,
        member::{AnyNode, Conflict, InvalidField, NotFound, RateLimited},
        payload::payload,
    },
};

payload! {
    /// Payload of `cartCreate`.
    CartCreatePayload {
        /// The cart; null on failure.
        cart: Cart,
        /// Token of a guest's cart, shown only here; null for the cart of an account, and when a cookie holds it.
        token: String,
    }
    /// Failure of `cartCreate`.
    CartCreateError: InvalidField, InsufficientStock, NotSoldInCurrency;
    from cart::CreateError {
        Invalid(invalid) => InvalidField from invalid,
        InvalidFields(list) => each InvalidField from list,
        InsufficientStock(list) => each InsufficientStock from list,
        NotSoldInCurrency(list) => each NotSoldInCurrency from list,
    }
}

payload! {
    /// Payload of `cartLinesAdd`.
    CartLinesAddPayload {
        /// The cart after the change; null on failure.
        cart: Cart,
    }
    /// Failure of `cartLinesAdd`.
    CartLinesAddError: NotFound, Conflict, InvalidField, InsufficientStock, NotSoldInCurrency;
    from cart::LinesError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Conflict(present) => Conflict { current: Some(AnyNode::new(Cart::from(*present))) } at "expectedVersion",
        Invalid(invalid) => InvalidField from invalid,
        InsufficientStock(list) => each InsufficientStock from list,
        NotSoldInCurrency(list) => each NotSoldInCurrency from list,
    }
}

payload! {
    /// Payload of `cartLinesUpdate`.
    CartLinesUpdatePayload {
        /// The cart after the change; null on failure.
        cart: Cart,
    }
    /// Failure of `cartLinesUpdate`.
    CartLinesUpdateError: NotFound, Conflict, InvalidField, InsufficientStock, NotSoldInCurrency;
    from cart::LinesError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Conflict(present) => Conflict { current: Some(AnyNode::new(Cart::from(*present))) } at "expectedVersion",
        Invalid(invalid) => InvalidField from invalid,
        InsufficientStock(list) => each InsufficientStock from list,
        NotSoldInCurrency(list) => each NotSoldInCurrency from list,
    }
}

payload! {
    /// Payload of `cartLinesRemove`.
    CartLinesRemovePayload {
        /// The cart after the change; null on failure.
        cart: Cart,
    }
    /// Failure of `cartLinesRemove`.
    CartLinesRemoveError: NotFound, Conflict, InvalidField;
    from cart::ChangeError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Conflict(present) => Conflict { current: Some(AnyNode::new(Cart::from(*present))) } at "expectedVersion",
        Invalid(invalid) => InvalidField from invalid,
        InvalidFields(list) => each InvalidField from list,
    }
}

payload! {
    /// Payload of `cartUpdate`.
    CartUpdatePayload {
        /// The cart after the change; null on failure.
        cart: Cart,
    }
    /// Failure of `cartUpdate`.
    CartUpdateError: NotFound, Conflict, InvalidField;
    from cart::ChangeError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Conflict(present) => Conflict { current: Some(AnyNode::new(Cart::from(*present))) } at "expectedVersion",
        Invalid(invalid) => InvalidField from invalid,
        InvalidFields(list) => each InvalidField from list,
    }
}

payload! {
    /// Payload of `cartShippingMethodSet`.
    CartShippingMethodSetPayload {
        /// The cart after the change; null on failure.
        cart: Cart,
    }
    /// Failure of `cartShippingMethodSet`.
    CartShippingMethodSetError: NotFound, Conflict, InvalidField;
    from cart::ChangeError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Conflict(present) => Conflict { current: Some(AnyNode::new(Cart::from(*present))) } at "expectedVersion",
        Invalid(invalid) => InvalidField from invalid,
        InvalidFields(list) => each InvalidField from list,
    }
}

payload! {
    /// Payload of `cartDiscountCodesSet`.
    CartDiscountCodesSetPayload {
        /// The cart after the change; null on failure.
        cart: Cart,
    }
    /// Failure of `cartDiscountCodesSet`.
    CartDiscountCodesSetError: NotFound, Conflict, InvalidField;
    throttled from cart::CodesSetError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Conflict(present) => Conflict { current: Some(AnyNode::new(Cart::from(*present))) } at "expectedVersion",
        Invalid(invalid) => InvalidField from invalid,
    }
}

payload! {
    /// Payload of `cartNoticesDismiss`.
    CartNoticesDismissPayload {
        /// The cart after the change; null on failure.
        cart: Cart,
    }
    /// Failure of `cartNoticesDismiss`.
    CartNoticesDismissError: NotFound, Conflict, InvalidField;
    from cart::ChangeError {
        NotFound(id) => NotFound { id: id.global() } at "id",
        Conflict(present) => Conflict { current: Some(AnyNode::new(Cart::from(*present))) } at "expectedVersion",
        Invalid(invalid) => InvalidField from invalid,
        InvalidFields(list) => each InvalidField from list,
    }
}

payload! {
    /// Payload of `cartDelete`.
    CartDeletePayload {
        /// Global id of the deleted cart; null on failure.
        deleted_id: ID,
    }
    /// Failure of `cartDelete`.
    CartDeleteError: NotFound;
    from cart::DeleteError {
        NotFound(id) => NotFound { id: id.global() } at "id",
    }
}
