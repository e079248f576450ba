//! Upload by URL: fetches a file for an untrusted client, and refuses addresses that the client
//! must not reach.
//!
//! In: a URL, limits. Out: bytes, and a filename. Each hop is checked separately: the text of its
//! URL is validated, its name is resolved once, every address is checked, and the connection goes
//! to one of exactly these addresses. So there is no second resolution that could return another
//! address, no proxy and no connection reuse. The type of the file is determined by a probe, not by
//! a header.

mod address;
mod network;
mod target;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use url::Host;

use self::network::{Network, System};
use self::target::Target;
use crate::failure::Failure;

/// The maximum number of concurrent fetches in a process. Further ones are refused: slow remote
/// hosts must not keep all uploads waiting.
static PLACES: Semaphore = Semaphore::const_new(16);

/// The retry delay: most fetches take less.
const RETRY: Duration = Duration::from_secs(2);

/// The connect timeout for one address of a name; then the next one is tried.
const CONNECT: Duration = Duration::from_secs(5);

/// The read buffer for a response, which also bounds its head.
const READ_AHEAD: usize = 64 * 1024;

const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// The limits of a fetch.
#[derive(Debug, Clone)]
pub(crate) struct FetchLimits {
    /// The maximum size of the file.
    pub(crate) bytes: u64,
    /// The deadline: from the first resolution to the last byte, over all redirects.
    pub(crate) time: Duration,
    /// The maximum number of redirects.
    pub(crate) redirects: u32,
    /// For tests: allows any address, on any port.
    pub(crate) allow_private_addresses: bool,
}

impl FetchLimits {
    /// The maximum size of an upload, and half a minute.
    pub(crate) fn new(allow_private_addresses: bool) -> Self {
        Self { bytes: 10_000_000, time: Duration::from_secs(30), redirects: 3, allow_private_addresses }
    }
}

/// A fetched file.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) bytes: Bytes,
    /// The last segment of the URL's path, if it is valid text. It may still break the rules for
    /// filenames.
    pub(crate) filename: Option<String>,
}

/// Fetches the file at `url`.
pub(crate) async fn fetch(url: &str, limits: &FetchLimits) -> Result<Fetched, Failure> {
    fetch_over(&System, url, limits).await
}

async fn fetch_over(network: &impl Network, url: &str, limits: &FetchLimits) -> Result<Fetched, Failure> {
    let first = Target::parse(url, limits).map_err(Failure::fetch)?;
    let filename = first.filename();
    let _place = PLACES.try_acquire().map_err(|_| Failure::overloaded(RETRY))?;
    let Ok(fetched) = timeout(limits.time, follow(network, first, limits)).await else {
        return Err(Failure::fetch(format!("the file did not arrive within {:?}", limits.time)));
    };
    Ok(Fetched { bytes: fetched?, filename })
}

/// Follows redirects until a response contains the file.
async fn follow(network: &impl Network, first: Target, limits: &FetchLimits) -> Result<Bytes, Failure> {
    let mut target = first;
    for _ in 0..=limits.redirects {
        match ask(network, &target, limits).await? {
            Answer::File(bytes) => return Ok(bytes),
            Answer::Elsewhere(location) => target = target.redirected(&location).map_err(Failure::fetch)?,
        }
    }
    Err(Failure::fetch(format!("the URL redirects more than {} times", limits.redirects)))
}

/// The response of one hop.
enum Answer {
    File(Bytes),
    Elsewhere(String),
}

/// Requests one hop.
async fn ask(network: &impl Network, target: &Target, limits: &FetchLimits) -> Result<Answer, Failure> {
    let stream = connect(network, target, limits).await?;
    if !target.is_https() {
        return exchange(stream, target, limits).await;
    }
    let tls = network.tls().map_err(|error| Failure::internal(format!("TLS: {error}")))?;
    let name = match target.host() {
        Host::Domain(name) => ServerName::try_from(name.to_owned()).map_err(|_| unreachable(target))?,
        Host::Ipv4(address) => ServerName::from(IpAddr::from(address)),
        Host::Ipv6(address) => ServerName::from(IpAddr::from(address)),
    };
    let stream = TlsConnector::from(tls).connect(name, stream).await;
    let stream = stream.map_err(|error| {
        Failure::fetch(format!("{} failed the TLS handshake: {error}", target.authority()))
    })?;
    exchange(stream, target, limits).await
}

/// Connects to one of the addresses of a host. All of them must be allowed: a host that mixes them
/// is not trusted.
async fn connect(
    network: &impl Network,
    target: &Target,
    limits: &FetchLimits,
) -> Result<TcpStream, Failure> {
    let addresses = match target.host() {
        Host::Domain(name) => network.resolve(name).await.map_err(|_| unreachable(target))?,
        Host::Ipv4(address) => vec![address.into()],
        Host::Ipv6(address) => vec![address.into()],
    };
    if !limits.allow_private_addresses && !addresses.iter().copied().all(address::is_public) {
        return Err(Failure::fetch(format!("{} has an address that is not public", target.authority())));
    }
    for address in addresses {
        let address = SocketAddr::new(address, target.port());
        if let Ok(Ok(stream)) = timeout(CONNECT, network.connect(address)).await {
            return Ok(stream);
        }
    }
    Err(unreachable(target))
}

/// Gives no more detail: it would reveal to untrusted clients what the server sees of its network.
fn unreachable(target: &Target) -> Failure {
    Failure::fetch(format!("{} cannot be reached", target.authority()))
}

/// Sends one request and reads its response. The connection is not reused.
async fn exchange<S>(stream: S, target: &Target, limits: &FetchLimits) -> Result<Answer, Failure>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let broken =
        |error| Failure::fetch(format!("{} sent an invalid HTTP response: {error}", target.authority()));
    let request = Request::get(target.path_and_query())
        .header(HOST, target.authority())
        .header(USER_AGENT, AGENT)
        .header(ACCEPT, "image/*")
        .header(ACCEPT_ENCODING, "identity")
        .body(Empty::<Bytes>::new())
        .map_err(|error| Failure::fetch(error.to_string()))?;

    let mut http = http1::Builder::new();
    http.max_buf_size(READ_AHEAD);
    let (mut sender, connection) = http.handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // Aborted when this function returns.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender.send_request(request).await.map_err(broken)?;

    match response.status() {
        StatusCode::OK => Ok(Answer::File(read(response.into_body(), limits.bytes, broken).await?)),
        status => match location(&response) {
            Some(location) => Ok(Answer::Elsewhere(location)),
            None => Err(Failure::fetch(format!(
                "{} responded with status {}",
                target.authority(),
                status.as_u16()
            ))),
        },
    }
}

/// The redirect target of a response.
fn location(response: &Response<Incoming>) -> Option<String> {
    match response.status().as_u16() {
        301 | 302 | 303 | 307 | 308 => {
            let location = response.headers().get(LOCATION)?;
            location.to_str().ok().map(ToOwned::to_owned)
        }
        _ => None,
    }
}

/// Reads the whole body if it is not larger than `limit`, regardless of `Content-Length`.
async fn read(
    mut body: Incoming,
    limit: u64,
    broken: impl Fn(hyper::Error) -> Failure,
) -> Result<Bytes, Failure> {
    let fits = |length: u64| {
        if length > limit { Err(Failure::fetch_too_large(limit)) } else { Ok(()) }
    };
    fits(body.size_hint().lower())?;
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(&broken)?.into_data() else {
            continue;
        };
        fits(u64::try_from(bytes.len() + data.len()).unwrap_or(u64::MAX))?;
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.into())
}
