//! `rapport bench mail`.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use rapport_model::Kind;
use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::sink::sink;
use super::words::texts;
use super::{Here, Speed, at_share, now, service, timed};
use crate::App;
use crate::channel::email::{ParseOptions, parse};
use crate::channel::lmtp;
use crate::cli::Common;
use crate::service::Stop;

/// What the house does with each mail.
const RULES: &str = "[[rule]]\nname = 'acknowledge'\ndo = [{ write = 'acknowledgement' }]\n";
/// A mail that is not acknowledged by then is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the service may take until it listens.
const START_MAX: Duration = Duration::from_secs(10);
/// Mails that are taken in together.
const TOGETHER: usize = 256;

/// From a mail that comes in by LMTP to its acknowledgement at a mail server, and how many mails are read,
/// stored and understood a second.
///
/// Both ways go over sockets of this machine; the mail server is the bench's own and takes everything.
/// Each mail is from somebody new, and the next comes when the one before was acknowledged. All is on
/// disk before it goes on, so it is the disk that is measured, too.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport bench mail --rounds 200 --messages 10000")]
pub(crate) struct MailBench {
    /// How many mails are acknowledged, one after the other
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How many mails are read, stored and understood as fast as can be
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..))]
    messages: u32,
    #[command(flatten)]
    files: Here,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    rounds: u32,
    /// From the first word of a mail to its acknowledgement: of half of them it took at most this long.
    seconds_p50: f64,
    /// Of 95 in a hundred.
    seconds_p95: f64,
    messages: u32,
    understood: Speed,
    /// Mails that were taken in and are not there.
    lost: i64,
}

impl MailBench {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let scratch = self.files.scratch()?;
        let (mut seconds, lost_there) = self.acknowledged(&scratch.path().join("acknowledged")).await?;
        let (understood, lost) = self.understood(&scratch.path().join("understood")).await?;
        seconds.sort_unstable_by(f64::total_cmp);
        let report = Report {
            bench: "mail",
            rounds: self.rounds,
            seconds_p50: at_share(&seconds, 0.5),
            seconds_p95: at_share(&seconds, 0.95),
            messages: self.messages,
            understood,
            lost: lost + lost_there,
        };
        report.print(common.json)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Sends mails to the service at work; returns how long each took, and how many are missing.
    async fn acknowledged(&self, dir: &Path) -> anyhow::Result<(Vec<f64>, i64)> {
        let (server, mut told) = sink().await.context("cannot listen on this machine")?;
        let place = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let app = Arc::new(house(dir, place, server).await?);
        let stop = Stop::default();
        let work = async { tokio::join!(app.serve(&stop), lmtp::serve(&app, &stop)).0 };
        let sending = async {
            let sent = self.send_all(place, &mut told).await;
            stop.stop();
            sent
        };
        let (worked, sent) = tokio::join!(work, sending);
        worked?;
        let seconds = sent?;
        let n_out = i64::from(self.rounds);
        // Each mail, and what was written to its sender.
        let lost = 2 * n_out - app.store().count(Kind::Message).await?;
        app.close().await;
        Ok((seconds, lost))
    }

    async fn send_all(
        &self,
        place: SocketAddr,
        told: &mut mpsc::Receiver<String>,
    ) -> anyhow::Result<Vec<f64>> {
        let mut caller = Caller::connect(place).await?;
        let mut seconds = Vec::with_capacity(self.rounds as usize);
        for (n, text) in texts(self.rounds as usize).into_iter().enumerate() {
            let from = format!("customer{n}@c{n}.example");
            let mail = mail(n, &from, &text.words);
            let started = now();
            caller.send(&from, &mail).await?;
            let answered = async {
                while told.recv().await.context("the sink is gone")? != from {}
                Ok(())
            };
            let answered: Result<anyhow::Result<()>, _> = tokio::time::timeout(PATIENCE, answered).await;
            answered.with_context(|| format!("no acknowledgement within {} s", PATIENCE.as_secs()))??;
            seconds.push(started.elapsed().as_secs_f64());
        }
        Ok(seconds)
    }

    /// Reads, stores and understands mails; returns how fast, and how many are missing.
    async fn understood(&self, dir: &Path) -> anyhow::Result<(Speed, i64)> {
        let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
        let app = house(dir, nobody, nobody).await?;
        let n = self.messages as usize;
        let mails: Vec<Vec<u8>> = texts(n)
            .iter()
            .enumerate()
            .map(|(i, text)| mail(i, &format!("customer@c{}.example", text.customer.0), &text.words))
            .collect();
        let work = async {
            let now = app.store().clock().now();
            for some in mails.chunks(TOGETHER) {
                // Old news: what follows of a mail is not measured here.
                let options = ParseOptions { history: true, ..ParseOptions::at(now) };
                let batch = some.iter().map(|raw| parse(raw.clone(), "bench", &options)).collect();
                app.workflows.ingest(batch).await?;
            }
            while app.workflows.understand_waiting().await? > 0 {}
            anyhow::Ok(())
        };
        let ((), speed) = timed(n, work).await?;
        let lost = i64::from(self.messages) - app.store().count(Kind::Message).await?;
        app.close().await;
        Ok((speed, lost))
    }
}

/// Makes a house in `dir` that is handed its mail at `lmtp` and sends by `smtp`.
async fn house(dir: &Path, lmtp: SocketAddr, smtp: SocketAddr) -> anyhow::Result<App> {
    std::fs::create_dir_all(dir.join("rules"))?;
    std::fs::write(dir.join("rules/rules.toml"), RULES)?;
    let text = format!(
        "house = {{ name = 'Bench', domains = ['bench.example'] }}\n\
         [lmtp]\nlisten = '{lmtp}'\n[nlp]\nengine = 'linear'\n\
         [mail.support]\naddress = 'support@bench.example'\n\
         smtp = {{ host = '{}', port = {}, tls = 'none' }}\n",
        smtp.ip(),
        smtp.port()
    );
    service(dir, &text).await
}

fn mail(n: usize, from: &str, words: &str) -> Vec<u8> {
    format!(
        "From: <{from}>\r\nTo: <support@bench.example>\r\nSubject: {n}\r\nMessage-ID: <{n}.{from}>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         Could you tell me the price of twenty pumps? {words}\r\n"
    )
    .into_bytes()
}

/// A mail server that hands mails to the service by LMTP.
struct Caller(BufReader<TcpStream>);

impl Caller {
    async fn connect(place: SocketAddr) -> anyhow::Result<Self> {
        let connected = async {
            loop {
                match TcpStream::connect(place).await {
                    Ok(stream) => return stream,
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
        };
        let stream =
            tokio::time::timeout(START_MAX, connected).await.context("the service does not listen")?;
        let mut caller = Self(BufReader::new(stream));
        caller.answered("220").await?;
        caller.says("LHLO bench.example", "250").await?;
        Ok(caller)
    }

    async fn send(&mut self, from: &str, mail: &[u8]) -> anyhow::Result<()> {
        self.says(&format!("MAIL FROM:<{from}>"), "250").await?;
        self.says("RCPT TO:<support@bench.example>", "250").await?;
        self.says("DATA", "354").await?;
        self.0.get_mut().write_all(&[mail, b".\r\n"].concat()).await?;
        self.answered("250").await
    }

    async fn says(&mut self, line: &str, code: &str) -> anyhow::Result<()> {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
        self.answered(code).await
    }

    /// Waits for the last line of an answer.
    async fn answered(&mut self, code: &str) -> anyhow::Result<()> {
        loop {
            let mut line = String::new();
            let read = tokio::time::timeout(PATIENCE, self.0.read_line(&mut line)).await;
            read.context("the service does not answer")??;
            anyhow::ensure!(line.starts_with(code), "the service answers {:?}", line.trim_end());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(());
            }
        }
    }
}

impl Report {
    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        println!(
            "acknowledged  half of {} mails within {:.3} s, 95 in a hundred within {:.3} s",
            self.rounds, self.seconds_p50, self.seconds_p95
        );
        println!(
            "understood    {:.0} mails per processor second of {}, {:.0} a second",
            self.understood.per_cpu_second, self.messages, self.understood.per_second
        );
        println!("lost          {}", self.lost);
        Ok(())
    }
}
