//! `rapport understand`: texts in, readings out.

use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;

use clap::Args;
use rapport_nlp::rep;
use rapport_workflows::understand::Reader;

use super::Common;
use crate::understanding::engine;

/// Lines that are read together.
const TOGETHER: usize = 256;

/// Read texts from standard input, one a line, and print what was understood of each as JSON
/// Lines. Positions of entities count Unicode code points.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples: echo 'Where is order 4711? 订单还没到' | rapport understand\n          echo 'move Novak to negotiation, 12k' | rapport understand --rep"
)]
pub(crate) struct Understand {
    /// Read what colleagues type: each line becomes a command with its arguments.
    #[arg(long)]
    rep: bool,
}

impl Understand {
    pub(crate) fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let config = common.config()?;
        let mut settings = config.settings().map_err(anyhow::Error::msg)?;
        if settings.zone == chrono_tz::UTC {
            settings.zone = common.tz;
        }
        let now = common.clock()?.now();
        let mut reader = match self.rep {
            true => None,
            false => Some(Reader::new(engine(config.nlp.engine, &common.data()?)?, &settings)),
        };
        let context =
            rep::Context { now, zone: settings.zone, region: &settings.region, currency: &settings.currency };
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let mut input = std::io::stdin().lock();
        loop {
            let mut lines = Vec::with_capacity(TOGETHER);
            while lines.len() < TOGETHER {
                let mut line = Vec::new();
                if input.read_until(b'\n', &mut line)? == 0 {
                    break;
                }
                // A line that is no UTF-8 is read as far as it is.
                lines.push(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned());
                // Somebody types, or feeds line by line: answer at once.
                if input.fill_buf().is_ok_and(<[u8]>::is_empty) || !has_line(&mut input) {
                    break;
                }
            }
            if lines.is_empty() {
                break;
            }
            match &mut reader {
                Some(reader) => {
                    let texts: Vec<_> = lines.iter().map(|line| (line.as_str(), now)).collect();
                    for reading in reader.read(&texts)? {
                        serde_json::to_writer(&mut out, &reading)?;
                        out.write_all(b"\n")?;
                    }
                }
                None => {
                    for line in &lines {
                        serde_json::to_writer(&mut out, &rep::understand(line, &context))?;
                        out.write_all(b"\n")?;
                    }
                }
            }
            out.flush()?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn has_line(input: &mut impl std::io::BufRead) -> bool {
    input.fill_buf().is_ok_and(|waiting| waiting.contains(&b'\n'))
}
