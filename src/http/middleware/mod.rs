//! Middleware around every request: request id and trace, compression, CORS.

mod compression;
mod cross_origin;
mod request_id;
mod trace;

pub(super) use self::{
    compression::{Compression, NotCompressed},
    cross_origin::CrossOrigin,
    request_id::{RequestId, RequestIdEndpoint, on_panic},
};
