//! Tests of the listener from the client's side of real connections.

use axum::body::Bytes;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;

const SOON: Duration = Duration::from_secs(5);

/// A listener under test.
struct Running {
    address: SocketAddr,
    serving: Arc<Serving>,
    signals: mpsc::Sender<Signal>,
    /// Lets `/slow` respond.
    gate: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(change: impl FnOnce(&mut Settings)) -> Self {
        let serving = Arc::new(Serving::default());
        let mut settings = Settings {
            max_connections: 8,
            header: milliseconds(200),
            body: milliseconds(200),
            drain: Duration::from_secs(4),
            serving: Arc::clone(&serving),
        };
        change(&mut settings);
        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let router = Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/large", get(|| async { vec![0_u8; 64 << 20] }))
            .route("/slow", get(async move || opened.notified().await))
            .route("/upload", post(|body: Bytes| async move { body.len().to_string() }));
        let router = bodies_in_time(router, settings.body);
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (signals, received) = mpsc::channel(2);
        let task = tokio::spawn(run(socket, router, settings, received));
        Self { address, serving, signals, gate, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Opens a connection and sends this text.
    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// Waits until this many connections are open.
    async fn connections(&self, count: usize) {
        let counted = async {
            while self.serving.connections() != count {
                sleep(milliseconds(2)).await;
            }
        };
        timeout(SOON, counted).await.unwrap_or_else(|_| panic!("{} open", self.serving.connections()));
    }
}

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Reads until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A reset also counts as a close.
    let _ = timeout(SOON, stream.read_to_end(&mut text)).await.expect("the server closes");
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads what arrives within `time`; empty if the connection stays silent.
async fn arrived(stream: &mut TcpStream, time: Duration) -> String {
    let mut buffer = [0; 4096];
    let count = timeout(time, stream.read(&mut buffer)).await.map_or(0, |read| read.unwrap_or(0));
    String::from_utf8_lossy(&buffer[..count]).into_owned()
}

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const SLOW: &str = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";

#[tokio::test]
async fn a_connection_whose_request_head_never_ends_is_closed() {
    let running = Running::start(|_| {}).await;
    for beginning in ["", "GET / HT", "GET / HTTP/1.1\r\nX-A: 1\r\n"] {
        let started = Instant::now();
        let mut stream = running.send(beginning).await;
        let drip = async {
            loop {
                sleep(milliseconds(20)).await;
                if !beginning.is_empty() && stream.write_all(b"a").await.is_err() {
                    break;
                }
            }
        };
        let _ = timeout(milliseconds(400), drip).await;
        running.connections(0).await;
        assert!(!rest(&mut stream).await.contains("200 OK"), "{beginning:?}");
        assert!(started.elapsed() < SOON, "{beginning:?}");
    }
}

#[tokio::test]
async fn connections_are_kept_and_idle_ones_are_closed() {
    let running = Running::start(|_| {}).await;
    let mut stream = running.send(GET).await;
    assert!(arrived(&mut stream, SOON).await.ends_with("hello"));
    stream.write_all(GET.as_bytes()).await.unwrap();
    assert!(arrived(&mut stream, SOON).await.ends_with("hello"));
    assert_eq!(rest(&mut stream).await, "");
    running.connections(0).await;
}

#[tokio::test]
async fn a_slow_body_gets_408() {
    let running = Running::start(|settings| settings.header = SOON).await;
    let mut stream =
        running.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc").await;
    let started = Instant::now();
    let (mut reader, mut writer) = stream.split();
    let mut text = String::new();
    let drip = async {
        while writer.write_all(b"a").await.is_ok() {
            sleep(milliseconds(20)).await;
        }
    };
    tokio::select! {
        read = timeout(SOON, reader.read_to_string(&mut text)) => { let _ = read.unwrap(); }
        () = drip => {}
    }
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
    assert!(text.to_lowercase().contains("connection: close"), "{text}");
    assert!((milliseconds(150)..milliseconds(2000)).contains(&started.elapsed()));
}

#[tokio::test]
async fn a_body_that_arrives_in_time_is_accepted() {
    let running = Running::start(|_| {}).await;
    let body = "x".repeat(100_000);
    let mut stream = running
        .send(&format!("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
        .await;
    assert!(arrived(&mut stream, SOON).await.ends_with("\r\n\r\n100000"));
}

#[tokio::test]
async fn a_client_that_stops_reading_is_disconnected() {
    let running = Running::start(|_| {}).await;
    let _stream = running.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await;
    running.connections(1).await;
    running.connections(0).await;
}

#[tokio::test]
async fn connections_above_the_limit_wait_and_are_not_refused() {
    let running = Running::start(|settings| settings.max_connections = 2).await;
    let (first, _second) = (running.send(SLOW).await, running.send(SLOW).await);
    running.connections(2).await;
    let mut third = running.send(GET).await;
    assert_eq!(arrived(&mut third, milliseconds(100)).await, "");
    assert_eq!(running.serving.connections(), 2);
    drop(first);
    assert!(arrived(&mut third, SOON).await.ends_with("hello"));
}

#[tokio::test]
async fn a_client_that_disconnects_ends_its_request() {
    let running = Running::start(|_| {}).await;
    let stream = running.send(SLOW).await;
    running.connections(1).await;
    drop(stream);
    running.connections(0).await;
}

#[tokio::test]
async fn a_large_head_is_refused() {
    let running = Running::start(|_| {}).await;
    let mut stream = running.connect().await;
    let head = format!("GET / HTTP/1.1\r\nX-A: {}\r\n\r\n", "a".repeat(2 * READ_AHEAD));
    let _ = stream.write_all(head.as_bytes()).await;
    let answer = rest(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn draining_gives_notice_then_refuses_then_waits_for_in_flight_requests() {
    let running = Running::start(|settings| settings.header = SOON).await;
    let (mut slow, mut idle) = (running.send(SLOW).await, running.send(GET).await);
    assert!(arrived(&mut idle, SOON).await.ends_with("hello"));
    assert!(!running.serving.draining());

    let started = Instant::now();
    running.signals.send(Signal::Terminate).await.unwrap();
    sleep(milliseconds(200)).await;
    assert!(running.serving.draining(), "the state is visible at once");
    let mut late = running.send(GET).await;
    assert!(arrived(&mut late, SOON).await.ends_with("hello"), "a client that has not noticed yet is served");

    assert_eq!(rest(&mut idle).await, "");
    assert!(started.elapsed() >= milliseconds(900), "a quarter of four seconds");
    sleep(milliseconds(100)).await;
    assert!(TcpStream::connect(running.address).await.is_err(), "no new connections");
    assert!(!running.task.is_finished());

    running.gate.notify_one();
    assert!(rest(&mut slow).await.starts_with("HTTP/1.1 200 OK"));
    timeout(milliseconds(500), running.task).await.expect("ends before the deadline").unwrap();
}

#[tokio::test]
async fn the_drain_deadline_closes_open_connections() {
    let running = Running::start(|settings| settings.drain = milliseconds(400)).await;
    let mut slow = running.send(SLOW).await;
    running.connections(1).await;
    let started = Instant::now();
    running.signals.send(Signal::Terminate).await.unwrap();
    assert_eq!(rest(&mut slow).await, "");
    timeout(SOON, running.task).await.unwrap().unwrap();
    assert!((milliseconds(390)..milliseconds(1500)).contains(&started.elapsed()), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_interrupt_skips_the_notice_and_a_second_signal_stops_at_once() {
    let running = Running::start(|settings| settings.drain = Duration::from_secs(60)).await;
    let _slow = running.send(SLOW).await;
    running.connections(1).await;
    running.signals.send(Signal::Interrupt).await.unwrap();
    let refused = async {
        while TcpStream::connect(running.address).await.is_ok() {
            sleep(milliseconds(2)).await;
        }
    };
    timeout(milliseconds(1000), refused).await.expect("no new connections, without notice");
    running.signals.send(Signal::Interrupt).await.unwrap();
    timeout(milliseconds(1000), running.task).await.expect("ends at once").unwrap();
}
