//! The reference server: a complete image service built on the library.
//!
//! In: the command line and a configuration. Out: a process that serves until it is asked to stop.
//! This file only wires the parts together; the head of each file describes its part.

mod accounts;
mod api;
mod config;
mod delivery;
mod failure;
mod fetch;
mod health;
mod listener;
mod log;
mod metrics;
mod objects;
mod page;
mod records;
mod renderers;
mod sweep;
mod upload;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use clap::Parser;
use cretula::Limits;
use tokio_rustls::rustls::crypto::ring;

use self::accounts::Accounts;
use self::config::{Arguments, Config};
use self::delivery::Derived;
use self::listener::Serving;
use self::metrics::Metrics;
use self::objects::Objects;
use self::records::Records;
use self::renderers::Renderers;

/// The state shared by all request handlers.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) accounts: Accounts,
    pub(crate) records: Records,
    pub(crate) objects: Objects,
    pub(crate) renderers: Renderers,
    pub(crate) derived: Derived,
    pub(crate) metrics: Metrics,
    pub(crate) serving: Arc<Serving>,
}

impl App {
    /// Opens the stores and starts the renderers. Errors are worded for the operator.
    async fn start(config: Config, accounts: Accounts) -> Result<Arc<Self>, String> {
        let mut limits = Limits::default();
        limits.max_memory_bytes = config.render_memory;
        limits.deadline = Some(config.render);
        let renderers =
            renderers::Settings { threads: config.renderers, response_time: config.response_time, limits };
        let objects = Objects::open(&config.objects)?;
        let records = Records::open(&config.database, &accounts).await;
        let records = records.map_err(|failure| format!("database: {failure}"))?;
        let metrics = Metrics::new();
        let renderers =
            Renderers::start(renderers, metrics.clone()).map_err(|error| format!("renderers: {error}"))?;
        Ok(Arc::new(Self {
            config,
            accounts,
            records,
            objects,
            renderers,
            derived: Derived::default(),
            metrics,
            serving: Arc::default(),
        }))
    }

    fn router(self: &Arc<Self>) -> Router {
        let router = Router::new()
            .merge(api::router())
            .merge(delivery::router())
            .merge(health::router())
            .merge(metrics::router())
            .merge(page::router())
            .with_state(Arc::clone(self));
        log::observed(listener::bodies_in_time(router, self.config.body), self.metrics.clone())
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Standard output is reserved for the log.
            let _ = writeln!(io::stderr(), "cretula-server: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), String> {
    let (config, accounts) = arguments.load(&mut io::stderr())?;
    log::start();
    // The S3 client needs a TLS provider and does not bring one. An error means that one is already
    // installed.
    let _ = ring::default_provider().install_default();
    let app = App::start(config, accounts).await?;
    let sweeping = tokio::spawn(sweep::run(Arc::clone(&app)));
    let Config { listen, max_connections, header, body, drain, .. } = app.config;
    let settings =
        listener::Settings { max_connections, header, body, drain, serving: Arc::clone(&app.serving) };
    let served = listener::serve(listen, app.router(), settings).await;
    sweeping.abort();
    served.map_err(|error| format!("{listen}: {error}"))
}
