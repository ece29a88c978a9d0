//! Listens, and holds each connection to its limits.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use axum::Extension;
use axum::Router;
use axum::middleware::from_fn_with_state;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rapport_model::time::SECOND;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::bucket::Buckets;
use super::guard::{Peer, guard};
use super::{api, board, figures, inbound, pages};
use crate::api::Desks;
use crate::app::App;
use crate::config::http::HttpConfig;
use crate::service::Stop;

/// Headers of a request, all together, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How many links to the pages for colleagues one address can ask for at once.
const DOORS_BURST: i64 = 5;
/// And how many for long, a second.
const DOORS_A_SECOND: i64 = 1;

/// How many forms one address can send at once.
const FORMS_BURST: i64 = 6;
/// And after how long another one.
const FORM_EVERY: i64 = 30 * SECOND;

/// What a client may do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a client may take to send its headers, or say nothing between two requests.
    pub head_within: Duration,
    /// How long a request may take, with its body and our answer to it.
    pub request_within: Duration,
    /// How long a connection may be used, and may then take to end.
    pub connection_within: Duration,
    /// How many connections there are at once; further ones wait.
    pub connections_max: usize,
    /// How many requests one address can make at once.
    pub burst: i64,
    /// How many it can make for long, a second.
    pub a_second: i64,
    /// How many requests programs of one address can make at once, whatever their tokens.
    pub programs_burst: i64,
    /// How many they can make for long, a second.
    pub programs_a_second: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_within: Duration::from_secs(10),
            request_within: Duration::from_secs(20),
            connection_within: Duration::from_secs(60),
            connections_max: 256,
            burst: 60,
            a_second: 2,
            programs_burst: 1_000,
            programs_a_second: 200,
        }
    }
}

/// What all requests share.
pub(super) struct Shared {
    pub(super) app: Arc<App>,
    pub(super) limits: Limits,
    pub(super) buckets: Mutex<Buckets<IpAddr>>,
    pub(super) programs: Mutex<Buckets<IpAddr>>,
    pub(super) desks: Desks,
    /// How often each address sends a form.
    pub(super) forms: Mutex<Buckets<IpAddr>>,
    /// How often each address sends records without proof of who it is.
    pub(super) wrong: Mutex<Buckets<IpAddr>>,
    /// Held by whoever takes records in.
    pub(super) inbound: tokio::sync::Mutex<()>,
    /// How often each address asks for a link to the pages for colleagues.
    pub(super) doors: Mutex<Buckets<IpAddr>>,
}

/// A port that is ours.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    place: SocketAddr,
    limits: Limits,
}

impl Server {
    /// Takes the port of a configuration; nothing if it has none.
    ///
    /// # Errors
    /// The port cannot be had; the error says which and what to do.
    pub async fn bind(config: &HttpConfig, limits: Limits) -> anyhow::Result<Option<Self>> {
        let Some(place) = config.listen else { return Ok(None) };
        let bound = async {
            let listener = TcpListener::bind(place).await?;
            let place = listener.local_addr()?;
            Ok::<_, std::io::Error>(Self { listener, place, limits })
        };
        bound.await.map(Some).with_context(|| {
            format!("cannot listen on {place}: end the program that does, or change http.listen")
        })
    }

    /// Returns where it listens.
    pub fn place(&self) -> SocketAddr {
        self.place
    }

    /// Serves until `stop` asks for an end; then what was asked is still answered.
    pub async fn serve(self, app: &Arc<App>, stop: &Stop) {
        let buckets = Mutex::new(Buckets::new(self.limits.burst, self.limits.a_second));
        let programs = Mutex::new(Buckets::new(self.limits.programs_burst, self.limits.programs_a_second));
        let http = &app.config.http;
        let desks = Desks::new(http.api_burst, http.api_a_second, http.api_wrong_burst);
        let forms = Mutex::new(Buckets::slow(FORMS_BURST, FORM_EVERY));
        let doors = Mutex::new(Buckets::new(DOORS_BURST, DOORS_A_SECOND));
        let shared = Arc::new(Shared {
            app: app.clone(),
            limits: self.limits,
            buckets,
            programs,
            desks,
            forms,
            wrong: Mutex::new(Buckets::new(http.api_wrong_burst, 1)),
            inbound: tokio::sync::Mutex::new(()),
            doors,
        });
        let router = Router::new()
            .merge(api::router(&shared))
            .merge(figures::router(&shared))
            .merge(board::router(&shared))
            .merge(inbound::router())
            .merge(pages::router(&shared))
            .layer(from_fn_with_state(shared.clone(), guard))
            .with_state(shared);
        let free = Arc::new(Semaphore::new(self.limits.connections_max));
        let mut connections = tokio::task::JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            let accepted = async {
                let permit = free.clone().acquire_owned().await;
                (self.listener.accept().await, permit)
            };
            let (accepted, permit) = tokio::select! {
                accepted = accepted => accepted,
                () = stop.stopped() => break,
            };
            let Ok((stream, peer)) = accepted else {
                // Too many files are open, say: others end meanwhile.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let router = router.clone().layer(Extension(Peer(peer.ip())));
            let (stop, limits) = (stop.clone(), self.limits);
            connections.spawn(async move {
                let _permit = permit;
                hold(stream, router, &limits, &stop).await;
            });
        }
        // What was begun is answered before the store is closed.
        while connections.join_next().await.is_some() {}
    }
}

/// Answers what comes on one connection, for as long as it may be used.
async fn hold(stream: TcpStream, router: Router, limits: &Limits, stop: &Stop) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut served = std::pin::pin!(served);
    tokio::select! {
        // Whoever hangs up, or sends what is no HTTP, is nothing to be told of.
        _ = served.as_mut() => return,
        () = tokio::time::sleep(limits.connection_within) => {}
        () = stop.stopped() => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(limits.request_within, served).await;
}
