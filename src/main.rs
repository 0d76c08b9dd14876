//! The `bodega` binary: the allocator, the TLS provider, and the command line.

use std::process::ExitCode;

/// A third less CPU for GraphQL answers than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    give_memory_back_soon();
    run()
}

/// Memory that is free goes back to the system after 10 ms, as in mimalloc 2. After a second, as in mimalloc 3, what a few
/// large answers needed stays with us under load: half as much again at the worst, for no measurable gain.
fn give_memory_back_soon() {
    /// `mi_option_purge_delay` in `mimalloc.h`, which the crate has no name for.
    const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
    #[allow(unsafe_code, reason = "not safe among other threads, of which there are none yet")]
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, 10);
    }
}

#[tokio::main]
async fn run() -> ExitCode {
    // Two providers are linked by our dependencies; without a choice the first TLS connection would panic.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("bodega: a TLS provider is installed already");
    }
    bodega::cli::run().await
}
