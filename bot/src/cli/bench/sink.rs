//! A mail server that takes every mail and keeps none.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Longer lines end a conversation, in bytes.
const LINE_BYTES_MAX: u64 = 64 << 10;
/// Mails that are told of before somebody listens.
const TOLD_MAX: usize = 1_024;

/// Listens on a free port of this machine, and tells of each mail whom it is for, once it has it whole
/// and before it says so.
pub(super) async fn sink() -> std::io::Result<(SocketAddr, mpsc::Receiver<String>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let place = listener.local_addr()?;
    let (tell, told) = mpsc::channel(TOLD_MAX);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                // Whoever hangs up in the middle has handed over nothing.
                let _ = hold(stream, &tell).await;
            });
        }
    });
    Ok((place, told))
}

async fn hold(mut stream: TcpStream, tell: &mpsc::Sender<String>) -> std::io::Result<()> {
    let (reading, mut writing) = stream.split();
    let mut reading = BufReader::new(reading);
    writing.write_all(b"220 sink\r\n").await?;
    let (mut recipient, mut is_mail) = (String::new(), false);
    loop {
        let mut line = String::new();
        if (&mut reading).take(LINE_BYTES_MAX).read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer = match command.as_str() {
            _ if is_mail && line != "." => continue,
            _ if is_mail => {
                is_mail = false;
                // Nobody may listen any more.
                let _ = tell.send(std::mem::take(&mut recipient)).await;
                "250 taken"
            }
            "DATA" => {
                is_mail = true;
                "354 go on"
            }
            "RCPT" => {
                let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                recipient = address.map_or_else(String::new, |(address, _)| address.to_owned());
                "250 fine"
            }
            "QUIT" => return writing.write_all(b"221 bye\r\n").await,
            _ => "250 fine",
        };
        writing.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}
