//! The `rapport` program, built for the tests that run it as a process.

fn main() -> std::process::ExitCode {
    rapport::cli::main()
}
