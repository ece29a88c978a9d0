//! `rapport audit export`: who changed what, and who looked at what, for a program that watches.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use rapport_model::reads::{ReadWay, ReadWhat};
use rapport_model::{Id, Timestamp};
use rapport_storage::reads::{Read, Reads};
use rapport_storage::trail::Step;
use rapport_storage::{Access, Store};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::channel::tls::tls;
use crate::cli::Common;

/// Steps that are read at once.
const PORTION: u32 = 2_000;
/// Facility 13 (log audit), severity 6 (informational).
const PRIORITY: u8 = 13 * 8 + 6;
/// The name of our part of a message. The number is the one that RFC 5612 keeps for documentation: we
/// have none of our own.
const ELEMENT: &str = "rapport@32473";
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// What to export, and where to.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// From when on: 2026-11-20T02:00:00Z or 2026-11-20 [default: the beginning]
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Up to when, not included [default: now]
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// A syslog server instead of standard output: tls://HOST:6514, tcp://HOST:601 or, on this machine,
    /// udp://127.0.0.1:514
    #[arg(long, value_name = "URL")]
    syslog: Option<String>,
    /// Certificates in PEM that are trusted beside the public ones, for tls://
    #[arg(long, value_name = "FILE")]
    ca_file: Option<std::path::PathBuf>,
}

/// Where messages go.
enum Sink {
    Lines,
    Stream(Box<dyn AsyncWrite + Unpin + Send>),
    Datagrams(UdpSocket),
}

/// Somebody looked at something within an hour. It is told again, with what it is then, once they look again.
#[derive(serde::Serialize)]
struct Seen {
    /// When last.
    at: Timestamp,
    /// When first, within the hour.
    first_at: Timestamp,
    /// `user:ID`, `token:NUMBER` or `operator`.
    actor: String,
    kind: &'static str,
    /// The customer; nothing for a list.
    record: Option<Id>,
    way: ReadWay,
    what: ReadWhat,
    n: i64,
}

impl Seen {
    fn of(read: &Read) -> Self {
        Self {
            at: read.last_at,
            first_at: read.first_at,
            actor: read.reader.actor(),
            kind: "read",
            record: read.customer,
            way: read.way,
            what: read.what,
            n: read.n,
        }
    }
}

impl Sink {
    async fn put<T: serde::Serialize>(
        &mut self,
        line: &T,
        message: impl Fn(&T) -> String,
    ) -> anyhow::Result<()> {
        match self {
            Self::Lines => println!("{}", serde_json::to_string(line)?),
            Self::Datagrams(socket) => {
                let sent = socket.send(message(line).as_bytes()).await;
                sent.context("cannot send to the syslog server")?;
            }
            Self::Stream(stream) => {
                // Octet counting (RFC 6587).
                let message = message(line);
                let framed = format!("{} {message}", message.len());
                stream.write_all(framed.as_bytes()).await.context("the syslog server broke off")?;
            }
        }
        Ok(())
    }
}

impl Export {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let store = common.store(Access::Read).await?;
        let since = self.since.as_deref().map_or(Ok(Timestamp::from_micros(0)), |text| common.time(text))?;
        let now = store.clock().now();
        let until = self.until.as_deref().map_or(Ok(now.plus(1)), |text| common.time(text))?;
        let mut sink = match &self.syslog {
            None => Sink::Lines,
            Some(url) => self.connect(url).await?,
        };
        let n = export(&store, (since, until), &mut sink).await?;
        if let Some(url) = &self.syslog {
            if common.json {
                println!("{}", serde_json::json!({ "sent": n, "to": url }));
            } else {
                println!("{n} changes and reads were sent to {url}.");
            }
        }
        store.close().await;
        Ok(ExitCode::SUCCESS)
    }

    async fn connect(&self, url: &str) -> anyhow::Result<Sink> {
        let hint = "write tls://HOST:PORT, tcp://HOST:PORT or udp://127.0.0.1:PORT";
        let (scheme, place) = url.split_once("://").with_context(|| format!("--syslog {url}: {hint}"))?;
        let (host, _) = place.rsplit_once(':').with_context(|| format!("--syslog {url}: {hint}"))?;
        let unreached = || format!("cannot reach {url}");
        let connect = async || {
            let connected = tokio::time::timeout(CONNECT_MAX, TcpStream::connect(place)).await;
            connected.context("no answer in 10 s").and_then(|done| Ok(done?)).with_context(unreached)
        };
        Ok(match scheme {
            "tcp" => Sink::Stream(Box::new(connect().await?)),
            "tls" => {
                let config = tls(self.ca_file.as_deref()).map_err(anyhow::Error::msg)?;
                let name = ServerName::try_from(host.to_owned()).with_context(unreached)?;
                let connecting = TlsConnector::from(config).connect(name, connect().await?);
                let connected = tokio::time::timeout(CONNECT_MAX, connecting).await;
                let connected = connected.context("no answer in 10 s").and_then(|done| Ok(done?));
                Sink::Stream(Box::new(connected.with_context(unreached)?))
            }
            "udp" => {
                let to: SocketAddr =
                    lookup_host(place).await.with_context(unreached)?.next().with_context(unreached)?;
                // What is lost on the way nobody would miss.
                anyhow::ensure!(to.ip().is_loopback(), "--syslog {url}: udp loses messages; use tls or tcp");
                let from = if to.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
                let socket = UdpSocket::bind(from).await?;
                socket.connect(to).await.with_context(unreached)?;
                Sink::Datagrams(socket)
            }
            other => bail!("--syslog {url}: {other} is not spoken here; {hint}"),
        })
    }
}

async fn export(store: &Store, stretch: (Timestamp, Timestamp), sink: &mut Sink) -> anyhow::Result<u64> {
    let (mut n, mut after) = (0, Id(i64::MIN));
    loop {
        let steps = store.trail(stretch, after, PORTION).await?;
        let Some(last) = steps.last() else { break };
        after = last.id;
        for step in &steps {
            n += 1;
            sink.put(step, message).await?;
        }
    }
    let (since, until) = stretch;
    let mut which = Reads { since: Some(since), until: Some(until), limit: PORTION, ..Reads::default() };
    loop {
        let reads = store.reads(&which).await?;
        let Some(last) = reads.last() else { break };
        which.after = Some(last.clone());
        for read in &reads {
            n += 1;
            sink.put(&Seen::of(read), seen).await?;
        }
    }
    if let Sink::Stream(stream) = sink {
        stream.flush().await?;
        stream.shutdown().await.context("the syslog server broke off")?;
    }
    Ok(n)
}

/// Writes a step as RFC 5424 has it.
fn message(step: &Step) -> String {
    let at = step.at.utc().format("%Y-%m-%dT%H:%M:%S%.6fZ");
    let fields = step.fields.join(",");
    let mut data = format!(
        "[{ELEMENT} id=\"{}\" act=\"{}\" actor=\"{}\" kind=\"{}\" record=\"{}\" op=\"{}\" fields=\"{}\"",
        step.id,
        step.act,
        escaped(&step.actor),
        escaped(&step.kind),
        step.record,
        escaped(&step.op),
        escaped(&fields)
    );
    if let Some(undoes) = step.undoes {
        data.push_str(&format!(" undoes=\"{undoes}\""));
    }
    format!("<{PRIORITY}>1 {at} - rapport - {} {data}] {} {} {}", step.op, step.actor, step.op, step.kind)
}

/// Writes a read as RFC 5424 has it.
fn seen(seen: &Seen) -> String {
    let time = |at: Timestamp| at.utc().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let Seen { actor, way, what, n, .. } = seen;
    let record = seen.record.map_or_else(String::new, |id| format!(" record=\"{id}\""));
    let data = format!(
        "[{ELEMENT} actor=\"{actor}\" kind=\"read\"{record} way=\"{way}\" what=\"{what}\" n=\"{n}\" first=\"{}\"",
        time(seen.first_at)
    );
    format!("<{PRIORITY}>1 {} - rapport - read {data}] {actor} read {what}", time(seen.at))
}

/// What a value of structured data may not hold as it is.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace(']', "\\]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_a_message_of_syslog() {
        let at = Timestamp::parse("2026-11-30T02:00:00.5Z").unwrap();
        let read = Seen {
            at,
            first_at: Timestamp::parse("2026-11-30T02:00:00Z").unwrap(),
            actor: "token:3".into(),
            kind: "read",
            record: Some(Id(9)),
            way: ReadWay::Api,
            what: ReadWhat::Card,
            n: 4,
        };
        assert_eq!(
            seen(&read),
            "<110>1 2026-11-30T02:00:00.500000Z - rapport - read [rapport@32473 actor=\"token:3\" kind=\"read\" \
             record=\"9\" way=\"api\" what=\"card\" n=\"4\" first=\"2026-11-30T02:00:00.000000Z\"] token:3 read \
             card"
        );
        let list = seen(&Seen { record: None, what: ReadWhat::List, ..read });
        assert!(!list.contains("record=") && list.ends_with("token:3 read list"), "{list}");
    }

    #[test]
    fn a_step_is_a_message_of_syslog() {
        let step = Step {
            id: Id(7),
            at: Timestamp::parse("2026-11-30T02:00:00.5Z").unwrap(),
            actor: "rule:a\"]b".into(),
            act: Id(5),
            undoes: Some(Id(3)),
            kind: "deal".into(),
            record: Id(9),
            op: "update".into(),
            fields: vec!["stage".into(), "owner".into()],
        };
        assert_eq!(
            message(&step),
            "<110>1 2026-11-30T02:00:00.500000Z - rapport - update [rapport@32473 id=\"7\" act=\"5\" \
             actor=\"rule:a\\\"\\]b\" kind=\"deal\" record=\"9\" op=\"update\" fields=\"stage,owner\" \
             undoes=\"3\"] rule:a\"]b update deal"
        );
    }
}
