//! Reads answers from standard input; on a terminal a secret is not shown.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use super::ask::Echo;

/// A longer line is cut, in bytes.
const LINE_BYTES_MAX: u64 = 4_096;

/// Reads a line; nothing at the end.
pub(super) fn read(echo: Echo) -> io::Result<Option<String>> {
    let stdin = io::stdin();
    let _hidden = if echo == Echo::Hidden && stdin.is_terminal() { Some(Hidden::new()?) } else { None };
    let mut line = Vec::new();
    let n = stdin.lock().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
    let text = String::from_utf8(line).map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidData, "an answer is not UTF-8: set the terminal to it")
    })?;
    Ok((n > 0).then_some(text))
}

/// The terminal shows nothing of what is typed for as long as this lives.
struct Hidden(Termios);

impl Hidden {
    fn new() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        hidden.local_flags.remove(LocalFlags::ECHO);
        // The end of the line is shown, so that the next question begins on a line of its own.
        hidden.local_flags.insert(LocalFlags::ECHONL);
        tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &hidden)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // Nobody is left to be told if the terminal is gone.
        let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &self.0);
    }
}

/// Puts the terminal right when somebody presses Ctrl-C at a question, and ends the program.
pub(super) struct Watch(tokio::task::JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Watches for Ctrl-C for as long as what it returns lives.
pub(super) fn watch() -> Watch {
    let before = tcgetattr(io::stdin()).ok();
    Watch(tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            if let Some(before) = before {
                let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &before);
            }
            eprintln!();
            std::process::exit(130);
        }
    }))
}
