//! `rapport doctor --ready`: whether the service of this machine is ready, as its own page says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::Common;

/// A service that is ready answers within milliseconds.
const ANSWER_MAX: Duration = Duration::from_secs(4);

/// Asks the service; the exit code is 1 if it is not ready.
pub(crate) async fn run(common: &Common) -> anyhow::Result<ExitCode> {
    let listen = common.config()?.http.listen;
    let at = here(listen.context("http.listen is not set: write one, so that the service can be asked")?);
    let client = reqwest::Client::builder().timeout(ANSWER_MAX).no_proxy().build()?;
    let answer = client.get(format!("http://{at}/ready")).send().await;
    let answer = answer.map_err(reqwest::Error::without_url);
    let answer = answer.with_context(|| format!("no service answers at {at}: `rapport run` starts it"))?;
    let status = answer.status();
    if !status.is_success() {
        bail!("the service at {at} is not ready ({status}): `rapport doctor` says more");
    }
    if common.json {
        println!("{}", serde_json::json!({ "ready": true, "http": at.to_string() }));
    } else {
        println!("ready");
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns where a service that listens everywhere is reached from this machine, which alone may ask.
fn here(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_listens_everywhere_is_asked_here() {
        for (listen, asked) in
            [("0.0.0.0:8080", "127.0.0.1:8080"), ("[::]:80", "[::1]:80"), ("10.0.0.1:80", "10.0.0.1:80")]
        {
            assert_eq!(here(listen.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
