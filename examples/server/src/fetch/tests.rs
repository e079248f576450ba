//! Fetch tests on an in-memory network of names and addresses, whose connections go to servers on
//! this machine.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::http::StatusCode;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::*;

const PUBLIC: &str = "93.184.216.34";

/// The resolver's responses in order, the server behind each address, and the requested names and
/// addresses.
#[derive(Default)]
struct Map {
    names: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    servers: HashMap<SocketAddr, SocketAddr>,
    trusted: Vec<CertificateDer<'static>>,
    resolved: Mutex<Vec<String>>,
    connected: Mutex<Vec<SocketAddr>>,
}

impl Map {
    /// Sets the addresses of a name; another call sets those of the next lookup.
    fn name(self, name: &str, addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.names.lock().unwrap().entry(name.to_owned()).or_default().push(addresses);
        self
    }

    fn server(mut self, address: &str, server: SocketAddr) -> Self {
        self.servers.insert(address.parse().unwrap(), server);
        self
    }

    fn connected(&self) -> Vec<String> {
        self.connected.lock().unwrap().iter().map(ToString::to_string).collect()
    }

    async fn fetch(&self, url: &str) -> Result<Fetched, Failure> {
        fetch_over(self, url, &FetchLimits::new(false)).await
    }
}

impl Network for Map {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.resolved.lock().unwrap().push(name.to_owned());
        let mut names = self.names.lock().unwrap();
        let answers = names.get_mut(name).filter(|answers| !answers.is_empty()).ok_or(ErrorKind::NotFound)?;
        Ok(answers.remove(0))
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        self.connected.lock().unwrap().push(address);
        let server = self.servers.get(&address).ok_or(ErrorKind::ConnectionRefused)?;
        TcpStream::connect(server).await
    }

    fn tls(&self) -> io::Result<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.trusted.iter().cloned());
        network::trusting(roots)
    }
}

/// A server that sends the same bytes to every client, and records the request.
async fn server(answer: impl Into<Vec<u8>>) -> (SocketAddr, Arc<Mutex<String>>) {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let received = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).await.unwrap_or(0);
            kept.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
            let _ = stream.write_all(&answer).await;
        }
    });
    (address, received)
}

async fn file() -> SocketAddr {
    server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbytes").await.0
}

async fn redirect(status: u16, location: &str) -> SocketAddr {
    server(format!("HTTP/1.1 {status} x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")).await.0
}

/// The message of a failed fetch, whose status is 400.
fn refusal(result: Result<Fetched, Failure>) -> String {
    let failure = result.unwrap_err();
    assert_eq!(failure.status(), StatusCode::BAD_REQUEST, "{}", failure.message());
    failure.message().to_owned()
}

#[tokio::test]
async fn a_file_is_fetched_from_the_address_that_was_checked() {
    let (address, received) = server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbytes").await;
    let map = Map::default().name("example.com", &[PUBLIC]).server(&format!("{PUBLIC}:80"), address);
    let fetched = map.fetch("http://example.com/a/cat%20x.jpg?b=c#d").await.unwrap();
    assert_eq!((&fetched.bytes[..], fetched.filename.as_deref()), (&b"bytes"[..], Some("cat x.jpg")));
    let received = received.lock().unwrap().clone();
    assert!(received.starts_with("GET /a/cat%20x.jpg?b=c HTTP/1.1\r\nhost: example.com\r\n"), "{received}");
    assert_eq!(map.connected(), [format!("{PUBLIC}:80")]);
}

#[tokio::test]
async fn a_name_is_resolved_once_so_that_a_second_answer_has_no_effect() {
    let map = Map::default()
        .name("rebind.example", &[PUBLIC])
        .name("rebind.example", &["127.0.0.1"])
        .server(&format!("{PUBLIC}:80"), file().await)
        .server("127.0.0.1:80", server("HTTP/1.1 200 OK\r\n\r\nsecret").await.0);
    assert_eq!(&map.fetch("http://rebind.example/").await.unwrap().bytes[..], b"bytes");
    assert_eq!(map.resolved.lock().unwrap().len(), 1);
    let error = refusal(map.fetch("http://rebind.example/").await);
    assert!(error.contains("not public"), "{error}");
    assert_eq!(map.connected(), [format!("{PUBLIC}:80")]);
}

#[tokio::test]
async fn addresses_that_are_not_public_are_never_connected_to() {
    let secret = server("HTTP/1.1 200 OK\r\n\r\nsecret").await.0;
    for address in ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00:ec2::254"] {
        let bracketed = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        let map = Map::default()
            .name("inside.example", &[address])
            .name("mixed.example", &[PUBLIC, address])
            .server(&format!("{bracketed}:80"), secret)
            .server(&format!("{PUBLIC}:80"), secret);
        for host in ["inside.example", "mixed.example", &bracketed] {
            let error = refusal(map.fetch(&format!("http://{host}/")).await);
            assert!(error.contains("not public"), "{host}: {error}");
        }
        assert!(map.connected().is_empty(), "{address}: {:?}", map.connected());
    }
    for url in ["http://127.1/", "http://0x7f.1/", "http://2130706433/", "http://0/", "http://[::]/"] {
        let error = refusal(Map::default().fetch(url).await);
        assert!(error.contains("not public"), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_redirect_to_an_address_that_is_not_public_is_refused() {
    let secret = server("HTTP/1.1 200 OK\r\n\r\nsecret").await.0;
    for (location, reason) in [
        ("http://127.0.0.1/", "not public"),
        ("http://169.254.169.254/latest/meta-data/", "not public"),
        ("//[::ffff:10.0.0.1]/", "not public"),
        ("http://inside.example/", "not public"),
        ("http://user:password@example.com/", "password"),
        ("http://example.com:6379/", "port 6379"),
        ("file:///etc/passwd", "\"file\""),
        ("http://unknown.example/", "cannot be reached"),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let map = Map::default()
                .name("example.com", &[PUBLIC])
                .name("inside.example", &["192.168.0.1"])
                .server(&format!("{PUBLIC}:80"), redirect(status, location).await)
                .server("127.0.0.1:80", secret)
                .server("169.254.169.254:80", secret)
                .server("192.168.0.1:80", secret);
            let error = refusal(map.fetch("http://example.com/").await);
            assert!(error.contains(reason), "{location}: {error}");
            assert_eq!(map.connected(), [format!("{PUBLIC}:80")], "{location}");
        }
    }
}

#[tokio::test]
async fn three_redirects_are_followed_and_not_a_fourth() {
    let chain = async |length: usize| {
        let mut map = Map::default();
        for hop in 0..length {
            let server = redirect(302, &format!("http://h{}.example/x", hop + 1)).await;
            map = map.name(&format!("h{hop}.example"), &[&format!("8.8.4.{hop}")]);
            map = map.server(&format!("8.8.4.{hop}:80"), server);
        }
        map.name(&format!("h{length}.example"), &[PUBLIC]).server(&format!("{PUBLIC}:80"), file().await)
    };
    let fetched = chain(3).await.fetch("http://h0.example/first.png").await.unwrap();
    assert_eq!((&fetched.bytes[..], fetched.filename.as_deref()), (&b"bytes"[..], Some("first.png")));
    let map = chain(4).await;
    let error = refusal(map.fetch("http://h0.example/").await);
    assert!(error.contains("more than 3 times"), "{error}");
    assert_eq!(map.connected().len(), 4);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_read() {
    let limit = 10_000_000;
    let exact = "x".repeat(limit);
    for (head, body, fits) in [
        (format!("Content-Length: {limit}\r\n"), exact.clone(), true),
        (format!("Content-Length: {}\r\n", limit + 1), String::new(), false),
        // No length is declared, or a wrong one.
        ("Connection: close\r\n".to_owned(), format!("{exact}x"), false),
        (
            "Transfer-Encoding: chunked\r\n".to_owned(),
            format!("{:x}\r\n{exact}x\r\n0\r\n\r\n", limit + 1),
            false,
        ),
    ] {
        let address = server(format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}")).await.0;
        let map = Map::default().name("example.com", &[PUBLIC]).server(&format!("{PUBLIC}:80"), address);
        let result = map.fetch("http://example.com/").await;
        match result {
            Ok(fetched) => assert!(fits && fetched.bytes.len() == limit, "{head}"),
            Err(failure) => {
                assert_eq!(failure.status(), StatusCode::PAYLOAD_TOO_LARGE, "{head}: {}", failure.message());
                assert!(!fits, "{head}");
            }
        }
    }
}

#[tokio::test]
async fn a_slow_server_is_abandoned_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").await;
            // Sends one byte at a time, so that no pause is long.
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });
    let map = Map::default().name("example.com", &[PUBLIC]).server(&format!("{PUBLIC}:80"), address);
    let limits = FetchLimits { time: Duration::from_millis(200), ..FetchLimits::new(false) };
    let started = Instant::now();
    let error = refusal(fetch_over(&map, "http://example.com/", &limits).await);
    assert!(error.contains("within 200ms"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn errors_name_the_host_and_the_reason() {
    for (answer, reason) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "status 404"),
        ("HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\n\r\n", "status 206"),
        ("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "status 302"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "invalid HTTP response"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "invalid HTTP response"),
        ("", "invalid HTTP response"),
    ] {
        let address = server(answer).await.0;
        let map = Map::default().name("example.com", &[PUBLIC]).server(&format!("{PUBLIC}:80"), address);
        let error = refusal(map.fetch("http://example.com/").await);
        assert!(error.contains(reason) && error.contains("example.com"), "{answer:?}: {error}");
    }
}

#[tokio::test]
async fn the_next_address_is_tried() {
    let map = Map::default()
        .name("example.com", &["2606:4700::1", PUBLIC])
        .server(&format!("{PUBLIC}:80"), file().await);
    assert!(map.fetch("http://example.com/").await.is_ok());
    assert_eq!(map.connected(), ["[2606:4700::1]:80", &format!("{PUBLIC}:80")]);
    let error = refusal(Map::default().name("example.com", &[]).fetch("http://example.com/").await);
    assert!(error.contains("cannot be reached"), "{error}");
}

#[tokio::test]
async fn tests_may_allow_private_addresses_and_ports() {
    let address = file().await;
    let url = format!("http://{address}/x.png");
    assert!(fetch(&url, &FetchLimits::new(false)).await.is_err());
    let fetched = fetch(&url, &FetchLimits::new(true)).await.unwrap();
    assert_eq!(&fetched.bytes[..], b"bytes");
    let url = format!("http://localhost:{}/x.png", address.port());
    assert_eq!(&fetch(&url, &FetchLimits::new(true)).await.unwrap().bytes[..], b"bytes");
}

/// A server with a self-signed certificate for `example.com`.
async fn tls_server() -> (SocketAddr, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["example.com".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbytes").await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (address, cert.der().clone())
}

#[tokio::test]
async fn a_certificate_must_be_trusted_and_match_the_name() {
    let (address, certificate) = tls_server().await;
    let map = || {
        Map::default()
            .name("example.com", &[PUBLIC])
            .name("other.example", &[PUBLIC])
            .server(&format!("{PUBLIC}:443"), address)
    };
    let mut trusting = map();
    trusting.trusted.push(certificate);
    assert_eq!(&trusting.fetch("https://example.com/").await.unwrap().bytes[..], b"bytes");
    let error = refusal(trusting.fetch("https://other.example/").await);
    assert!(error.contains("TLS handshake"), "{error}");
    let error = refusal(map().fetch("https://example.com/").await);
    assert!(error.contains("TLS handshake"), "{error}");
}
