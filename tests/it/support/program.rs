//! The real program as a process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};

use serde_json::Value;

/// The variable that says which engine reads.
pub const ENGINE: &str = "RAPPORT__NLP__ENGINE";

/// A data directory with the program that works on it.
pub struct Program {
    pub data: PathBuf,
    environment: Vec<(String, String)>,
}

impl Program {
    pub fn on(data: &Path) -> Self {
        Self { data: data.to_owned(), environment: Vec::new() }
    }

    /// Gives it further variables.
    pub fn with(mut self, environment: Vec<(String, String)>) -> Self {
        self.environment.extend(environment);
        self
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rapport-under-test"));
        command.arg("--data").arg(&self.data).args(args).stdin(Stdio::null());
        // The same readings, and as fast, whether MiniLM is built in or not.
        command.env(ENGINE, "linear").envs(self.environment.iter().cloned());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that must succeed, and reads the object it prints.
    pub fn json(&self, args: &[&str]) -> Value {
        let output = self.run(args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {error}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {error}"))
    }

    /// Runs a command that must succeed on what is typed to it, and returns what it prints.
    pub fn types(&self, args: &[&str], typed: &str) -> String {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

/// The service as a process. On drop it is killed.
pub struct Running {
    child: Child,
    errors: ChildStderr,
    /// What it said when it was ready.
    pub ready: String,
}

impl Running {
    /// Starts the service and waits until it is ready.
    pub fn start(program: &Program, args: &[&str]) -> Self {
        let mut child = program.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let errors = child.stderr.take().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        Self { child, errors, ready }
    }

    /// Asks it to end, and waits until it has.
    pub fn terminate(self) -> ExitStatus {
        self.signal("TERM");
        self.ends().0
    }

    /// Waits until it ends, and returns how it did and what it complained of.
    pub fn ends(mut self) -> (ExitStatus, String) {
        let mut said = String::new();
        self.errors.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap(), said)
    }

    /// Stops it where it stands, as a machine does that sleeps, and waits until it is.
    pub fn freeze(&self) {
        self.signal("STOP");
        while !self.state().starts_with('T') {}
    }

    /// Lets it go on after [`Running::freeze`].
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// Returns the letter that the system has for what it does.
    fn state(&self) -> String {
        let pid = self.child.id().to_string();
        let output = Command::new("ps").args(["-o", "state=", "-p", &pid]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
    }

    /// Returns the most memory that it had, in bytes (`VmHWM`).
    pub fn peak_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    /// Kills it.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Public data beside the checkout, if it is there; says so if it is not.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("left out: {} is not there", path.display());
    None
}
