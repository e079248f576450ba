//! [`Network`]: resolves names to addresses, and connects to addresses.
//!
//! In: a name, or a checked address. Out: addresses, or a connection to exactly that address. It is
//! a trait so that tests can observe the connections. Must not decide what is allowed.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

pub(super) trait Network: Sync {
    /// Resolves a name to its addresses.
    fn resolve(&self, name: &str) -> impl Future<Output = io::Result<Vec<IpAddr>>> + Send;

    /// Connects to exactly this address.
    fn connect(&self, address: SocketAddr) -> impl Future<Output = io::Result<TcpStream>> + Send;

    /// The TLS configuration with the trusted certificates.
    fn tls(&self) -> io::Result<Arc<ClientConfig>>;
}

/// The network of the operating system.
pub(super) struct System;

impl Network for System {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect(address).await
    }

    fn tls(&self) -> io::Result<Arc<ClientConfig>> {
        static SYSTEM: OnceLock<Arc<ClientConfig>> = OnceLock::new();
        if let Some(config) = SYSTEM.get() {
            return Ok(Arc::clone(config));
        }
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            return Err(io::Error::other(format!(
                "this machine has no root certificates: {:?}",
                found.errors
            )));
        }
        let config = trusting(roots)?;
        Ok(Arc::clone(SYSTEM.get_or_init(|| config)))
    }
}

/// A TLS client configuration that trusts these roots.
pub(super) fn trusting(roots: RootCertStore) -> io::Result<Arc<ClientConfig>> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
