//! The listener: takes connections, bounds what each may hold and for how long, and ends in order.
//!
//! In: an address, a router, bounds. Out: when it returns, the process may end. Connections speak HTTP/1.1 only: each has one
//! request at a time, so that the number of connections bounds the number of requests. Must not know what is asked or answered.

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

/// What a connection reads ahead, which bounds the head of a request, too: enough for any URL and cookies that a browser sends.
const READ_AHEAD: usize = 64 * 1024;

/// After a failure to accept, which is most often for want of file handles: time for others to close theirs.
const PAUSE: Duration = Duration::from_millis(100);

/// No load balancer needs longer to see that it should send nothing more.
const LONGEST_NOTICE: Duration = Duration::from_secs(5);

/// The bounds of connections.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Beyond it, connections wait in the kernel's backlog.
    pub(crate) max_connections: usize,
    /// How long the head of a request may take, and how long a connection may be idle.
    pub(crate) header: Duration,
    /// How long a client may take nothing of an answer. The body of a request: [`bodies_in_time`].
    pub(crate) body: Duration,
    /// How long the process goes on after a signal to end.
    pub(crate) drain: Duration,
    /// Where others see the state of the listener.
    pub(crate) serving: Arc<Serving>,
}

/// The state of the listener, for readiness and metrics.
#[derive(Debug, Default)]
pub(crate) struct Serving {
    draining: AtomicBool,
    connections: AtomicUsize,
}

impl Serving {
    /// Whether the process was told to end.
    pub(crate) fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// How many connections are open.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Why the process should end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// From who runs the service: load balancers are to be told first.
    Terminate,
    /// From a keyboard, where nobody wants to wait.
    Interrupt,
}

/// Serves `router` until SIGTERM or SIGINT, and then until the last request is answered or `settings.drain` is over. A second signal
/// ends it at once.
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
        // Those who were not told yet still send requests.
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
    tracing::warn!(connections = serving.connections(), by, "connections are cut");
}

/// The next signal; never, if there can be none.
async fn next(signals: &mut mpsc::Receiver<Signal>) -> Signal {
    match signals.recv().await {
        Some(signal) => signal,
        None => std::future::pending().await,
    }
}

/// Accepts connections. Those that are open end when it is dropped.
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

    /// Accepts until `end`, whose value it returns.
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
        // An answer's head and body are written at once; nothing is gained by waiting for more.
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

    /// Takes no more connections, ends those that are idle, and waits for the requests of the others.
    async fn finish(self) {
        let Self { socket, graceful, mut connections, .. } = self;
        drop(socket);
        graceful.shutdown().await;
        while connections.join_next().await.is_some() {}
    }
}

/// The next connection, once there is a place for it: until then it waits in the kernel's backlog.
async fn accept(socket: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let place = match Arc::clone(places).acquire_owned().await {
        Ok(place) => place,
        // The semaphore is never closed.
        Err(_) => std::future::pending().await,
    };
    loop {
        match socket.accept().await {
            Ok((stream, _)) => return (stream, place),
            // Of the connection, which has gone again.
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

/// The signals that the process gets from now on.
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

/// The signals that the process gets from now on.
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
