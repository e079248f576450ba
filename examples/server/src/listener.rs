//! The listener: accepts connections, limits the resources and the time of each, and shuts down
//! gracefully.
//!
//! In: an address, a router, limits. Out: when it returns, the process may exit. Connections speak
//! HTTP/1.1 only: each has one request at a time, so the number of connections bounds the number of
//! requests. Must not know the content of requests or responses.

mod body;
mod stall;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

pub(crate) use self::body::bodies_in_time;
use self::stall::Stalling;

/// The read buffer of a connection, which also bounds the head of a request: enough for any URL and
/// cookies that a browser sends.
const READ_AHEAD: usize = 64 * 1024;

/// The pause after a failed accept, usually for lack of file handles: other connections get time to
/// close theirs.
const PAUSE: Duration = Duration::from_millis(100);

/// No load balancer needs longer to notice that the process is draining.
const LONGEST_NOTICE: Duration = Duration::from_secs(5);

/// The limits of connections.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Further connections wait in the kernel's backlog.
    pub(crate) max_connections: usize,
    /// The timeout for the head of a request, and for an idle connection.
    pub(crate) header: Duration,
    /// How long a client may stop reading a response. [`bodies_in_time`] bounds the body of a
    /// request.
    pub(crate) body: Duration,
    /// How long the process continues after a signal to stop.
    pub(crate) drain: Duration,
    /// The state of the listener, shared with other parts.
    pub(crate) serving: Arc<Serving>,
}

/// The state of the listener, for readiness and metrics.
#[derive(Debug, Default)]
pub(crate) struct Serving {
    draining: AtomicBool,
    connections: AtomicUsize,
}

impl Serving {
    /// Whether the process was asked to stop.
    pub(crate) fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// The number of open connections.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// The signal that stops the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// From the operator's process manager: load balancers must notice first.
    Terminate,
    /// From a keyboard: stops without that delay.
    Interrupt,
}

/// Serves `router` until SIGTERM or SIGINT, and then until the last request is answered or
/// `settings.drain` has passed. A second signal stops it at once.
pub(crate) async fn serve(listen: SocketAddr, router: Router, settings: Settings) -> io::Result<()> {
    let signals = signals()?;
    let socket = TcpListener::bind(listen).await?;
    tracing::info!(address = %socket.local_addr()?, "listening");
    run(socket, router, settings, signals).await;
    Ok(())
}

async fn run(socket: TcpListener, router: Router, settings: Settings, mut signals: mpsc::Receiver<Signal>) {
    let (drain, serving) = (settings.drain, Arc::clone(&settings.serving));
    let mut acceptor = Acceptor::new(socket, router, settings);
    let signal = acceptor.accept_until(next(&mut signals)).await;

    let deadline = Instant::now() + drain;
    serving.draining.store(true, Ordering::Relaxed);
    tracing::info!(signal = ?signal, seconds = drain.as_secs_f64(), "draining");
    if signal != Signal::Interrupt {
        // Clients that have not noticed yet still send requests.
        let noticed = sleep(LONGEST_NOTICE.min(drain / 4));
        let ended = acceptor
            .accept_until(async {
                tokio::select! { () = noticed => false, _ = next(&mut signals) => true }
            })
            .await;
        if ended {
            return cut(&serving, "a second signal");
        }
    }
    tokio::select! {
        drained = timeout_at(deadline, acceptor.finish()) => match drained {
            Ok(()) => tracing::info!("drained"),
            Err(_) => cut(&serving, "the deadline"),
        },
        _ = next(&mut signals) => cut(&serving, "a second signal"),
    }
}

fn cut(serving: &Serving, by: &str) {
    tracing::warn!(connections = serving.connections(), by, "closing open connections");
}

/// Waits for the next signal, forever if there can be none.
async fn next(signals: &mut mpsc::Receiver<Signal>) -> Signal {
    match signals.recv().await {
        Some(signal) => signal,
        None => std::future::pending().await,
    }
}

/// Accepts connections. Dropping it closes the open ones.
struct Acceptor {
    socket: TcpListener,
    places: Arc<Semaphore>,
    graceful: GracefulShutdown,
    connections: JoinSet<()>,
    http: http1::Builder,
    router: Router,
    settings: Settings,
}

impl Acceptor {
    fn new(socket: TcpListener, router: Router, settings: Settings) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(settings.header).max_buf_size(READ_AHEAD);
        let places = Arc::new(Semaphore::new(settings.max_connections.clamp(1, Semaphore::MAX_PERMITS)));
        let (graceful, connections) = (GracefulShutdown::new(), JoinSet::new());
        Self { socket, places, graceful, connections, http, router, settings }
    }

    /// Accepts connections until `end` completes, and returns its value.
    async fn accept_until<T>(&mut self, end: impl Future<Output = T>) -> T {
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                value = &mut end => return value,
                Some(_) = self.connections.join_next() => {}
                (stream, place) = accept(&self.socket, &self.places) => self.open(stream, place),
            }
        }
    }

    fn open(&mut self, stream: TcpStream, place: OwnedSemaphorePermit) {
        // The head and body of a response are written at once, so waiting for more gains nothing.
        let _ = stream.set_nodelay(true);
        let stream = TokioIo::new(Stalling::new(stream, self.settings.body));
        let service = TowerToHyperService::new(self.router.clone());
        let connection = self.graceful.watch(self.http.serve_connection(stream, service));
        let serving = Arc::clone(&self.settings.serving);
        self.connections.spawn(async move {
            let _open = Open::new(serving, place);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection");
            }
        });
    }

    /// Stops accepting, closes idle connections, and waits for the in-flight requests.
    async fn finish(self) {
        let Self { socket, graceful, mut connections, .. } = self;
        drop(socket);
        graceful.shutdown().await;
        while connections.join_next().await.is_some() {}
    }
}

/// The next connection, once a slot is free: until then it waits in the kernel's backlog.
async fn accept(socket: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let place = match Arc::clone(places).acquire_owned().await {
        Ok(place) => place,
        // The semaphore is never closed.
        Err(_) => std::future::pending().await,
    };
    loop {
        match socket.accept().await {
            Ok((stream, _)) => return (stream, place),
            // Concerns only this connection, which is already closed.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::error!(%error, "accepting a connection failed");
                sleep(PAUSE).await;
            }
        }
    }
}

/// An open connection, counted until it is dropped.
struct Open {
    serving: Arc<Serving>,
    _place: OwnedSemaphorePermit,
}

impl Open {
    fn new(serving: Arc<Serving>, place: OwnedSemaphorePermit) -> Self {
        serving.connections.fetch_add(1, Ordering::Relaxed);
        Self { serving, _place: place }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.serving.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The signals that the process receives from now on.
#[cfg(unix)]
fn signals() -> io::Result<mpsc::Receiver<Signal>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (sender, receiver) = mpsc::channel(2);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        loop {
            let signal = tokio::select! {
                _ = terminate.recv() => Signal::Terminate,
                _ = interrupt.recv() => Signal::Interrupt,
            };
            if sender.send(signal).await.is_err() {
                break;
            }
        }
    });
    Ok(receiver)
}

/// The signals that the process receives from now on.
#[cfg(not(unix))]
fn signals() -> io::Result<mpsc::Receiver<Signal>> {
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Signal::Interrupt).await.is_ok() {}
    });
    Ok(receiver)
}

#[cfg(test)]
mod tests;
